"""Starting a scheduler of torch again, as if it had just been built on other base rates.

torch offers no way to do that, so this is the one module that uses names of its own making:
``_schedulers`` and ``_milestones`` of the two containers, ``_initial_step`` and ``_last_lr``.
"""
# ruff: noqa: SLF001

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from torch.optim.lr_scheduler import ChainedScheduler, ReduceLROnPlateau, SequentialLR

from lrplan.build.custom.base import current_lrs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.optim.lr_scheduler import LRScheduler


def scale_bases(scheduler: LRScheduler, factor: float) -> None:
    """Multiply the base rates of ``scheduler``, and of all inside it, by ``factor``."""
    for inner in _inside(scheduler):
        scale_bases(inner, factor)
    if hasattr(scheduler, "base_lrs"):
        scheduler.base_lrs = [base * factor for base in scheduler.base_lrs]


def start_again(scheduler: LRScheduler) -> None:
    """Give the groups what ``scheduler``, never ticked so far, gives them at its tick 0.

    The groups hold its base rates when this is called.
    """
    if isinstance(scheduler, SequentialLR):
        # Its clock stays as torch left it: that of a nested one is a tick ahead from the start.
        start_again(
            scheduler._schedulers[bisect_right(scheduler._milestones, scheduler.last_epoch)]
        )
    elif isinstance(scheduler, ChainedScheduler):
        for inner in scheduler._schedulers:
            start_again(inner)
    elif not isinstance(scheduler, ReduceLROnPlateau):
        scheduler.last_epoch = -1
        scheduler._initial_step()
    scheduler._last_lr = current_lrs(scheduler.optimizer)


def _inside(scheduler: LRScheduler) -> Sequence[LRScheduler]:
    if isinstance(scheduler, SequentialLR | ChainedScheduler):
        return scheduler._schedulers
    after = getattr(scheduler, "after_scheduler", None)
    return [] if after is None else [after]
