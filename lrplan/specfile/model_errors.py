"""pydantic's errors about a part of a spec, reported as problems at their lines and columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lrplan.catalog import nearest
from lrplan.catalog.aliases import resolve_choice, resolve_optimizer
from lrplan.catalog.misspelling import misspelt
from lrplan.edits import Edit
from lrplan.node import Node
from lrplan.specfile.models import SchedulerKeysModel, SpecModel
from lrplan.specfile.number_text import number_in
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.specfile.unknown_keys import report_unknown_key
from lrplan.specfile.yaml.core_schema import clip
from lrplan.text import yaml_flow

M = TypeVar("M", bound=BaseModel)

_MISSING: dict[tuple[type[BaseModel], str], str] = {
    (SpecModel, "schedules"): "write `schedules: {NAME: {optimizer: ..., scheduler: ...}}`",
    (SchedulerKeysModel, "type"): "name a scheduler: `lrplan schedulers` lists them",
}
"""What to write for a key that is missing."""

_CHOICE = re.compile(r"'([^']*)'")

_TYPE_WORDS = {
    "int_type": "an integer",
    "string_type": "a string",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def validate(model: type[M], node: Node, scope: ProblemScope, path: str) -> M | None:
    """``node`` as ``model``, or None after reporting everything that is wrong with it."""
    try:
        return model.model_validate(node.to_python())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _report(detail, model, node, scope, path)
        return None


def _report(
    detail: ErrorDetails, model: type[BaseModel], node: Node, scope: ProblemScope, path: str
) -> None:
    # pydantic sees plain dicts and lists, and names a value by its keys: ("training", "epochs").
    # The same keys lead through the tree of nodes to the line and column. If the last key is
    # missing, the deepest node on the way has to do.
    location = detail["loc"]
    child = node.find(location) or node.nearest(".".join(map(str, location)))
    for key in location:
        path = child_path(path, key)
    kind = detail["type"]
    if kind == "extra_forbidden":
        owner = node.find(location[:-1]) or node
        key, valid = str(location[-1]), model.model_fields
        report_unknown_key(child, path, key, valid, scope, sibling_keys=owner.keys())
    elif kind == "missing":
        key = str(location[-1])
        message, fix = f"`{key}` is missing", _MISSING.get((model, key), "")
        scope.problem_at_key("missing-key", child, path, message, fix)
    elif kind in _TYPE_WORDS:
        subject = f"`{path}`" if path else "the spec"
        message = f"{subject} must be {_TYPE_WORDS[kind]}, not {describe(child)}"
        fix, new = _spelling(kind, child, location)
        edits = () if new is None or not path else (Edit(path, yaml_flow(new)),)
        scope.problem_at_value("wrong-type", child, path, message, fix, edits)
    elif kind == "too_short":
        scope.problem_at_value("bad-value", child, path, f"`{path}` is empty")
    else:
        reason = detail["msg"].removeprefix("Value error, ").removeprefix("Input should ")
        reason = reason.replace("greater than or equal to", "at least").replace("'", "`")
        reason = reason.replace("less than or equal to", "at most")
        reason = reason if reason.startswith("must") else f"must {reason}"
        message = f"`{path}` {reason}, not {describe(child)}"
        fix, new = _meant_choice(detail, child)
        if kind == "value_error":
            fix, number = _meant_number(child)
            new = "" if number is None else yaml_flow(number)
        edits = (Edit(path, new),) if new else ()
        scope.problem_at_value("bad-value", child, path, message, fix, edits)


def _meant_choice(detail: ErrorDetails, node: Node) -> tuple[str, str]:
    """The choice that was probably meant, as a hint and as a value; both empty for none."""
    choices = _CHOICE.findall(detail.get("ctx", {}).get("expected", ""))
    if not choices or not isinstance(node.value, str):
        return "", ""
    meant = resolve_choice(node.value, choices) or misspelt(node.value, choices)
    close = meant or nearest(node.value, choices)
    return (f"did you mean `{close}`?" if close else "", meant or "")


_OLD_BOOLEANS = {"on": "true", "yes": "true", "off": "false", "no": "false"}


def boolean_hint(node: Node) -> str:
    """The hint for ``on``, ``yes`` and the like, booleans of YAML 1.1 alone; empty otherwise."""
    word = _OLD_BOOLEANS.get(str(node.value).lower())
    return f"write {word}: this word is a text in YAML 1.2" if word else ""


def meant_boolean(node: Node) -> bool | None:
    """The boolean that such a word stands for; None for any other value."""
    word = _OLD_BOOLEANS.get(str(node.value).lower())
    return None if word is None else word == "true"


def _meant_number(node: Node) -> tuple[str, int | None]:
    """The whole number that a text stands for, as a hint and as a value."""
    number = number_in(node.value) if isinstance(node.value, str) else None
    return (f"write {number}", number) if isinstance(number, int) else ("", None)


def _spelling(kind: str, node: Node, location: Sequence[object]) -> tuple[str, object]:
    """The spelling that was probably meant, and its value; None if that is not clear."""
    value, key = node.value, location[-1] if location else ""
    if kind == "bool_type":
        return boolean_hint(node), meant_boolean(node)
    if kind == "int_type":
        return _meant_number(node)
    if kind == "string_type" and node.number is not None:
        return "put it in quotes", str(value)
    element = int if key == "skipped_steps" else str
    if kind == "list_type" and isinstance(value, element) and not isinstance(value, bool):
        return f"write a list: {yaml_flow([value])}", [value]
    if kind == "dict_type" and key == "optimizer" and isinstance(value, str):
        name = resolve_optimizer(value) or "SGD"
        meant = {"type": name} if resolve_optimizer(value) else None
        return f"write {yaml_flow({'type': name})}, with its arguments", meant
    several = kind == "dict_type" and key == "optimizer" and node.is_list
    return "a schedule has one optimizer: give each a schedule of its own" if several else "", None


def describe(node: Node) -> str:
    """A value in a few words for a message: ``the string '5 ep'``, ``12.5``, ``a mapping``."""
    value = node.value if node.number is None else node.number
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"the string {clip(value)!r}"
    if isinstance(value, (int, float)):
        return clip(repr(value))
    return "a mapping" if node.is_mapping else "a list"
