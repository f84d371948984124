"""Fresh objects into which the states of a checkpoint are loaded."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch.optim import Optimizer

from lrplan.errors import UsageError
from lrplan.plan import SchedulePlan, SchedulerPlan
from lrplan.resume import ResumeOptions
from lrplan.simulate.resuming.checkpoint import (
    Checkpoint,
    load_into,
    restore_optimizer,
    restore_schedulers,
)
from lrplan.torch_objects.builder import LiveSchedule, build, load_class


def rebuild_and_restore(
    plan: SchedulePlan,
    device: torch.device,
    options: ResumeOptions,
    checkpoint: Checkpoint,
    calls: Sequence[int],
) -> LiveSchedule:
    """Return the objects for ``plan`` with which a new process would continue.

    Args:
        plan: the schedule.
        device: where parameters live.
        options: what is restored, and in what order.
        checkpoint: the states.
        calls: how often each outermost scheduler had been called.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: a scheduler does not take the ``last_epoch`` of the options.
        LrplanError: a state cannot be loaded.
    """
    optimizer_state, scheduler_states = checkpoint.read()

    def prepare(optimizer: Optimizer) -> None:
        if options.optimizer == "before":
            load_into(optimizer, optimizer_state)
        if options.last_epoch is not None:
            _set_initial(optimizer)

    if options.last_epoch is not None:
        plan = _with_last_epochs(plan, options, calls)
    live = build(plan, device, prepare=prepare)
    if options.optimizer == "after":
        restore_optimizer(live, optimizer_state)
    if options.scheduler:
        restore_schedulers(live, checkpoint, scheduler_states)
    return live


def _set_initial(optimizer: Optimizer) -> None:
    """Set ``initial_lr`` as scripts do to avoid the KeyError for a group without it."""
    for group in optimizer.param_groups:
        group.setdefault("initial_lr", group["lr"])


def _with_last_epochs(
    plan: SchedulePlan, options: ResumeOptions, calls: Sequence[int]
) -> SchedulePlan:
    pairs = zip(plan.schedulers, calls, strict=True)
    return replace(
        plan, schedulers=tuple(_with_last_epoch(each, options, called) for each, called in pairs)
    )


def _with_last_epoch(
    scheduler: SchedulerPlan, options: ResumeOptions, called: int
) -> SchedulerPlan:
    parameters = inspect.signature(load_class(scheduler.row.path)).parameters
    takes_any = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    if "last_epoch" not in parameters and not takes_any:
        raise UsageError(f"{scheduler.type} takes no last_epoch: resume it from its state")
    # A constructor ticks once by itself: after 5 calls the count is 5, and `last_epoch=4` becomes 5
    # when the scheduler has been built. That is the off-by-one which scripts get wrong.
    last_epoch = called - 1 if options.last_epoch == "right" else options.last_epoch
    return replace(scheduler, arguments={**scheduler.arguments, "last_epoch": last_epoch})
