"""The groups that one group of a spec stands for: layers, and halves without weight decay."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lrplan.catalog import Argument, OptimizerRow
from lrplan.catalog.optimizer_arguments import COUNT, GROUP_KEYS, LR_DECAY, NO_DECAY_TWIN
from lrplan.node import Node
from lrplan.plan import GroupOrigin, GroupPlan
from lrplan.specfile.parameter_groups import WrittenGroup
from lrplan.specfile.problem_scope import ProblemScope, child_path

_LARGEST_POWER = 1e30


def group_keys(row: OptimizerRow, group: Node) -> tuple[Argument, ...]:
    """The keys of lrplan that a group may have, without those that are arguments of ``row``.

    Adagrad has an argument ``lr_decay``, and the user's own optimizer may have one: for that,
    ``lr_decay`` is lrplan's key only if the group has a ``count``.
    """
    taken = row.argument(LR_DECAY.name) is not None
    taken = taken or (row.takes_any and group.get(COUNT.name) is None)
    return tuple(each for each in GROUP_KEYS if not (taken and each is LR_DECAY))


def check_group_keys(
    row: OptimizerRow, shared: Mapping[str, object], group: Node, scope: ProblemScope, path: str
) -> None:
    """Report keys of a group that have nothing to act on."""
    decay, halved = group.get(LR_DECAY.name), group.get(NO_DECAY_TWIN.name)
    if decay is not None and LR_DECAY in group_keys(row, group):
        own_path = child_path(path, LR_DECAY.name)
        if group.get(COUNT.name) is None:
            message = f"`{LR_DECAY.name}` needs `{COUNT.name}`, the number of layers"
            fix = f"add `{COUNT.name}: 12`, or give the group an `lr` such as 0.65x"
            scope.problem_at_key("missing-key", decay, own_path, message, fix)
        elif group.get("lr") is None and _shared_lr(row, shared) is None:
            message = f"`{LR_DECAY.name}` needs an lr to begin with"
            fix = "give the group, or the optimizer, an `lr`"
            scope.problem_at_key("missing-key", decay, own_path, message, fix)
        elif _grows_too_much(group):
            message = f"`{LR_DECAY.name}` makes the lr of the first layer too large for a number"
            fix = "write the factor from each layer to the one before it, such as 0.75"
            scope.problem_at_value("bad-value", decay, own_path, message, fix)
    has_decay = row.takes_any or row.argument("weight_decay") is not None
    if halved is not None and not has_decay:
        message = f"`{NO_DECAY_TWIN.name}` has no effect: {row.name} has no weight decay"
        scope.problem_at_key("bad-value", halved, child_path(path, NO_DECAY_TWIN.name), message)


def members_of(
    row: OptimizerRow, shared: Mapping[str, object], plan: GroupPlan, written: WrittenGroup
) -> Iterator[GroupPlan]:
    """The groups that a written one stands for, each with its own lr and weight decay."""
    layer_decay = row.argument(LR_DECAY.name) is None and written.count is not None
    names = {each.name for each in GROUP_KEYS if layer_decay or each is not LR_DECAY}
    options = {key: value for key, value in plan.options.items() if key not in names}
    if written.size == 1 and written.count is None:
        yield replace(plan, options=options)
        return
    decay = plan.options.get(LR_DECAY.name) if layer_decay else None
    ratio = float(decay) if isinstance(decay, (int, float)) else None
    lr = options.get("lr", _shared_lr(row, shared))
    for member in written.members():
        own = dict(options)
        if ratio is not None and isinstance(lr, (int, float)) and written.count is not None:
            # Of 24 layers the last, layer 23, has the full rate, layer 22 lr * decay, and so on.
            own["lr"] = lr * _power(ratio, written.count - 1 - (member.layer or 0))
        if member.is_no_decay:
            own["weight_decay"] = 0.0
        origin = GroupOrigin(plan.name, member.layer, written.count, ratio, member.is_no_decay)
        yield replace(plan, name=member.name, options=own, origin=origin)


def _grows_too_much(group: Node) -> bool:
    """Return True if the first layer has more than 1e30 times the lr of the last one."""
    nodes = group.get(LR_DECAY.name), group.get(COUNT.name)
    decay, count = (None if each is None else each.value for each in nodes)
    if not isinstance(decay, (int, float)) or not isinstance(count, (int, float)):
        return False
    return _power(float(decay), count - 1) > _LARGEST_POWER


def _power(ratio: float, exponent: float) -> float:
    """``ratio ** exponent``, infinite where that is too large for a number."""
    try:
        return float(ratio**exponent)
    except OverflowError:
        return math.inf


def _shared_lr(row: OptimizerRow, shared: Mapping[str, object]) -> object:
    argument = row.argument("lr")
    return shared.get("lr", None if argument is None else argument.default)
