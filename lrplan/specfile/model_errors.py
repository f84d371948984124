"""Runs a pydantic model over a positioned node and puts each error in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from lrplan.node import nearest_name
from lrplan.specfile.problem_scope import child_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from lrplan.node import Node
    from lrplan.specfile.problem_scope import Scope

M = TypeVar("M", bound=BaseModel)

_TYPE_WORDS = {
    "int_type": "an integer",
    "string_type": "a string",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def validate(model: type[M], node: Node, scope: Scope, path: str) -> M | None:
    """``node`` as ``model``, or None after reporting everything that is wrong with it."""
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _report(detail, model, node, scope, path)
        return None


def _report(
    detail: ErrorDetails, model: type[BaseModel], node: Node, scope: Scope, path: str
) -> None:
    location = detail["loc"]
    where = node.find(location) or node.nearest(".".join(map(str, location)))
    for key in location:
        path = child_path(path, key)
    kind = detail["type"]
    if kind == "extra_forbidden":
        report_unknown_key(where, path, str(location[-1]), model.model_fields, scope)
    elif kind == "missing":
        scope.key("missing-key", where, path, f"`{location[-1]}` is missing")
    elif kind in _TYPE_WORDS:
        what = f"`{path}`" if path else "the spec"
        message = f"{what} must be {_TYPE_WORDS[kind]}, not {describe(where)}"
        scope.value("wrong-type", where, path, message, _spelling(kind, where))
    elif kind == "too_short":
        scope.value("bad-value", where, path, f"`{path}` is empty")
    else:
        reason = detail["msg"].removeprefix("Value error, ").removeprefix("Input should ")
        reason = reason.replace("be greater than or equal to", "be at least").replace("'", "`")
        reason = reason if reason.startswith("must") else f"must {reason}"
        scope.value("bad-value", where, path, f"`{path}` {reason}, not {describe(where)}")


def report_unknown_key(
    node: Node, path: str, key: str, valid: Iterable[str], scope: Scope, owner: str = ""
) -> None:
    """``key`` is not among ``valid``: name the nearest, or list them when there are few."""
    scope.key(
        "unknown-key", node, path, f"unknown key `{key}`{owner}", fix=suggest(key, tuple(valid))
    )


_SWITCHES = {"on": "true", "yes": "true", "off": "false", "no": "false"}


def spelled_switch(node: Node) -> str:
    """How to write a boolean of YAML 1.1 today; empty when it is none."""
    word = _SWITCHES.get(str(node.value).lower())
    return f"write {word}: this word is a text in YAML 1.2" if word else ""


def _spelling(kind: str, node: Node) -> str:
    if kind == "bool_type":
        return spelled_switch(node)
    is_number = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    return "put it in quotes" if kind == "string_type" and is_number else ""


def suggest(name: str, valid: tuple[str, ...]) -> str:
    """``did you mean X?``, or the valid names when none is near."""
    nearest = nearest_name(name.rpartition(".")[2] or name, valid)
    if nearest is not None:
        return f"did you mean `{nearest}`?"
    return f"valid: {', '.join(valid)}" if valid else ""


def describe(node: Node) -> str:
    """A value as a person would point at it: short, with its type where that is the point."""
    value = node.value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        shown = value if len(value) <= 40 else value[:37] + "..."
        return f"the string {shown!r}"
    if isinstance(value, (int, float)):
        shown = repr(value)
        return shown if len(shown) <= 40 else shown[:37] + "..."
    return "a mapping" if node.is_mapping else "a list"
