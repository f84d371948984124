"""The intervals of a run in which each of the schedulers inside a container acts.

A container is unrolled into a flat list. In a run of 100 calls, for example,
``SequentialLR([LinearLR, CosineAnnealingLR, StepLR], milestones=[10, 50])`` gives::

    calls  0 to   9   LinearLR            built
    calls 10 to  49   CosineAnnealingLR   entered at its tick 0
    calls 50 to 100   StepLR              entered at its tick 0

A container inside a container is unrolled within the interval of the outer one, and
``ChainedScheduler`` is one interval in which all of its members act. A milestone is compared with
the ``last_epoch`` that the container has after it was built.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

from torch.optim.lr_scheduler import ChainedScheduler, SequentialLR

from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.registry import StartedBy
from lrplan.torch_objects.schedulers import GradualWarmupScheduler


@dataclass(frozen=True, slots=True)
class ActiveInterval:
    """An interval of calls in which the same schedulers tick together, in their order."""

    begin: int
    """The call of the outermost scheduler that is tick 0 of these; 0: before the first call."""
    end: int
    """The last call of the outermost scheduler at which they tick."""
    schedulers: tuple[Any, ...]
    started_by: StartedBy
    preset_lrs: tuple[float, ...] | None = None
    """The learning rates that are written into the groups before their tick 0."""


def active_intervals(scheduler: Any, calls: int) -> list[ActiveInterval]:
    """Return the intervals of a newly built scheduler, in order, for ``calls`` calls of ``step()``.

    Raises:
        NoClosedFormError: it is not known what torch does then, or torch fails.
    """
    # The intervals come with their beginnings, such as 0, 10 and 50 of 100 calls: each ends at the
    # call before the next begins (9, 49), the last one with the run (100).
    intervals = _intervals(scheduler, "built", 0, calls)
    ends = [*(interval.begin - 1 for interval in intervals[1:]), calls]
    return [replace(each, end=end) for each, end in zip(intervals, ends, strict=True)]


def _intervals(scheduler: Any, started_by: StartedBy, begin: int, end: int) -> list[ActiveInterval]:
    kind = type(scheduler)
    if started_by == "entered" and kind in {SequentialLR, ChainedScheduler}:
        raise NoClosedFormError(f"SequentialLR fails when it comes to a {kind.__name__}")
    if kind is SequentialLR:
        return _sequential(scheduler, started_by, begin, end)
    if kind is ChainedScheduler:
        return _chained(scheduler, started_by, begin, end)
    if started_by == "built" and scheduler.last_epoch != 0:
        raise NoClosedFormError(f"{kind.__name__} does not begin at tick 0")
    own = ActiveInterval(begin, end, (scheduler,), started_by)
    if kind is GradualWarmupScheduler and scheduler.after_scheduler is not None:
        return [own, *_after_warmup(scheduler, begin, end)]
    return [own]


def _after_warmup(scheduler: GradualWarmupScheduler, begin: int, end: int) -> list[ActiveInterval]:
    hand_over = begin + scheduler.total_epoch
    if hand_over > end:
        return []
    preset_lrs = tuple(float(base) * scheduler.multiplier for base in scheduler.base_lrs)
    first, *more = _intervals(scheduler.after_scheduler, "initial", hand_over, end)
    return [replace(first, preset_lrs=preset_lrs), *more]


def _sequential(
    scheduler: SequentialLR, started_by: StartedBy, begin: int, end: int
) -> list[ActiveInterval]:
    # The container's own count: inside another container it is one tick ahead.
    clock, milestones = scheduler.last_epoch, milestones_of(scheduler)
    ahead = sorted({tick for tick in milestones if clock < tick <= clock + end - begin})
    starts = [begin, *(begin + tick - clock for tick in ahead)]
    intervals: list[ActiveInterval] = []
    for start, until in pairwise([*starts, end + 1]):
        child = scheduler._schedulers[bisect_right(milestones, clock + start - begin)]  # noqa: SLF001
        intervals += _intervals(child, "entered" if start > begin else started_by, start, until - 1)
    return intervals


def _chained(
    scheduler: ChainedScheduler, started_by: StartedBy, begin: int, end: int
) -> list[ActiveInterval]:
    inside = [_intervals(each, started_by, begin, end) for each in scheduler._schedulers]  # noqa: SLF001
    if any(len(each) > 1 for each in inside):
        raise NoClosedFormError(
            "schedulers that take turns inside a ChainedScheduler have no formula"
        )
    members = tuple(chain.from_iterable(each[0].schedulers for each in inside))
    return [ActiveInterval(begin, end, members, started_by)]


def milestones_of(scheduler: SequentialLR) -> list[int]:
    """Return the milestones of a live ``SequentialLR``.

    Raises:
        NoClosedFormError: they are out of order.
    """
    milestones = list(scheduler._milestones)  # noqa: SLF001
    if milestones != sorted(milestones):
        raise NoClosedFormError("SequentialLR has milestones out of order")
    return milestones
