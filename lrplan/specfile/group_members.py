"""The groups that one group of a spec stands for: layers, and halves without weight decay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from lrplan.catalog import OptimizerRow
from lrplan.catalog.optimizer_arguments import COUNT, GROUP_KEYS, LR_DECAY, NO_DECAY_TWIN
from lrplan.node import Node
from lrplan.plan import GroupOrigin, GroupPlan
from lrplan.specfile.parameter_groups import WrittenGroup
from lrplan.specfile.problem_scope import Scope, child_path

_NAMES = tuple(argument.name for argument in GROUP_KEYS)


def check_group_keys(row: OptimizerRow, group: Node, scope: Scope, path: str) -> None:
    """Report keys of a group that have nothing to act on."""
    decay, halved = group.get(LR_DECAY.name), group.get(NO_DECAY_TWIN.name)
    if decay is not None and group.get(COUNT.name) is None:
        message = f"`{LR_DECAY.name}` needs `{COUNT.name}`, the number of layers"
        fix = f"add `{COUNT.name}: 12`, or give the group an `lr` such as 0.65x"
        scope.problem_at_key("missing-key", decay, child_path(path, LR_DECAY.name), message, fix)
    has_decay = row.takes_any or row.argument("weight_decay") is not None
    if halved is not None and not has_decay:
        message = f"`{NO_DECAY_TWIN.name}` has no effect: {row.name} has no weight decay"
        scope.problem_at_key("bad-value", halved, child_path(path, NO_DECAY_TWIN.name), message)


def members_of(
    row: OptimizerRow, shared: Mapping[str, object], plan: GroupPlan, written: WrittenGroup
) -> Iterator[GroupPlan]:
    """The groups that a written one stands for, each with its own lr and weight decay."""
    options = {key: value for key, value in plan.options.items() if key not in _NAMES}
    if written.size == 1 and written.count is None:
        yield replace(plan, options=options)
        return
    decay = plan.options.get(LR_DECAY.name)
    argument = row.argument("lr")
    default = shared.get("lr", None if argument is None else argument.default)
    lr = options.get("lr", default)
    for member in written.members():
        own = dict(options)
        if isinstance(decay, float) and isinstance(lr, (int, float)) and written.count is not None:
            # Of 24 layers the last, layer 23, has the full rate, layer 22 lr * decay, and so on.
            own["lr"] = lr * decay ** (written.count - 1 - (member.layer or 0))
        if member.is_spared:
            own["weight_decay"] = 0.0
        ratio = decay if isinstance(decay, float) else None
        origin = GroupOrigin(plan.name, member.layer, written.count, ratio, member.is_spared)
        yield replace(plan, name=member.name, options=own, origin=origin)
