"""The ``scheduler`` of a schedule: one mapping or a list, nested to any depth."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from lrplan.catalog import SCHEDULERS, SchedulerRow
from lrplan.catalog.aliases import known_elsewhere
from lrplan.catalog.plugins import PluginError, rows_beside
from lrplan.specfile.arguments import Ticking
from lrplan.specfile.model_errors import describe, report_unknown_key, suggest, validate
from lrplan.specfile.models import OUTERMOST_KEYS, SchedulerKeysModel
from lrplan.specfile.problem_scope import Scope, child_path
from lrplan.specfile.user_code.arguments import UserArguments
from lrplan.specfile.user_code.reference import read_code
from lrplan.specfile.user_code.scheduler import own_scheduler, scheduler_plan
from lrplan.text import join_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.catalog import Argument
    from lrplan.clock import Clock
    from lrplan.node import Node
    from lrplan.plan import SchedulerPlan, UserCode

OWN_KEYS = tuple(SchedulerKeysModel.model_fields)


def read_schedulers(
    node: Node | None, clock: Clock, groups: tuple[str, ...], scope: Scope, path: str
) -> tuple[SchedulerPlan, ...]:
    """The schedulers of a schedule in the order they tick; empty for a constant rate."""
    if node is None or node.value is None:
        return ()
    if node.is_list:
        nodes = [(element, child_path(path, i)) for i, element in enumerate(node.elements())]
    else:
        nodes = [(node, path)]
    if len(nodes) > 1 and clock.loop.one_scheduler:
        message = f"{clock.loop.whose} has room for one scheduler, and here are {len(nodes)}"
        fix = "put them into a SequentialLR or a ChainedScheduler, or use another `training.loop`"
        scope.value("bad-value", node, path, message, fix)
    plans = (_outermost(each, clock, groups, scope, where) for each, where in nodes)
    return tuple(plan for plan in plans if plan is not None)


def count_schedulers(node: Node | None) -> int:
    """How many schedulers stand in ``scheduler``, right or not."""
    if node is None or node.value is None:
        return 0
    return len(node.elements()) if node.is_list else 1


def _outermost(
    node: Node, clock: Clock, groups: tuple[str, ...], scope: Scope, path: str
) -> SchedulerPlan | None:
    keys = _own_keys(node, scope, path)
    if keys is None:
        return None
    driven = _driven(node.get("groups"), groups, scope, child_path(path, "groups"))
    interval = keys.interval or clock.default_interval
    if interval == "epoch" and clock.epochs is None:
        message = "`interval: epoch` never ticks: this run has no epochs"
        fix = "give `steps_per_epoch` in `training`, or use `interval: step`"
        scope.value("bad-value", node.get("interval") or node, path, message, fix)
        return None
    ticking = Ticking(scope, clock, interval, keys.frequency, driven)
    plan = _read(node, keys, ticking, path)
    if plan is None or not _suits_loop(plan, node, ticking, path):
        return plan
    usual = clock.calls_per_tick(interval, keys.frequency) == Fraction(1, keys.frequency)
    return replace(plan, irregular=not usual)


def _suits_loop(plan: SchedulerPlan, node: Node, ticking: Ticking, path: str) -> bool:
    """Whether the training loop can tick it as asked."""
    loop = ticking.clock.loop
    refusal = loop.refusal(plan.rate, written=node.get("interval") is not None)
    if refusal is not None:
        where = node.get(refusal.key)
        at = path if where is None else child_path(path, refusal.key)
        ticking.scope.value("bad-value", where or node, at, refusal.message, refusal.fix)
    return refusal is None


def _own_keys(node: Node, scope: Scope, path: str) -> SchedulerKeysModel | None:
    if not node.is_mapping:
        message = f"a scheduler must be a mapping with a `type`, not {describe(node)}"
        scope.value("wrong-type", node, path, message)
        return None
    own = {key: value for key, value in node.items() if key in OWN_KEYS}
    return validate(SchedulerKeysModel, replace(node, value=own), scope, path)


def _driven(node: Node | None, groups: tuple[str, ...], scope: Scope, path: str) -> tuple[str, ...]:
    if node is None or not node.is_list:
        return groups
    wanted = [element.value for element in node.elements()]
    for index, element in enumerate(node.elements()):
        name = element.value
        if isinstance(name, str) and name not in groups:
            message = f"there is no parameter group `{name}`"
            where = child_path(path, index)
            scope.value("unknown-name", element, where, message, suggest(name, groups))
    if not wanted:
        scope.value("bad-value", node, path, "`groups` names no group")
    # A list of one value per group follows the optimizer's order, however they are named here.
    return tuple(name for name in groups if name in wanted) or groups


def _read(
    node: Node, keys: SchedulerKeysModel, ticking: Ticking, path: str
) -> SchedulerPlan | None:
    row = _row(node, keys.type, ticking.scope, path)
    if row is None:
        return None
    if not isinstance(row, SchedulerRow):
        reader = UserArguments(ticking, lambda inner, where: _inner(inner, ticking, where))
        return own_scheduler(row, reader, node, keys, path)
    _check_names(row, node, ticking.scope, path)
    arguments = {
        argument.name: _argument(argument, value, ticking, child_path(path, argument.name))
        for argument in row.arguments
        if (value := node.get(argument.name)) is not None
    }
    return scheduler_plan(row, arguments, keys, ticking, path)


def _row(node: Node, name: str, scope: Scope, path: str) -> SchedulerRow | UserCode | None:
    if name in SCHEDULERS:
        return SCHEDULERS[name]
    where = child_path(path, "type")
    kind = node.get("type") or node
    try:
        rows = rows_beside(name)
    except PluginError as error:
        scope.value("cannot-build", kind, where, f"`{name}` cannot be used: {error}")
        return None
    if rows is None:
        return read_code(kind, scope, where)
    if name in rows:
        return rows[name]
    message = f"there is no scheduler `{name}`"
    scope.value("unknown-name", kind, where, message, _meant(name, tuple(rows)))
    return None


def _meant(name: str, names: tuple[str, ...]) -> str:
    """The row that comes nearest, with what has to be given where the name is of a package."""
    row = SCHEDULERS.get(known_elsewhere(name) or "")
    if row is None:
        return suggest(name, names)
    needed = [each.name for each in row.arguments if each.required]
    takes = f" It takes {join_words(needed)}" if needed else ""
    return f"did you mean `{row.name}`?{takes}"


def _check_names(row: SchedulerRow, node: Node, scope: Scope, path: str) -> None:
    names = tuple(argument.name for argument in row.arguments)
    for key, value in node.items():
        if key not in OWN_KEYS and key not in names:
            where = child_path(path, key)
            report_unknown_key(value, where, key, (*names, *OWN_KEYS), scope, f" for {row.name}")
    for argument in row.arguments:
        if argument.required and node.get(argument.name) is None:
            where = child_path(path, argument.name)
            message = f"{row.name} needs `{argument.name}`"
            scope.key("missing-key", node.get("type") or node, where, message, argument.doc)
    given = node.keys()
    if row.one_of and not any(all(name in given for name in each) for each in row.one_of):
        choices = ", or ".join(join_words([f"`{name}`" for name in each]) for each in row.one_of)
        message = f"{row.name} needs {choices}"
        scope.key("missing-key", node.get("type") or node, path, message)


def _argument(argument: Argument, node: Node, ticking: Ticking, path: str) -> object:
    if argument.kind == "scheduler":
        return None if node.value is None else _inner(node, ticking, path)
    if argument.kind == "schedulers":
        return list(_inner_list(argument, node, ticking, path))
    return ticking.read(argument, node, path)


def _inner_list(
    argument: Argument, node: Node, ticking: Ticking, path: str
) -> Iterator[SchedulerPlan]:
    if not node.is_list or not node.elements():
        message = f"`{argument.name}` must be a list of schedulers, not {describe(node)}"
        ticking.scope.value("wrong-type", node, path, message)
        return
    for index, element in enumerate(node.elements()):
        plan = _inner(element, ticking, child_path(path, index))
        if plan is not None:
            yield plan


def _inner(node: Node, ticking: Ticking, path: str) -> SchedulerPlan | None:
    keys = _own_keys(node, ticking.scope, path)
    if keys is None:
        return None
    for key in OUTERMOST_KEYS:
        value = node.get(key)
        if value is not None:
            message = f"`{key}` stands on the outermost scheduler: this one ticks with it"
            ticking.scope.key("unknown-key", value, child_path(path, key), message)
    return _read(node, keys, ticking, path)
