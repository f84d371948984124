"""``OneCycleLR`` is given more ticks than ``total_steps``, or fewer.

It counts its ticks and raises ``ValueError`` at number ``total_steps + 1``: hours into a run. When
it gets fewer ticks, the run stops before the learning rate has come down. Both come from steps per
epoch rounded the other way (``drop_last``), gradient accumulation, or several devices.

## Why it matters

1,000 samples in batches of 64 make 15 full batches and a short one. For 10 epochs with
``steps_per_epoch: 15`` training fails after step 150 of 160. With 16 where the loader drops the
short batch, it ends at 0.00195 of a peak of 0.1, where 0.0000004 was planned.

## How to fix it

Take the number from the run: ``total_steps: 100%``, or in training code ``len(loader)`` after
everything that wraps the loader, divided by the accumulation and rounded up.

## When it is fine

``total_steps`` equal to the number of ticks. A surplus is an info when the last learning rate used
is below 1 % of the peak, and nothing when it is one or two ticks (a final ``step()`` is often
counted in). With one tick too few, see ``onecycle-past-end-turns-up-or-negative``.

## References

pytorch/pytorch#38170
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    RunContext,
    RunHit,
    Severity,
    check_plans_of_run,
    count,
    duration,
    script,
    share,
    ticks,
    write_values,
)
from lrplan.lint.facts.onecycle import OneCycle, one_cycles
from lrplan.lint.facts.tick_usage import last_planned_tick, last_step_before, planned_ticks

BAD = """\
training: {epochs: 10, dataset_size: 1000, batch_size: 64}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, max_lr: 0.1, epochs: 10, steps_per_epoch: 15, interval: step}
"""
LONG = """\
training: {epochs: 10, steps_per_epoch: 15}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: OneCycleLR, max_lr: 0.1, total_steps: 160, interval: step}
"""


def check(context: Context) -> Iterator[Hit]:
    """Cycles that end more than a tick before the scheduler does, or well after the run."""
    for cycle in one_cycles(context):
        if cycle.span.ticks > cycle.total + 1:
            yield _exhausted(context, cycle)
        elif cycle.total > planned_ticks(context, cycle.span) + 2:
            yield _unfinished(context, cycle)


def _exhausted(context: Context, cycle: OneCycle) -> Hit:
    span = cycle.span
    last = last_step_before(context, span, cycle.total + 1)
    return Hit(
        path=context.path_of(span.scheduler, cycle.argument),
        message=(
            f"training stops with a ValueError after step {last:,}: the cycle has"
            f" {ticks(cycle.total, span.top)}, the run {span.ticks:,}{_epoch(context, cycle)}"
        ),
        fix=_fix(context, cycle),
        edits=_edits(context, cycle),
        step=last,
    )


def _unfinished(context: Context, cycle: OneCycle) -> Hit:
    span = cycle.span
    end = cycle.share(last_planned_tick(context, span))
    return Hit(
        path=context.path_of(span.scheduler, cycle.argument),
        message=(
            f"the cycle has {ticks(cycle.total, span.top)}, the run"
            f" {planned_ticks(context, span):,}{_epoch(context, cycle)}: it ends at {share(end)}"
            f" of the peak instead of {share(cycle.last)}"
        ),
        fix=_fix(context, cycle),
        edits=_edits(context, cycle),
        step=context.clock.steps - 1,
        severity=Severity.INFO if end < 0.01 else Severity.WARNING,
    )


def _epoch(context: Context, cycle: OneCycle) -> str:
    """Words on a ``steps_per_epoch`` that is not the run's."""
    real = context.clock.steps_per_epoch
    steps_per_epoch = context.integer(cycle.span.scheduler, "steps_per_epoch")
    if cycle.argument == "total_steps" or real is None or steps_per_epoch == real:
        return ""
    return f" (an epoch has {count(real, 'step')}, not {steps_per_epoch:,})"


def _edits(context: Context, cycle: OneCycle) -> tuple[Edit, ...]:
    scheduler, number = cycle.span.scheduler, planned_ticks(context, cycle.span)
    if cycle.argument == "total_steps":
        return write_values(scheduler.path, {"total_steps": number})
    real, epochs = context.clock.steps_per_epoch, context.integer(scheduler, "epochs")
    fits = real is not None and real * (epochs or 0) == number
    return write_values(scheduler.path, {"steps_per_epoch": real}) if fits else ()


def _fix(context: Context, cycle: OneCycle) -> str:
    real = context.clock.steps_per_epoch
    number = planned_ticks(context, cycle.span)
    epochs = context.integer(cycle.span.scheduler, "epochs")
    if cycle.argument != "total_steps" and real is not None and real * (epochs or 0) == number:
        return f"steps_per_epoch: {real}"
    return f"total_steps: {duration(context, cycle.span.top, number)}"


_of_plan = check_plans_of_run(check)


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Cycles that do not fit the run, and those whose last tick was the one before the end."""
    yield from _of_plan(context)
    for scheduler in context.tops if context.observation.ending == "failed" else ():
        row, ticks = context.row(scheduler), context.ticks(scheduler)
        if row is None or row.past_end != "raises" or ticks is None:
            continue
        total = context.number(scheduler, "total_steps")
        if total is None:
            factors = [context.number(scheduler, name) for name in ("epochs", "steps_per_epoch")]
            total = (factors[0] or 0) * (factors[1] or 0)
        # The tick that raises the error is not counted: it did not happen.
        if total and ticks.total == total:
            yield RunHit(
                location=context.location(scheduler),
                message=(
                    f"training stops with a ValueError after step"
                    f" {context.facts.steps[scheduler.optimizer or 0] - 1:,}: the cycle has"
                    f" {count(ticks.total, 'tick')}, and the run goes on"
                ),
                fix="total_steps as long as the run",
                step=ticks.last_step,
                scheduler=scheduler.index,
            )


RULE = Rule(
    code="LRP302",
    name="onecycle-total-steps-exhausted",
    severity=Severity.ERROR,
    needs="spec",
    summary="OneCycleLR gets more ticks than total_steps, or fewer.",
    bad=(BAD, LONG),
    good=(BAD.replace("15", "16"), LONG.replace("160", "100%")),
    check=check,
    check_run=check_run,
    bad_source=(
        script("OneCycleLR(optimizer, 0.1, total_steps=120)", after_step=("scheduler.step()",)),
    ),
    good_source=(
        script("OneCycleLR(optimizer, 0.1, total_steps=80)", after_step=("scheduler.step()",)),
    ),
    level="cause",
    supersedes=("stops-midway",),
)
