"""Live schedulers fast-forwarded to their state after any number of calls, without the calls.

A scheduler of torch keeps little state: ``last_epoch``, a count of its calls, for warm restarts the
position in the cycle. To see call 5000 of ``SequentialLR(..., milestones=[1000])``, for example,
``seek(4999)`` sets its ``last_epoch`` to 4999 and that of its second scheduler, which was entered
at 1000, to 3999. The values in the groups are not part of a scheduler's state: ``verify`` writes
them.
"""
# ruff: noqa: SLF001

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingWarmRestarts,
    SequentialLR,
)

from lrplan.simulate.closed_form.registry import StartedBy
from lrplan.torch_objects.schedulers import GradualWarmupScheduler, WarmupOver


class FastForward:
    """Sets a newly built scheduler, and all schedulers inside it, to their state after any call.

    Args:
        scheduler: the outermost one.
    """

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        self._built = [(each, dict(vars(each))) for each in _with_inner(scheduler)]

    def seek(self, calls: int) -> None:
        """Give every scheduler its state after ``calls`` calls of the outermost ``step()``."""
        for scheduler, state in self._built:
            vars(scheduler).clear()
            vars(scheduler).update(state)
        _seek(self._scheduler, "built", calls)


def _with_inner(scheduler: Any) -> Iterator[Any]:
    yield scheduler
    inside = list(getattr(scheduler, "_schedulers", ()))
    others = (getattr(scheduler, name, None) for name in ("after_scheduler", "base_scheduler"))
    for each in [*inside, *(other for other in others if other is not None)]:
        yield from _with_inner(each)


def _seek(scheduler: Any, started_by: StartedBy, ticks: int) -> None:
    """Put ``scheduler`` into its state ``ticks`` ticks after its tick 0."""
    kind = type(scheduler)
    if kind is ChainedScheduler:
        for each in scheduler._schedulers:
            _seek(each, started_by, ticks)
    elif kind is SequentialLR:
        _seek_sequential(scheduler, started_by, ticks)
    else:
        _seek_single(scheduler, started_by, ticks)


def _seek_sequential(scheduler: SequentialLR, started_by: StartedBy, ticks: int) -> None:
    # The member whose turn it is counts from its milestone: of milestones 10 and 50, call 60 is
    # tick 10 of the third member. The first one was built and not entered, and counts all ticks.
    begin, milestones = scheduler.last_epoch, scheduler._milestones
    clock = begin + ticks
    acting, first = bisect_right(milestones, clock), bisect_right(milestones, begin)
    scheduler.last_epoch = clock
    child = scheduler._schedulers[acting]
    if acting == first:
        _seek(child, started_by, ticks)
    else:
        _seek(child, "entered", clock - milestones[acting - 1])


def _seek_single(scheduler: Any, started_by: StartedBy, ticks: int) -> None:
    # torch counts calls of step() and ticks separately: the tick that starts a member at its
    # milestone is not a call of step().
    counted = 1 if started_by == "initial" else scheduler._step_count
    scheduler.last_epoch = ticks
    scheduler._step_count = counted + ticks
    if isinstance(scheduler, CosineAnnealingWarmRestarts):
        _seek_in_cycle(scheduler, ticks)
    elif isinstance(scheduler, WarmupOver):
        _seek(scheduler.base_scheduler, "built", ticks)
    elif isinstance(scheduler, GradualWarmupScheduler):
        past = ticks - scheduler.total_epoch
        if scheduler.after_scheduler is not None and past >= 0:
            _seek(scheduler.after_scheduler, "initial", past)


def _seek_in_cycle(scheduler: CosineAnnealingWarmRestarts, ticks: int) -> None:
    # Whole cycles are taken off one by one, since they grow: with T_0 10 and T_mult 2, tick 35 is
    # past the cycles of 10 and 20 ticks, at tick 5 of the one of 40. Cycles of equal length need
    # one `%`.
    length, over = scheduler.T_0, ticks
    if scheduler.T_mult == 1:
        over %= length
    while over >= length:
        over -= length
        length *= scheduler.T_mult
    scheduler.T_cur, scheduler.T_i = over, length
