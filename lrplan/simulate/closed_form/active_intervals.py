"""Which of the schedulers inside a live one act when, as torch's containers have it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from torch.optim.lr_scheduler import ChainedScheduler, SequentialLR

from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.torch_objects.schedulers import GradualWarmupScheduler

if TYPE_CHECKING:
    from lrplan.simulate.closed_form.registry import StartedBy


@dataclass(frozen=True, slots=True)
class ActiveInterval:
    """Schedulers that tick together, in order, from one call of the outermost one on."""

    begin: int
    """The call that is their tick 0; 0 is before any call."""
    end: int
    """The last call that is theirs."""
    schedulers: tuple[Any, ...]
    how: StartedBy
    preset: tuple[float, ...] | None = None
    """What the groups are given before their tick 0."""


def active_intervals(scheduler: Any, calls: int) -> list[ActiveInterval]:
    """The turns of a scheduler just built, in order, up to so many calls of its ``step()``.

    Raises:
        Declined: what torch does then is not known here, or is to fail.
    """
    found = _turns(scheduler, "built", 0, calls)
    ends = [turn.begin - 1 for turn in found[1:]]
    return [replace(turn, end=end) for turn, end in zip(found, [*ends, calls], strict=True)]


def _turns(scheduler: Any, how: StartedBy, begin: int, end: int) -> list[ActiveInterval]:
    kind = type(scheduler)
    if how == "entered" and kind in {SequentialLR, ChainedScheduler}:
        raise NoClosedFormError(f"SequentialLR fails when it comes to a {kind.__name__}")
    if kind is SequentialLR:
        return _sequential(scheduler, how, begin, end)
    if kind is ChainedScheduler:
        return _chained(scheduler, how, begin, end)
    if how == "built" and scheduler.last_epoch != 0:
        raise NoClosedFormError(f"{kind.__name__} does not begin at tick 0")
    own = ActiveInterval(begin, end, (scheduler,), how)
    if kind is GradualWarmupScheduler and scheduler.after_scheduler is not None:
        return [own, *_after_warmup(scheduler, begin, end)]
    return [own]


def _after_warmup(scheduler: GradualWarmupScheduler, begin: int, end: int) -> list[ActiveInterval]:
    hand_over = begin + scheduler.total_epoch
    if hand_over > end:
        return []
    preset = tuple(float(base) * scheduler.multiplier for base in scheduler.base_lrs)
    first, *more = _turns(scheduler.after_scheduler, "initial", hand_over, end)
    return [replace(first, preset=preset), *more]


def _sequential(
    scheduler: SequentialLR, how: StartedBy, begin: int, end: int
) -> list[ActiveInterval]:
    # Its own count, which is a tick ahead where it is inside another container.
    clock, milestones = scheduler.last_epoch, milestones_of(scheduler)
    ahead = sorted({tick for tick in milestones if clock < tick <= clock + end - begin})
    starts = [begin, *(begin + tick - clock for tick in ahead)]
    found: list[ActiveInterval] = []
    for start, until in pairwise([*starts, end + 1]):
        child = scheduler._schedulers[bisect_right(milestones, clock + start - begin)]  # noqa: SLF001
        found += _turns(child, "entered" if start > begin else how, start, until - 1)
    return found


def _chained(
    scheduler: ChainedScheduler, how: StartedBy, begin: int, end: int
) -> list[ActiveInterval]:
    inside = [_turns(each, how, begin, end) for each in scheduler._schedulers]  # noqa: SLF001
    if any(len(each) > 1 for each in inside):
        raise NoClosedFormError(
            "schedulers that take turns inside a ChainedScheduler have no formula"
        )
    return [
        ActiveInterval(
            begin, end, tuple(chain.from_iterable(each[0].schedulers for each in inside)), how
        )
    ]


def milestones_of(scheduler: SequentialLR) -> list[int]:
    """Its milestones.

    Raises:
        Declined: they are in no order.
    """
    milestones = list(scheduler._milestones)  # noqa: SLF001
    if milestones != sorted(milestones):
        raise NoClosedFormError("SequentialLR has milestones out of order")
    return milestones
