"""Exports a plan as ``TrainingArguments``, if transformers has a schedule with its curve."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.clock import Clock, ClockError
from lrplan.clock.loops import LOOPS
from lrplan.errors import UsageError
from lrplan.export.code.formatting import Item, call, mapping, statement
from lrplan.export.code.header import header
from lrplan.export.code.literals import comment, literal, remark, string_literal
from lrplan.export.code.loop_check import check_calls
from lrplan.export.code.module import module
from lrplan.export.code.pytorch import to_pytorch
from lrplan.export.code.trainer.hf_schedules import HFSchedule
from lrplan.export.code.trainer.match_schedule import TOLERANCE, Match, match_schedule
from lrplan.export.code.trainer.optimizer import optimizer_items
from lrplan.features import varies
from lrplan.plan import OptimizerPlan, SchedulePlan, SchedulerPlan
from lrplan.trace import Trace

_ROUNDING = 1e-6
_SPARED = "Trainer gives biases and the weights of norms no weight decay."
_WAY_OUT = (
    "`--format pytorch` writes an optimizer and schedulers for `Trainer(optimizers=...)`, which"
    " ticks after every optimizer step"
)


def to_transformers(plan: SchedulePlan, trace: Trace, tolerance: float = TOLERANCE) -> str:
    """A module with the ``TrainingArguments`` that make Trainer follow ``plan``.

    The plan's schedulers say which of the schedules of transformers to write, and its curve
    decides: both must be the same at every step, within the tolerance.

    Args:
        plan: the schedule.
        trace: its run.
        tolerance: the largest difference, as a share of the peak.

    Raises:
        UsageError: Trainer has no such schedule (the message names the nearest, and how far it
            is), no such optimizer, or the run fails.
    """
    top = header(plan, trace)
    if plan.clock.settings.batch_size_ramp is not None:
        raise UsageError("Trainer has one batch size for the whole run")
    plateau = _plateau(plan)
    if plateau is not None:
        learning_rate, schedule = _base_lr(plan.optimizer), list(_plateau_items(plateau))
    else:
        match = _matched(plan, trace, tolerance)
        own = match.schedule
        if not match.within(TOLERANCE):
            top += ["#", *comment(f"Off by up to {100 * match.share:.3g}% of the peak.")]
        learning_rate, schedule = own.peak, list(_schedule_items(own))
    items = (
        Item(string_literal("output"), "output_dir="),
        *_length_items(plan.clock),
        Item(literal(learning_rate), "learning_rate="),
        *schedule,
        *optimizer_items(plan.optimizer),
    )
    lines = statement("training_arguments = ", call("TrainingArguments", *items))
    decays = any(np.any(column != 0) for column in trace.weight_decay.values())
    notes = [*comment(_SPARED)] if decays and len(trace.groups) == 1 else []
    return module(top, ["\n".join((*notes, *lines))])


def _matched(plan: SchedulePlan, trace: Trace, tolerance: float) -> Match:
    match = match_schedule(plan, _one_curve(trace), _base_lr(plan.optimizer), tolerance)
    if not match.within(tolerance):
        raise UsageError(_no_schedule(plan, trace, match))
    return match


def _no_schedule(plan: SchedulePlan, trace: Trace, match: Match) -> str:
    advice = "; ".join(filter(None, (_tolerance_hint(match), _way_out(plan, trace))))
    return (
        f"transformers has no schedule with the curve of `{remark(plan.name)}`: the nearest that"
        f" was tried is {match.schedule}, which is off by up to {match.difference:.3g} at step"
        f" {match.step}, {100 * match.share:.3g}% of the peak{advice and '; '}{advice}"
    )


def _way_out(plan: SchedulePlan, trace: Trace) -> str:
    """The other format that has the curve; empty if no code is written for its schedulers."""
    try:
        to_pytorch(plan, trace)
    except UsageError:
        return ""
    return _WAY_OUT


def _tolerance_hint(match: Match) -> str:
    """The tolerance that takes a difference which is mere rounding; empty for a real one."""
    if match.share > _ROUNDING:
        return ""
    return f"`--tolerance {10.0 ** math.ceil(math.log10(1.01 * match.share)):.0e}` takes it"


def _one_curve(trace: Trace) -> FloatArray:
    """The learning rate that all groups have in common, if no other field changes."""
    for field, columns in trace.columns.items():
        changing = [group for group, values in columns.items() if field != "lr" and varies(values)]
        if changing:
            raise UsageError(f"Trainer changes the learning rate only, and {field} changes here")
    # A column of torch is exact to rounding: groups with the same lr may differ in the last bits.
    first, *others = trace.groups
    for other in others:
        if not np.allclose(trace.lr[other], trace.lr[first], rtol=1e-12, atol=0):
            raise UsageError(
                f"Trainer has one learning rate for all parameters; `{remark(first)}` and"
                f" `{remark(other)}` differ"
            )
    values = trace.lr[first]
    if not np.isfinite(values).all():
        raise UsageError("the learning rate is not finite throughout")
    return values


def _base_lr(plan: OptimizerPlan) -> float:
    argument = plan.row.argument("lr")
    default = None if argument is None else argument.default
    value = plan.groups[0].options.get("lr", plan.arguments.get("lr", default))
    return float(value) if isinstance(value, (int, float)) else 0.0


def _schedule_items(schedule: HFSchedule) -> Iterator[Item]:
    yield Item(string_literal(schedule.kind), "lr_scheduler_type=")
    if schedule.kind != "constant":
        yield Item(str(schedule.warmup), "warmup_steps=")
    if schedule.options:
        options = mapping((name, literal(value)) for name, value in schedule.options.items())
        yield Item(options, "lr_scheduler_kwargs=")


def _length_items(clock: Clock) -> Iterator[Item]:
    per_epoch, settings, batching = clock.batches_per_epoch, clock.settings, clock.batching
    # 3 epochs of 100 batches are `num_train_epochs=3`; 250 batches are `max_steps=250`.
    # The Trainer steps a short last window, and hands out batches to devices in another way; a
    # number of steps is the same whatever it does.
    if per_epoch is not None and clock.batches % per_epoch == 0 and _has_same_epochs(clock):
        yield Item(str(clock.epochs), "num_train_epochs=", f"{clock.steps} steps")
    else:
        yield Item(str(clock.steps), "max_steps=")
    if settings.batch_size is not None:
        devices = f"on each of {settings.world_size} devices" if settings.world_size > 1 else ""
        yield Item(str(settings.batch_size), "per_device_train_batch_size=", devices)
    if batching.accumulate > 1:
        yield Item(str(batching.accumulate), "gradient_accumulation_steps=")
    if settings.drop_last:
        yield Item("True", "dataloader_drop_last=")


def _has_same_epochs(clock: Clock) -> bool:
    """Return True if the Trainer's epochs make the steps of this run."""
    settings = replace(
        clock.settings,
        loop="transformers",
        skipped_steps=(),
        steps=None,
        split_batches=False,
        step_scheduler_with_optimizer=True,
    )
    try:
        trainers = Clock.derive(settings)
    except ClockError:
        return False
    return (trainers.steps, trainers.batches) == (clock.steps, clock.batches)


def _has_other_windows(clock: Clock) -> bool:
    """Return True if epochs have a short last window that gets no step of its own."""
    short = (clock.batches_per_epoch or 0) % clock.batching.accumulate != 0
    return short and clock.batching.last_window != "step"


def _plateau(plan: SchedulePlan) -> SchedulerPlan | None:
    """The scheduler, if it is torch's own ReduceLROnPlateau and nothing else."""
    if len(plan.schedulers) != 1:
        return None
    scheduler = plan.schedulers[0]
    if scheduler.row.family != "torch" or not scheduler.row.reads_metric:
        return None
    if any(group.frozen_until for group in plan.optimizer.groups):
        raise UsageError("Trainer freezes no parameters")
    if scheduler.interval != "epoch" or scheduler.frequency != 1:
        raise UsageError("Trainer ticks ReduceLROnPlateau at evaluations, here after every epoch")
    if _has_other_windows(plan.clock):
        raise UsageError(
            "Trainer steps the short last window of an epoch, and the plan says `last_window:"
            f" {plan.clock.batching.last_window}`: its evaluations come after other steps"
        )
    if any(isinstance(value, list) for value in scheduler.arguments.values()):
        raise UsageError("Trainer's parameter groups are not those of the plan: no min_lr for each")
    if len(plan.optimizer.groups) > 1:
        raise UsageError("Trainer has one learning rate for all parameters")
    check_calls(plan, [scheduler.cadence], LOOPS["transformers"], _WAY_OUT)
    return scheduler


def _plateau_items(scheduler: SchedulerPlan) -> Iterator[Item]:
    yield Item(string_literal("reduce_lr_on_plateau"), "lr_scheduler_type=")
    options = mapping((name, literal(value)) for name, value in scheduler.arguments.items())
    yield Item(options, "lr_scheduler_kwargs=")
    yield Item(string_literal("epoch"), "eval_strategy=")
    note = f"evaluate() is to return it as eval_{scheduler.monitor}"
    yield Item(literal(scheduler.monitor), "metric_for_best_model=", note)
