"""Runs a pydantic model over a positioned node and puts each error in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from lrplan.spec.scope import child_path
from lrplan.spec.tree import nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

    from lrplan.spec.scope import Scope
    from lrplan.spec.tree import Node

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
        scope.value(
            "wrong-type",
            where,
            path,
            f"`{path}` must be {_TYPE_WORDS[kind]}, not {describe(where)}",
        )
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


def suggest(name: str, valid: tuple[str, ...]) -> str:
    """``did you mean X?``, or the valid names when none is near."""
    nearest = nearest_name(name, valid)
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
