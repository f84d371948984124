"""Constructor arguments that are plain values: numbers, switches, names, and lists of numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import TypeAlias

from lrplan.catalog import Argument
from lrplan.catalog.suggestions import suggest
from lrplan.edits import Edit
from lrplan.node import Node
from lrplan.specfile.model_errors import boolean_hint, describe, meant_boolean
from lrplan.specfile.models import int_if_whole
from lrplan.specfile.number_text import number_in
from lrplan.specfile.parameter_groups import multiple_in
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.specfile.split_tuples import RejoinedTuple
from lrplan.specfile.yaml.core_schema import ScalarError, resolve
from lrplan.text import join_words, yaml_flow

MAX_TICKS = 10**12
"""The largest whole number that an argument may be, whatever its sign."""

LARGEST_HINT = f"the largest is {MAX_TICKS:,}"

PlainReader: TypeAlias = "Callable[[Argument, Node, ProblemScope, str], object]"


_EXPECTED = {
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "string": "a string",
    "numbers": "a list of numbers",
    "expression": "an expression such as `0.95 ** epoch`",
    "duration": "an integer, or a duration such as 5ep",
    "durations": "a list of integers or durations, such as [30ep, 60ep]",
    "fractional": "a number of ticks, or a duration such as 5ep",
    "points": "a list of pairs of a duration and a number, such as [[0, 0.1], [5ep, 1]]",
}


def read_plain(argument: Argument, node: Node, scope: ProblemScope, path: str) -> object:
    """Read an argument that is a number, a switch, a name or a few numbers.

    Returns None after reporting what is wrong with it, and for a null where one is allowed.
    """
    if node.value is None and argument.optional:
        return None
    return _READERS[argument.kind](argument, node, scope, path)


def report_wrong_type(argument: Argument, node: Node, scope: ProblemScope, path: str) -> None:
    """Report that ``node`` is not of the kind that ``argument`` takes, and the likely spelling."""
    is_number = argument.fractional and argument.kind == "duration"
    expected = _EXPECTED["fractional" if is_number else argument.kind]
    message = f"`{argument.name}` must be {expected}, not {describe(node)}"
    hint, new = _spelling(argument, node)
    edits = () if new is None else (Edit(path, new),)
    scope.problem_at_value("wrong-type", node, path, message, hint, edits)


def _spelling(argument: Argument, node: Node) -> tuple[str, str | None]:
    """The hint, and the spelling that was probably meant; None if that is not clear."""
    text = node.value
    if node.is_mapping:
        one = "write one value for all groups"
        return f"{one}; a list of schedulers, each with `groups: [NAME]`, gives others", None
    if not isinstance(text, str):
        return "", None
    if argument.kind == "boolean":
        word = meant_boolean(node)
        return boolean_hint(node), None if word is None else yaml_flow(word)
    if argument.kind in ("numbers", "durations"):
        return _list_spelling(text)
    return _number_spelling(node, text)


def _number_spelling(node: Node, text: str) -> tuple[str, str | None]:
    """The number that a text such as ``"0.1"`` or ``10%`` stands for."""
    if multiple_in(node) is not None:
        of = "numbers of a group and learning rates of schedulers"
        return f"{text.strip()} is a multiple, for {of}", None
    if _is_plain(text):
        return "write it without quotes", text
    number = number_in(text)
    meant = None if number is None else yaml_flow(number)
    return "" if meant is None else f"write {meant}", meant


def _list_spelling(text: str) -> tuple[str, str | None]:
    """The list that a text such as ``(0.9, 0.95)`` or ``15, 22`` stands for."""
    parts = [part.strip() for part in text.strip("()[] ").split(",")]
    numbers = [number_in(part) for part in parts]
    if len(parts) < 2 or None in numbers:
        return "a list has square brackets: [0.9, 0.95]", None
    if isinstance(text, RejoinedTuple):
        return f"a list has square brackets: write {yaml_flow(numbers)}", None
    return f"write {yaml_flow(numbers)}, without quotes", yaml_flow(numbers)


def _is_plain(text: str) -> bool:
    """Return True if a spec has the number as it is written in the text."""
    try:
        return isinstance(resolve(text), (int, float))
    except ScalarError:
        return False


def read_number(argument: Argument, node: Node, scope: ProblemScope, path: str) -> float | None:
    """Read a finite number within the argument's bounds; None after reporting a problem."""
    value = node.number
    if value is None:
        report_wrong_type(argument, node, scope, path)
        return None
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        message = f"`{argument.name}` must be a finite number, not {describe(node)}"
        scope.problem_at_value("bad-value", node, path, message)
        return None
    return number if is_within_bounds(argument, number, node, scope, path) else None


def _integer(argument: Argument, node: Node, scope: ProblemScope, path: str) -> int | None:
    value = int_if_whole(node.value)
    if isinstance(value, bool) or not isinstance(value, int):
        report_wrong_type(argument, node, scope, path)
        return None
    if abs(value) > MAX_TICKS:
        message = f"`{argument.name}` is too large, {describe(node)}"
        scope.problem_at_value("bad-value", node, path, message, LARGEST_HINT)
        return None
    return value if is_within_bounds(argument, value, node, scope, path) else None


_LINE_FROM_0 = "WarmupConstantSchedule is a line from 0, and WarmupLinear one that comes down again"
"""The hint where torch's schedulers, whose ticks multiply what is there, refuse to begin at 0."""


def is_within_bounds(
    argument: Argument, value: float, node: Node, scope: ProblemScope, path: str
) -> bool:
    """Return True if ``value`` keeps the argument's bounds; report every one that it breaks."""
    bounds = {
        "at least": (argument.minimum, operator.ge),
        "at most": (argument.maximum, operator.le),
        "more than": (argument.above, operator.gt),
        "less than": (argument.below, operator.lt),
    }
    broken = [
        f"{words} {bound:g}"
        for words, (bound, holds) in bounds.items()
        if bound is not None and not holds(value, bound)
    ]
    if broken:
        message = f"`{argument.name}` must be {join_words(broken)}, not {describe(node)}"
        from_0 = argument.role == "start factor" and value == 0
        scope.problem_at_value("bad-value", node, path, message, _LINE_FROM_0 if from_0 else "")
    return not broken


def _boolean(argument: Argument, node: Node, scope: ProblemScope, path: str) -> bool | None:
    if isinstance(node.value, bool):
        return node.value
    report_wrong_type(argument, node, scope, path)
    return None


def _string(argument: Argument, node: Node, scope: ProblemScope, path: str) -> str | None:
    if isinstance(node.value, str):
        return node.value
    report_wrong_type(argument, node, scope, path)
    return None


def _choice(argument: Argument, node: Node, scope: ProblemScope, path: str) -> str | None:
    if isinstance(node.value, str) and node.value in argument.choices:
        return node.value
    choices = ", ".join(argument.choices)
    message = f"`{argument.name}` must be one of {choices}, not {describe(node)}"
    fix = suggest(node.value, argument.choices) if isinstance(node.value, str) else ""
    # The message lists the choices already: only `did you mean` adds something.
    fix = "" if fix.startswith("valid") else fix
    scope.problem_at_value("bad-value", node, path, message, fix)
    return None


def _numbers(argument: Argument, node: Node, scope: ProblemScope, path: str) -> object:
    if not node.is_list:
        report_wrong_type(argument, node, scope, path)
        return None
    count = len(node.elements())
    if argument.length is not None and count != argument.length:
        message = f"`{argument.name}` takes {argument.length} numbers, not {count}"
        scope.problem_at_value("bad-value", node, path, message)
        return None
    return tuple(
        None
        if element.value is None and _default_at(argument, index) is None
        else read_number(argument, element, scope, child_path(path, index))
        for index, element in enumerate(node.elements())
    )


def _default_at(argument: Argument, index: int) -> object:
    default = argument.default
    return default[index] if isinstance(default, tuple) and index < len(default) else 0


_READERS: dict[str, PlainReader] = {
    "number": read_number,
    "integer": _integer,
    "boolean": _boolean,
    "string": _string,
    "choice": _choice,
    "numbers": _numbers,
}
