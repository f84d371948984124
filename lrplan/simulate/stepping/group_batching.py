"""A plan with fewer parameter groups that has the same curves.

Groups alike need one to stand for them. Groups that differ in nothing but their learning rate need
one as well, whose ``lr`` is an array: the code of torch's schedulers then runs once for all of
them. Sums, products and quotients of doubles are the same in an array as one by one, to the bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrplan.simulate.stepping.identical_groups import group_by_treatment, keep_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TypeVar

    from torch.optim import Optimizer

    from lrplan.plan import SchedulePlan

    Value = TypeVar("Value")

_WORTH = 6
"""Fewer groups are faster one by one."""

_ELEMENTWISE = frozenset(
    {
        *("ConstantLR", "LinearLR", "ExponentialLR", "StepLR", "MultiStepLR", "PolynomialLR"),
        *("CosineAnnealingLR", "CosineAnnealingWarmRestarts", "LambdaLR", "MultiplicativeLR"),
        *("SequentialLR", "ChainedScheduler"),
    }
)
"""Schedulers that add, multiply and divide learning rates, and never compare or convert them."""

_OVERWRITE = frozenset({"OneCycleLR", "CyclicLR"})
"""Schedulers whose constructor writes a learning rate of their own."""


@dataclass(frozen=True, slots=True)
class BatchedGroups:
    """A plan with fewer groups, and how its curves are handed back to all."""

    plan: SchedulePlan
    stand_ins: Mapping[str, Sequence[str]]
    """For every group the groups to ask, the first that has an answer."""
    members: Mapping[str, Sequence[str]]
    """Of groups whose lr is an array: the names of those they stand for."""
    rates: Mapping[str, Sequence[float]]
    """The learning rates of those."""

    def prepare(self, optimizer: Optimizer) -> None:
        """Put the arrays in the place of the learning rates."""
        for group, held in zip(self.plan.optimizer.groups, optimizer.param_groups, strict=True):
            if group.name in self.rates:
                rates = np.array(self.rates[group.name], dtype=np.float64)
                # Torch keeps it as initial_lr too: who writes into it is to fail.
                rates.flags.writeable = False
                held["lr"] = rates

    def for_all(self, by_group: Mapping[str, Value]) -> dict[str, Value]:
        """What was found, for every group; the same object for groups alike."""
        return {
            name: by_group[asked[0]]
            for name, names in self.stand_ins.items()
            if (asked := [each for each in names if each in by_group])
        }


def deduplicate(plan: SchedulePlan) -> BatchedGroups:
    """``plan`` with one group for all that are alike."""
    groups = group_by_treatment(plan, but=("lr",) if _is_overwritten(plan) else ())
    stand_ins = {name: (first,) for first, names in groups.items() for name in names}
    in_order = {group.name: stand_ins[group.name] for group in plan.optimizer.groups}
    return BatchedGroups(keep_groups(plan, groups), in_order, {}, {})


def _is_overwritten(plan: SchedulePlan) -> bool:
    """Whether the learning rates of the optimizer are replaced before the first step."""
    tops = plan.schedulers
    return (
        len(tops) == 1
        and tops[0].type in _OVERWRITE
        and len(tops[0].groups) == len(plan.optimizer.groups)
    )


def in_arrays(plan: SchedulePlan) -> BatchedGroups | None:
    """``plan`` with one group for all that are alike but for their learning rates.

    Returns:
        None where that is not sure to have the same curves, or not worth it.
    """
    single = deduplicate(plan)
    groups = group_by_treatment(single.plan, but=("lr",))
    members = {first: names for first, names in groups.items() if len(names) >= _WORTH}
    rates = _rates(single.plan)
    if not members or rates is None or not _is_elementwise(plan):
        return None
    first = {name: key for key, names in members.items() for name in names}
    kept = {group.name for group in single.plan.optimizer.groups if group.name not in first}
    return BatchedGroups(
        keep_groups(single.plan, kept | set(members)),
        {name: (one, first.get(one, one)) for name, (one,) in single.stand_ins.items()},
        members,
        {key: [rates[name] for name in names] for key, names in members.items()},
    )


def _is_elementwise(plan: SchedulePlan) -> bool:
    return all(each.type in _ELEMENTWISE for top in plan.schedulers for each in top.walk())


def _rates(plan: SchedulePlan) -> dict[str, float] | None:
    """What each group starts with; None where that is not a number."""
    argument = plan.optimizer.row.argument("lr")
    default = plan.optimizer.arguments.get("lr", None if argument is None else argument.default)
    found: dict[str, float] = {}
    for group in plan.optimizer.groups:
        rate = group.options.get("lr", default)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)):
            return None
        found[group.name] = float(rate)
    return found
