"""The default of an argument and the values it takes, in a few words."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lrplan.catalog.rows import Argument
from lrplan.text import join_words

_NOUNS = {
    "boolean": "true or false",
    "string": "name",
    "durations": "list of durations",
    "points": "list of [duration, number]",
    "schedulers": "list of schedulers",
}


def default_text(argument: Argument) -> str:
    """The default as a spec would have it, without spaces so that it is never wrapped."""
    if argument.required:
        return "required"
    if isinstance(argument.default, float):
        return f"{argument.default:.6g}"
    if isinstance(argument.default, str):
        return argument.default
    return json.dumps(argument.default, separators=(",", ":"))


def takes_text(argument: Argument) -> str:
    """The values that it takes, e.g. ``number >= 0 or null, per group``."""
    takes = " ".join(filter(None, (_noun(argument), ", ".join(_limits(argument)))))
    if argument.optional:
        takes += " or null"
    return f"{takes}, per group" if argument.per_group else takes


def _noun(argument: Argument) -> str:
    if argument.kind == "choice":
        return join_words(argument.choices, "or")
    if argument.kind == "numbers":
        return f"{argument.length} numbers" if argument.length else "numbers"
    noun = _NOUNS.get(argument.kind, argument.kind)
    return f"{noun} (fractional)" if argument.fractional else noun


def _limits(argument: Argument) -> Iterator[str]:
    if argument.minimum is not None and argument.maximum is not None:
        yield f"{argument.minimum:g} to {argument.maximum:g}"
        return
    bounds = {
        ">=": argument.minimum,
        ">": argument.above,
        "<=": argument.maximum,
        "<": argument.below,
    }
    for sign, bound in bounds.items():
        if bound is not None:
            yield f"{sign} {bound:g}"
