"""The spec has a schedule, and every step gets the same value.

The scheduler is built and ticks, but has no effect: its first change lies beyond the run,
its first tick comes after the last step, or it multiplies a zero. Or all its changes together are
no more than 1 % of the learning rate.

## Why it matters

A warm-up ``LinearLR(start_factor=0.01)`` that ticks per epoch in a run of one epoch trains every
step at 1 % of the learning rate. ``StepWdScheduler`` on SGD without ``weight_decay`` multiplies 0.

## How to fix it

Tick it per step (``interval: step``), shorten it, or remove it and write the constant learning
rate.

## When it is fine

A constant that is asked for: a formula without a variable, a factor of 1. A run of one step, and
one that is the beginning of a longer plan (``training.horizon``). A plateau that had no cause to
cut is only worth a note (info). A change of 1 % or less is left alone where a length of the spec
says how long it takes, in fewer than 10 ticks, and in other fields than the learning rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, count, number, share
from lrplan.lint.facts.combinations import schedulers_without_containers
from lrplan.lint.facts.expressions import factors
from lrplan.lint.facts.lr_curves import is_constant
from lrplan.lint.facts.plateaus import is_plateau
from lrplan.specfile.expressions.expression import Expression

BAD = """\
training: {epochs: 20, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: StepWdScheduler, every: 5}
"""
SLIGHT = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "1 - step / 1_000_000"}
"""
_LITTLE = 0.01
_MANY_TICKS = 10
_VARIABLE = re.compile(r"\b(epoch|step|x|t)\b")

_CONSTANT = ("transformers:constant", "diffusers:constant")


def check(context: Context) -> Iterator[Hit]:
    """Schedulers whose every driven value is constant."""
    trace = context.trace
    if trace.steps < 2 or trace.failure is not None or context.clock.horizon is not None:
        return
    for top in context.plan.schedulers:
        first = next(_columns(context, top), None)
        if first is None or _is_asked_for(context, top):
            continue
        constant = all(is_constant(values) for values in _columns(context, top))
        if constant and not _is_off(context, top):
            yield _hit(context, top, float(first[0]))
        elif not constant and _hardly_changes(context, top):
            yield _little(context, top, first)


def _columns(context: Context, top: SchedulerPlan) -> Iterator[FloatArray]:
    for field in {context.field_of(each) for each in schedulers_without_containers(top)}:
        column = context.trace.columns.get("momentum" if field == "betas[0]" else field, {})
        yield from (column[group] for group in top.groups if group in column)


def _hardly_changes(context: Context, top: SchedulerPlan) -> bool:
    """Return True if no lr changes by more than a hundredth, and no length says when it would."""
    lengths = [
        each.row.name_of("end", "warm-up", "cycle", "ramp")
        for each in schedulers_without_containers(top)
    ]
    about_lr = {context.field_of(each) for each in schedulers_without_containers(top)} == {"lr"}
    if not about_lr or any(lengths) or context.ticks(top) < _MANY_TICKS:
        return False
    return all(
        np.ptp(values) <= _LITTLE * np.abs(values).max() for values in _columns(context, top)
    )


def _little(context: Context, top: SchedulerPlan, values: FloatArray) -> Hit:
    first, last = float(values[0]), float(values[-1])
    change = share(float(np.ptp(values)) / float(np.abs(values).max()))
    return Hit(
        next((each.path for each in factors(context) if each.span.top is top), top.path),
        f"the lr changes by {change} in all {count(len(values), 'step')}: from {first:.6g} to"
        f" {last:.6g}",
        "a factor or a length that fits the run, or no scheduler",
    )


def _is_off(context: Context, top: SchedulerPlan) -> bool:
    """Return True if the lr is 0 throughout, which lr-zero-for-part-of-run reports."""
    fields = {context.field_of(each) for each in schedulers_without_containers(top)}
    lrs = (context.trace.lr[group] for group in top.groups)
    return fields == {"lr"} and not any(values.any() for values in lrs)


def _is_asked_for(context: Context, top: SchedulerPlan) -> bool:
    return all(_is_constant(context, each) for each in schedulers_without_containers(top))


def _is_constant(context: Context, scheduler: SchedulerPlan) -> bool:
    if scheduler.type in _CONSTANT:
        return True
    formulas = scheduler.arguments.get("lr_lambda", scheduler.arguments.get("param_lambda"))
    if formulas is not None:
        expressions = formulas if isinstance(formulas, list) else [formulas]
        return all(isinstance(f, Expression) and not _VARIABLE.search(f.text) for f in expressions)
    if 1 in (scheduler.arguments.get("gamma"), scheduler.arguments.get("factor")):
        return True
    start = context.number(scheduler, "start_factor")
    return start is not None and start == context.number(scheduler, "end_factor")


def _hit(context: Context, top: SchedulerPlan, value: float) -> Hit:
    steps = count(context.trace.steps, "step")
    field = context.field_of(schedulers_without_containers(top)[0])
    same = f"{'the lr' if field == 'lr' else field} stays at {number(value)} in all {steps}"
    if any(map(is_plateau, top.walk())):
        why = "no cut of its plateau comes before the last step"
        return Hit(top.path, f"{same}: {why}", severity=Severity.INFO)
    if context.clock.step_of_call(1, top.cadence) is None:
        why = f"{top.type} ticks for the first time after the last step"
        return Hit(top.path, f"{same}: {why}", "interval: step")
    if value == 0 and field != "lr":
        argument = field.partition("[")[0]
        fix = f"give the optimizer a {argument} above 0, or take {top.type} out"
        return Hit(top.path, f"{same}: {top.type} starts from the optimizer's 0", fix)
    fix = "shorten it, tick it per step, or take it out"
    return Hit(top.path, f"{same}, although {top.type} should change it", fix)


RULE = Rule(
    code="LRP909",
    name="schedule-changes-nothing",
    severity=Severity.WARNING,
    needs="curve",
    summary="The spec has a schedule, and every step gets the same value.",
    bad=(BAD, SLIGHT),
    good=(
        BAD.replace("momentum: 0.9", "weight_decay: 1e-4"),
        SLIGHT.replace("1_000_000", "1000"),
    ),
    check=check,
    level="symptom",
)
