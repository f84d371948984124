"""What building a plan gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer

    from lrplan.plan import SchedulePlan, SchedulerPlan


@dataclass(frozen=True, slots=True)
class LiveScheduler:
    """A live scheduler, the plan it came from, and the indices of the groups it drives."""

    plan: SchedulerPlan
    scheduler: Any
    """A ``torch.optim.lr_scheduler`` scheduler; Any, because plateau has a ``step`` of its own."""
    optimizer: Optimizer
    """What the scheduler was built on: the optimizer itself, or a view of some groups."""
    groups: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LiveSchedule:
    """The live objects of one schedule."""

    plan: SchedulePlan = field(repr=False)
    """The plan built; of a factory's one, with the groups and schedulers that it made."""
    optimizer: Optimizer
    drivers: tuple[LiveScheduler, ...]
    step: Callable[[], object] = field(repr=False)
    """One ``optimizer.step()``, with a closure where the optimizer needs one."""
    keep: object = field(default=None, repr=False)
    """What the objects refer to but do not own."""
