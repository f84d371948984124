"""The ``training`` mapping of a schedule, defaults merged in, as a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.clock import Clock, ClockError, Settings
from lrplan.spec.models import TrainingModel
from lrplan.spec.scope import child_path
from lrplan.spec.validate import validate

if TYPE_CHECKING:
    from lrplan.spec.scope import Scope
    from lrplan.spec.tree import Node


def read_clock(node: Node, scope: Scope, path: str) -> Clock | None:
    """The clock that ``node`` describes, or None after reporting what is wrong."""
    model = validate(TrainingModel, node, scope, path)
    if model is None:
        return None
    given = model.model_dump(exclude_none=True)
    given["skipped_steps"] = tuple(given.get("skipped_steps", ()))
    try:
        return Clock.derive(Settings(**given))
    except ClockError as error:
        where = node.get(error.key) or node
        path = child_path(path, error.key) if error.key else path
        name = "missing-key" if where is node else "bad-value"
        scope.value(name, where, path, error.message, error.fix)
        return None
