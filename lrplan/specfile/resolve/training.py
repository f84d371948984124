"""The ``training`` mapping of a schedule, defaults merged in, as a clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.clock import Clock, ClockError, TrainingSettings
from lrplan.specfile.model_errors import validate
from lrplan.specfile.models import TrainingModel
from lrplan.specfile.problem_scope import child_path

if TYPE_CHECKING:
    from lrplan.node import Node
    from lrplan.specfile.problem_scope import Scope


def read_clock(node: Node, scope: Scope, path: str) -> Clock | None:
    """The clock that ``node`` describes, or None after reporting what is wrong."""
    model = validate(TrainingModel, node, scope, path)
    if model is None:
        return None
    given = model.model_dump(exclude_none=True)
    given["skipped_steps"] = tuple(given.get("skipped_steps", ()))
    try:
        return Clock.derive(TrainingSettings(**given))
    except ClockError as error:
        where = node.get(error.key) or node
        path = child_path(path, error.key) if error.key else path
        name = "missing-key" if where is node else "bad-value"
        scope.value(name, where, path, error.message, error.fix)
        return None
