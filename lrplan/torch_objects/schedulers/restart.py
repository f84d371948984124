"""Restart a scheduler of torch, as if it had just been built on other base lrs.

torch has no public way to do that, so this is the one module that uses its private names:
``_schedulers`` and ``_milestones`` of the two containers, ``_initial_step`` and ``_last_lr``.
"""
# ruff: noqa: SLF001

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from torch.optim.lr_scheduler import ChainedScheduler, LRScheduler, ReduceLROnPlateau, SequentialLR

from lrplan.torch_objects.schedulers.base import current_lrs
from lrplan.torch_objects.schedulers.group_field import write_field


def scale_bases(scheduler: LRScheduler, factor: float) -> None:
    """Multiply the base lrs of ``scheduler``, and of all inside it, by ``factor``."""
    for inner in _inside(scheduler):
        scale_bases(inner, factor)
    if hasattr(scheduler, "base_lrs"):
        scheduler.base_lrs = [base * factor for base in scheduler.base_lrs]


def start_again(scheduler: LRScheduler, bases: Sequence[float]) -> None:
    """Set the groups to what ``scheduler``, not ticked so far, would write if built on ``bases``.

    Before and after the call, its counters are those of a newly built scheduler.
    """
    if isinstance(scheduler, SequentialLR):
        # Its constructor throws away what the members wrote, and starts the first of them.
        _write(scheduler, bases)
        first = scheduler._schedulers[bisect_right(scheduler._milestones, 0)]
        _take_back_first_tick(first)
        first._initial_step()
    elif isinstance(scheduler, ChainedScheduler):
        for inner in scheduler._schedulers:
            start_again(inner, bases)
    elif not isinstance(scheduler, ReduceLROnPlateau):
        # torch ticks a scheduler once while it builds it: one just built holds last_epoch 0. Taken
        # back to -1 it is ticked again by the same code, to 0, and writes its first lr on the new
        # bases. So does a WarmupOver, which starts the scheduler underneath again at that tick. A
        # plateau scheduler, which writes nothing when it is built, is left alone.
        _take_back_first_tick(scheduler)
        scheduler._initial_step()
    scheduler._last_lr = current_lrs(scheduler.optimizer)


def _take_back_first_tick(scheduler: LRScheduler) -> None:
    """Take back the one tick that torch makes when it builds ``scheduler``.

    A container passes this tick on: SequentialLR to the member that acts now, ChainedScheduler to
    all members.
    """
    if isinstance(scheduler, SequentialLR):
        _take_back_first_tick(
            scheduler._schedulers[bisect_right(scheduler._milestones, scheduler.last_epoch)]
        )
    if isinstance(scheduler, ChainedScheduler):
        for inner in scheduler._schedulers:
            _take_back_first_tick(inner)
    else:
        scheduler.last_epoch -= 1


def _write(scheduler: LRScheduler, lrs: Sequence[float]) -> None:
    for group, rate in zip(scheduler.optimizer.param_groups, lrs, strict=True):
        write_field(group, "lr", rate)


def _inside(scheduler: LRScheduler) -> Sequence[LRScheduler]:
    if isinstance(scheduler, SequentialLR | ChainedScheduler):
        return scheduler._schedulers
    others = (getattr(scheduler, name, None) for name in ("after_scheduler", "base_scheduler"))
    return [other for other in others if other is not None]
