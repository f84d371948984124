"""pydantic's errors about a part of a spec, reported as problems at their lines and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from lrplan.node import nearest_name
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.yaml.core_schema import clip

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
    # pydantic sees plain dicts and lists, and names a value by its keys: ("training", "epochs").
    # The same keys lead through the tree of nodes to the line and column. If the last key is
    # missing, the deepest node on the way has to do.
    location = detail["loc"]
    child = node.find(location) or node.nearest(".".join(map(str, location)))
    for key in location:
        path = child_path(path, key)
    kind = detail["type"]
    if kind == "extra_forbidden":
        report_unknown_key(child, path, str(location[-1]), model.model_fields, scope)
    elif kind == "missing":
        scope.problem_at_key("missing-key", child, path, f"`{location[-1]}` is missing")
    elif kind in _TYPE_WORDS:
        subject = f"`{path}`" if path else "the spec"
        message = f"{subject} must be {_TYPE_WORDS[kind]}, not {describe(child)}"
        scope.problem_at_value("wrong-type", child, path, message, _spelling_hint(kind, child))
    elif kind == "too_short":
        scope.problem_at_value("bad-value", child, path, f"`{path}` is empty")
    else:
        reason = detail["msg"].removeprefix("Value error, ").removeprefix("Input should ")
        reason = reason.replace("be greater than or equal to", "be at least").replace("'", "`")
        reason = reason if reason.startswith("must") else f"must {reason}"
        scope.problem_at_value(
            "bad-value", child, path, f"`{path}` {reason}, not {describe(child)}"
        )


def report_unknown_key(
    node: Node, path: str, key: str, valid: Iterable[str], scope: Scope, owner: str = ""
) -> None:
    """Report that ``key`` is not among ``valid``, with the nearest of them, or all, as the hint."""
    scope.problem_at_key(
        "unknown-key", node, path, f"unknown key `{key}`{owner}", fix=suggest(key, tuple(valid))
    )


_OLD_BOOLEANS = {"on": "true", "yes": "true", "off": "false", "no": "false"}


def boolean_hint(node: Node) -> str:
    """The hint for ``on``, ``yes`` and the like, booleans of YAML 1.1 alone; empty otherwise."""
    word = _OLD_BOOLEANS.get(str(node.value).lower())
    return f"write {word}: this word is a text in YAML 1.2" if word else ""


def _spelling_hint(kind: str, node: Node) -> str:
    if kind == "bool_type":
        return boolean_hint(node)
    is_number = kind == "string_type" and node.number is not None
    return "put it in quotes" if is_number else ""


def suggest(name: str, valid: tuple[str, ...]) -> str:
    """``did you mean X?``, or the valid names when none is near."""
    nearest = nearest_name(name.rpartition(".")[2] or name, valid)
    if nearest is not None:
        return f"did you mean `{nearest}`?"
    return f"valid: {', '.join(valid)}" if valid else ""


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
