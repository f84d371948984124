"""The scheduler ticks before the first optimizer step, so the schedule's first values are unused.

Since torch 1.1 a training loop calls ``optimizer.step()`` first and ``scheduler.step()`` after it.
Where gradients are accumulated, a scheduler that ticks with every batch (``interval: batch``) has
ticked several times when the first optimizer step comes. torch warns once, and goes on.

## Why it matters

Everything comes early. ``StepLR(step_size=3)`` ticked first in each of 9 steps gives 0.1 twice,
0.01 and 0.001 three times each and 0.0001 once, in place of 0.1, 0.01 and 0.001 three times each;
``CosineAnnealingLR(5)`` starts at 0.0905 and ends at 0.

## How to fix it

Tick with the optimizer: ``interval: step``, and lengths in steps or with a unit.

## When it is fine

In schedules that are long compared with the number of accumulated batches, the effect is small: a
change of less than a hundredth of the first value is an info. A plateau loses nothing: it reads
every metric that it gets. Up to torch 1.0 the order was the other way round. Loops whose first
update is skipped by a gradient scaler see the same warning.

## References

pytorch/pytorch#20124, pytorch/pytorch#44511
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.events import events_of_plan, ticks_before_first_step
from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    RunContext,
    RunHit,
    SchedulerPlan,
    Severity,
    child_path,
    count,
    script,
    write_values,
)
from lrplan.lint.facts.combinations import first_factors, schedulers_without_containers
from lrplan.lint.facts.cycle_lrs import lowest_lrs
from lrplan.lint.facts.lengths import node_at
from lrplan.rules.units._miscounted_lengths import misfitting_ends

BAD = """\
training: {epochs: 5, batches_per_epoch: 8, accumulate: 4}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LinearLR, start_factor: 1, end_factor: 0.1, total_iters: 40, interval: batch}
"""

_WARNED = "before `optimizer.step()`"
_NOTHING = 0.01


def check(context: Context) -> Iterator[Hit]:
    """Schedulers that tick before the first step, where torch says so."""
    warned = any(_WARNED in each.message for each in context.trace.warnings)
    if not warned or not context.trace.steps:
        return
    early = ticks_before_first_step(events_of_plan(context.plan))
    for index, top in enumerate(context.plan.schedulers):
        # A plateau has no values to lose: it reads every one that it gets.
        if early[index] and not top.row.reads_metric:
            yield _hit(context, top, early[index])


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers that the program steps before the first step of their optimizer."""
    for scheduler in context.tops:
        row, ticks = context.row(scheduler), context.ticks(scheduler)
        # timm's `step(epoch)` sets the value of that epoch, and has no order to get wrong.
        if row is None or row.extra or row.reads_metric or ticks is None:
            continue
        early, steps = ticks.before_first_step, context.facts.steps
        stepped = any(steps.values()) if scheduler.optimizer is None else steps[scheduler.optimizer]
        # A line that makes all early ticks and no later one brings a resumed schedule to its place.
        is_catching_up = ticks.lines[ticks.first.location] == early < ticks.total
        if early and stepped and not is_catching_up and not context.is_given_argument(scheduler):
            yield RunHit(
                location=ticks.first.location or context.location(scheduler),
                message=(
                    f"{scheduler.type} is stepped {count(early, 'time')} before the first"
                    f" `optimizer.step()`: the first {_values(early)} of the schedule"
                    f" {'is' if early == 1 else 'are'} never used"
                ),
                fix="call `optimizer.step()` first and `scheduler.step()` after it",
                step=0 if context.recorded else None,
                scheduler=scheduler.index,
            )


def _values(early: int) -> str:
    return "value" if early == 1 else count(early, "value")


def _hit(context: Context, top: SchedulerPlan, early: int) -> Hit:
    group = top.groups[0]
    first, planned = float(context.trace.lr[group][0]), _starts(context, top, group)
    lost = context.field_of(top) == "lr" and abs(first - planned) > _NOTHING * context.peak(group)
    cost = f": the first step is given {first:.4g}, not {planned:.4g}" if lost else ""
    return Hit(
        path=child_path(top.path, "interval"),
        message=(
            f"the scheduler ticks {count(early, 'time')} before the first optimizer step of"
            f" {context.clock.settings.accumulate} batches, so the first {_values(early)} of the"
            f" schedule {'is' if early == 1 else 'are'} never used{cost}"
        ),
        fix="interval: step, with lengths in steps",
        edits=_edits(context, top),
        step=0,
        severity=None if lost else Severity.INFO,
    )


def _edits(context: Context, top: SchedulerPlan) -> tuple[Edit, ...]:
    """A tick per step, and every length with the unit in which it was written."""
    arguments = [
        (scheduler.path_of(argument.name), argument.kind)
        for scheduler in top.walk()
        for argument in scheduler.row.arguments
        if context.is_given(scheduler, argument.name) and argument.kind == "duration"
    ]
    ticks = {path: node_at(context, path).value for path, _ in arguments}
    is_function = any(each.row.name_of("function", "cuts", "hand-over") for each in top.walk())
    if top.interval != "batch" or top.frequency != 1 or is_function:
        return ()
    if any(misfitting_ends(context, top)):  # it may count steps, which another rule reports
        return ()
    lengths = (Edit(path, f"{value}ba") for path, value in ticks.items() if isinstance(value, int))
    return (*write_values(top.path, {"interval": "step"}), *lengths)


def _starts(context: Context, scheduler: SchedulerPlan, group: str) -> float:
    """The lr that the schedule begins with, before its first tick."""
    children = list(scheduler.children())
    if scheduler.row.container == "sequential" and children:
        return _starts(context, children[0], group)
    if scheduler.row.replaces_lr:
        return lowest_lrs(context, scheduler)[group]
    own = scheduler.groups.index(group)
    factors = [
        first_factors(context, leaf)[own] for leaf in schedulers_without_containers(scheduler)
    ]
    begins = factors if scheduler.row.container == "chained" else factors[:1]
    return context.base_values()[group] * math.prod(begins)


RULE = Rule(
    code="LRP111",
    name="scheduler-step-before-optimizer-step",
    severity=Severity.WARNING,
    needs="curve",
    summary="A scheduler ticks before the first optimizer step.",
    bad=(BAD,),
    good=(BAD.replace("total_iters: 40, interval: batch", "total_iters: 10, interval: step"),),
    check=check,
    check_run=check_run,
    bad_source=(script("StepLR(optimizer, step_size=3)", before_epoch=("scheduler.step()",)),),
    good_source=(script("StepLR(optimizer, step_size=3)", after_epoch=("scheduler.step()",)),),
)
