"""Live schedulers put where they would be after any number of calls, without making them."""
# ruff: noqa: SLF001

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from torch.optim.lr_scheduler import (
    ChainedScheduler,
    CosineAnnealingWarmRestarts,
    SequentialLR,
)

from lrplan.torch_objects.schedulers import GradualWarmupScheduler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.simulate.closed_form.registry import StartedBy


class FastForward:
    """A scheduler just built, and everything inside it.

    Args:
        scheduler: the outermost one.
    """

    def __init__(self, scheduler: Any) -> None:
        self._scheduler = scheduler
        self._built = [(each, dict(vars(each))) for each in _walk(scheduler)]

    def after(self, calls: int) -> None:
        """Give every scheduler the state that it has after so many calls of the outermost."""
        for scheduler, state in self._built:
            vars(scheduler).clear()
            vars(scheduler).update(state)
        _place(self._scheduler, "built", calls)


def _walk(scheduler: Any) -> Iterator[Any]:
    yield scheduler
    inside = list(getattr(scheduler, "_schedulers", ()))
    after = getattr(scheduler, "after_scheduler", None)
    for each in [*inside, *([] if after is None else [after])]:
        yield from _walk(each)


def _place(scheduler: Any, how: StartedBy, ticks: int) -> None:
    """Put ``scheduler`` where so many ticks after its tick 0 bring it."""
    kind = type(scheduler)
    if kind is ChainedScheduler:
        for each in scheduler._schedulers:
            _place(each, how, ticks)
    elif kind is SequentialLR:
        _place_in_turn(scheduler, how, ticks)
    else:
        _place_alone(scheduler, how, ticks)


def _place_in_turn(scheduler: SequentialLR, how: StartedBy, ticks: int) -> None:
    begin, milestones = scheduler.last_epoch, scheduler._milestones
    clock = begin + ticks
    acting, first = bisect_right(milestones, clock), bisect_right(milestones, begin)
    scheduler.last_epoch = clock
    child = scheduler._schedulers[acting]
    if acting == first:
        _place(child, how, ticks)
    else:
        _place(child, "entered", clock - milestones[acting - 1])


def _place_alone(scheduler: Any, how: StartedBy, ticks: int) -> None:
    # torch counts calls of step() apart from ticks: entering at a milestone is none.
    counted = 1 if how == "initial" else scheduler._step_count
    scheduler.last_epoch = ticks
    scheduler._step_count = counted + ticks
    if isinstance(scheduler, CosineAnnealingWarmRestarts):
        _place_in_cycle(scheduler, ticks)
    elif isinstance(scheduler, GradualWarmupScheduler):
        past = ticks - scheduler.total_epoch
        if scheduler.after_scheduler is not None and past >= 0:
            _place(scheduler.after_scheduler, "initial", past)


def _place_in_cycle(scheduler: CosineAnnealingWarmRestarts, ticks: int) -> None:
    length, over = scheduler.T_0, ticks
    if scheduler.T_mult == 1:
        over %= length
    while over >= length:
        over -= length
        length *= scheduler.T_mult
    scheduler.T_cur, scheduler.T_i = over, length
