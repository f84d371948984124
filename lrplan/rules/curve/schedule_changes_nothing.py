"""A schedule was asked for, and every step gets the same value.

The scheduler is built and ticks, and nothing comes of it: its first change lies beyond the run,
its first tick comes after the last step, or it multiplies a zero.

## Why it matters

A warm-up ``LinearLR(start_factor=0.01)`` that ticks per epoch in a run of one epoch trains every
step at 1 % of the rate. ``StepWdScheduler`` on SGD without ``weight_decay`` multiplies 0.

## How to fix it

Tick it per step (``interval: step``), shorten it, or take it out and write the constant rate.

## When it is fine

A constant that is asked for: a formula without a variable, a factor of 1. A run of one step, and
one that is the beginning of a longer plan (``training.horizon``). A plateau that had no cause to
cut is only worth a note (info).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.lint.facts.lr_curves import is_constant, leaves, number
from lrplan.lint.facts.plateau_names import PLATEAUS
from lrplan.lint.rule import Hit, Rule
from lrplan.lint.wording import count
from lrplan.specfile.expressions.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan
    from lrplan.trace import FloatArray

BAD = """\
training: {epochs: 20, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: StepWdScheduler, every: 5}
"""
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


def _columns(context: Context, top: SchedulerPlan) -> Iterator[FloatArray]:
    for field in {context.driven(each) for each in leaves(top)}:
        held = context.trace.columns.get("momentum" if field == "betas[0]" else field, {})
        yield from (held[group] for group in top.groups if group in held)


def _is_off(context: Context, top: SchedulerPlan) -> bool:
    """Whether the rate is 0 throughout, which lr-zero-for-part-of-run tells."""
    fields = {context.driven(each) for each in leaves(top)}
    rates = (context.trace.lr[group] for group in top.groups)
    return fields == {"lr"} and not any(values.any() for values in rates)


def _is_asked_for(context: Context, top: SchedulerPlan) -> bool:
    return all(_is_constant(context, each) for each in leaves(top))


def _is_constant(context: Context, scheduler: SchedulerPlan) -> bool:
    if scheduler.type in _CONSTANT:
        return True
    formulas = scheduler.arguments.get("lr_lambda", scheduler.arguments.get("param_lambda"))
    if formulas is not None:
        given = formulas if isinstance(formulas, list) else [formulas]
        return all(isinstance(f, Expression) and not _VARIABLE.search(f.text) for f in given)
    if 1 in (scheduler.arguments.get("gamma"), scheduler.arguments.get("factor")):
        return True
    start = context.value(scheduler, "start_factor", (int, float))
    return start is not None and start == context.value(scheduler, "end_factor", (int, float))


def _hit(context: Context, top: SchedulerPlan, value: float) -> Hit:
    steps = count(context.trace.steps, "step")
    field = context.driven(leaves(top)[0])
    same = f"{'the rate' if field == 'lr' else field} stays at {number(value)} in all {steps}"
    if any(each.type in PLATEAUS for each in top.walk()):
        why = "the metric given never stalls for long enough"
        return Hit(top.path, f"{same}: {why}", severity=Severity.INFO)
    if context.clock.step_of_call(1, *top.rate) is None:
        why = f"{top.type} ticks for the first time after the last step"
        return Hit(top.path, f"{same}: {why}", "interval: step")
    fix = "shorten it, tick it per step, or take it out"
    return Hit(top.path, f"{same}, although {top.type} is to change it", fix)


RULE = Rule(
    code="LRP909",
    name="schedule-changes-nothing",
    family="curve",
    severity=Severity.WARNING,
    needs="curve",
    summary="A schedule was asked for, and every step gets the same value.",
    bad=(BAD,),
    good=(BAD.replace("momentum: 0.9", "weight_decay: 1e-4"),),
    check=check,
)
