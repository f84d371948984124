"""``factory``: the user's own code that makes an optimizer and the schedulers on it."""

from __future__ import annotations

from dataclasses import replace

from lrplan.clock import Clock
from lrplan.node import Node
from lrplan.plan import FactoryPlan, OptimizerPlan
from lrplan.specfile.model_errors import describe, validate
from lrplan.specfile.models import FactoryModel
from lrplan.specfile.parameter_groups import ParameterGroups
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader
from lrplan.specfile.user_code.arguments import UserArgumentReader
from lrplan.specfile.user_code.reference import read_code
from lrplan.specfile.user_code.rows import optimizer_row

_REPLACED_KEYS = ("optimizer", "scheduler")


def read_factory(
    schedule: Node, clock: Clock, scope: ProblemScope, path: str
) -> FactoryPlan | None:
    """The factory of a schedule that has one, or None after reporting what is wrong."""
    _check_alone(schedule, scope, path)
    node = schedule.get("factory")
    own_path = child_path(path, "factory")
    if node is None:
        return None
    if isinstance(node.value, str):
        node = replace(node, value={"call": node})
        call_path = own_path
    else:
        call_path = child_path(own_path, "call")
    model = validate(FactoryModel, node, scope, own_path) if node.is_mapping else None
    call = node.get("call")
    if not node.is_mapping:
        message = f"`factory` must be a name such as ./train.py:make, not {describe(node)}"
        scope.problem_at_value("wrong-type", node, own_path, message)
    if model is None or call is None:
        return None
    code = read_code(call, scope, call_path)
    if model.interval == "epoch" and clock.epochs is None:
        message = "`interval: epoch` never ticks: this run has no epochs"
        scope.problem_at_value("bad-value", node.get("interval") or node, own_path, message)
    arguments = _arguments(node.get("arguments"), clock, scope, child_path(own_path, "arguments"))
    if code is None:
        return None
    return FactoryPlan(code, arguments, own_path, model.interval, model.frequency)


def optimizer_of(factory: FactoryPlan) -> OptimizerPlan:
    """A placeholder for the optimizer until the factory has run: it has no groups."""
    name = factory.code.text
    return OptimizerPlan(name, optimizer_row(name), factory.arguments, (), factory.path)


def _check_alone(schedule: Node, scope: ProblemScope, path: str) -> None:
    for key in _REPLACED_KEYS:
        other = schedule.get(key)
        if other is not None:
            message = f"`factory` makes the {key} itself"
            fix = f"leave out `{key}`, or `factory`"
            scope.problem_at_key("unknown-key", other, child_path(path, key), message, fix)


def _arguments(
    node: Node | None, clock: Clock, scope: ProblemScope, path: str
) -> dict[str, object]:
    """The factory's arguments; durations become optimizer steps, for no scheduler is known yet."""
    resolver = SchedulerArgumentReader(scope, clock.with_plain_loop, "step", 1, ParameterGroups())
    reader = UserArgumentReader(resolver, lambda node, _: node.to_python())
    items = () if node is None else node.items()
    return {key: reader.read(key, value, child_path(path, key))[0] for key, value in items}
