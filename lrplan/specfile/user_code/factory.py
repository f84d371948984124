"""``factory``: the user's own code that makes an optimizer and the schedulers on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.plan import FactoryPlan, OptimizerPlan
from lrplan.specfile.arguments import Ticking
from lrplan.specfile.model_errors import describe, validate
from lrplan.specfile.models import FactoryModel
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.user_code.arguments import UserArguments
from lrplan.specfile.user_code.reference import read_code
from lrplan.specfile.user_code.rows import optimizer_row

if TYPE_CHECKING:
    from lrplan.clock import Clock
    from lrplan.node import Node
    from lrplan.specfile.problem_scope import Scope

_INSTEAD_OF = ("optimizer", "scheduler")


def read_factory(schedule: Node, clock: Clock, scope: Scope, path: str) -> FactoryPlan | None:
    """The factory of a schedule that has one, or None after reporting what is wrong."""
    _check_alone(schedule, scope, path)
    node = schedule.get("factory")
    where = child_path(path, "factory")
    if node is None:
        return None
    if isinstance(node.value, str):
        node = replace(node, value={"call": node})
        at = where
    else:
        at = child_path(where, "call")
    model = validate(FactoryModel, node, scope, where) if node.is_mapping else None
    call = node.get("call")
    if not node.is_mapping:
        message = f"`factory` must be a name such as ./train.py:make, not {describe(node)}"
        scope.value("wrong-type", node, where, message)
    if model is None or call is None:
        return None
    code = read_code(call, scope, at)
    if model.interval == "epoch" and clock.epochs is None:
        message = "`interval: epoch` never ticks: this run has no epochs"
        scope.value("bad-value", node.get("interval") or node, where, message)
    arguments = _arguments(node.get("arguments"), clock, scope, child_path(where, "arguments"))
    if code is None:
        return None
    return FactoryPlan(code, arguments, where, model.interval, model.frequency)


def optimizer_of(factory: FactoryPlan) -> OptimizerPlan:
    """What stands for the optimizer until the factory has run: it has no groups."""
    name = factory.code.text
    return OptimizerPlan(name, optimizer_row(name), factory.arguments, (), factory.path)


def _check_alone(schedule: Node, scope: Scope, path: str) -> None:
    for key in _INSTEAD_OF:
        other = schedule.get(key)
        if other is not None:
            message = f"`factory` makes the {key} itself"
            fix = f"leave out `{key}`, or `factory`"
            scope.key("unknown-key", other, child_path(path, key), message, fix)


def _arguments(node: Node | None, clock: Clock, scope: Scope, path: str) -> dict[str, object]:
    """Plain values; durations are optimizer steps, for no scheduler is known yet."""
    ticking = Ticking(scope, clock, "step", 1, ())
    reader = UserArguments(ticking, lambda node, _: node.plain())
    items = () if node is None else node.items()
    return {key: reader.read(key, value, child_path(path, key))[0] for key, value in items}
