"""`scheduler.get_lr()` shows another learning rate than the one in use.

``get_lr()`` is how a scheduler computes its *next* value: most classes multiply the learning rate
that the group holds now. Called by hand for a log or a plot it therefore shows the next change once
more: at the milestone of a ``StepLR`` a cut twice as deep, between milestones the right value.
Training is not affected, only what is displayed.

## Why it matters

On torch 1.1.0, and from 1.4.0 on: ``StepLR(3, 0.1)`` ticked ten times is wrong at ticks 3, 6 and 9,
by a factor of 0.1. ``ExponentialLR(0.9)`` is wrong at every tick, by 0.9; ``CosineAnnealingLR(8)``
at nine of ten, and its first reading for a real 0.1 is 0.10396. The plot in the first bug report
shows 0.1, 0.001, 0.01 at a milestone.

Torch 1.0, 1.2 and 1.3 compute from the base lr and show the right value, and so do, on every
release, the classes that still do: ``LambdaLR``, ``CosineAnnealingWarmRestarts``, ``CyclicLR`` and
``OneCycleLR``. ``SequentialLR``, ``ChainedScheduler`` and ``ReduceLROnPlateau`` raise
``NotImplementedError``. From 1.4.0 on torch warns.

## How to fix it

``scheduler.get_last_lr()`` (from 1.4.0), or ``optimizer.param_groups[i]["lr"]``, which is what
every picture and table of lrplan shows.

## When it is fine

Training never reads it, and a spec does not show whether a script does: this is reported only where
the values of ``get_lr()`` were asked for (``lrplan plot --get-lr``, ``lrplan table --get-lr``,
``simulate(get_lr=True)``). In a recording, and in training source, a call is seen, and is a
warning. Libraries that define a ``get_lr()`` of their own may return the current
learning rate.

## References

pytorch/pytorch#20486, pytorch/pytorch#22107, pytorch/pytorch#31828
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.edits import TextEdit
from lrplan.lint import (
    Context,
    Hit,
    Location,
    Rule,
    RunContext,
    RunHit,
    SchedulerPlan,
    Severity,
    count,
    number,
    script,
)
from lrplan.lint.facts.lr_curves import is_constant
from lrplan.lint.facts.plateaus import is_torch_plateau
from lrplan.lint.torch_release import Version

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 3, gamma: 0.1}
"""
GOOD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.1 ** (epoch // 3)"}
"""
_NEAR = 1e-3
"""A smaller relative difference from the lr in use is not visible in a log."""
_TINY = 1e-300


class _Wrong(NamedTuple):
    """Steps at which ``get_lr()`` differs from the lr in use."""

    steps: int
    worst: int
    logged: float
    applied: float
    factor: float | None
    """What is shown over what is in use, where that is the same at all of them."""


def check(context: Context) -> Iterator[Hit]:
    """Schedulers whose recorded ``get_lr()`` is not the applied lr."""
    if not _multiplies(context.torch):
        return
    for top in context.plan.schedulers:
        for group in top.groups:
            wrong = _compare(context, group) if _is_asked_last(context, top, group) else None
            if wrong is not None:
                yield _hit(context, top, wrong)
                break


def _multiplies(torch: Version) -> bool:
    """Return True if that release computes the next lr from the current one."""
    return torch >= (1, 4, 0) or torch[:2] == (1, 1)


def _is_asked_last(context: Context, top: SchedulerPlan, group: str) -> bool:
    """Return True if what was recorded for the group is what ``top`` answered, about the lr."""
    beside = [each for each in context.plan.schedulers if group in each.groups]
    # Neither torch's containers nor its plateau have a get_lr() that answers.
    silent = [each for each in beside if each.row.container or is_torch_plateau(each)]
    answer = [each for each in beside if each not in silent]
    about_lr = all(context.field_of(each) == "lr" for each in answer)
    return bool(answer) and answer[-1] is top and about_lr


def _compare(context: Context, group: str) -> _Wrong | None:
    logged, applied = context.trace.get_lr.get(group), context.trace.lr[group]
    if logged is None or len(logged) != len(applied):
        return None
    # Between ticks get_lr() computes the *next* value of a recursive formula: a StepLR with gamma
    # 0.1 shows 0.01 at the tick of its cut, where 0.1 is in use. That is one factor too many.
    finite = np.isfinite(logged) & np.isfinite(applied)
    differs = np.abs(np.subtract(logged, applied, where=finite, out=np.zeros_like(applied)))
    at = np.flatnonzero(finite & (differs > _NEAR * np.abs(applied)))
    if not len(at):
        return None
    factors = _factors(logged[at], applied[at])
    off = differs[at] / np.maximum(np.abs(applied[at]), _TINY)
    # The first step of those that are equally far off: argmax of True and False finds the first
    # True, and 1e-9 of room makes equal what differs by rounding.
    worst = int(at[np.argmax(off >= off.max() * (1 - 1e-9))])
    return _Wrong(
        steps=len(at),
        worst=worst,
        logged=float(logged[worst]),
        applied=float(applied[worst]),
        factor=float(factors[0]) if len(factors) and is_constant(factors) else None,
    )


def _factors(logged: FloatArray, applied: FloatArray) -> FloatArray:
    """Shown over used, where the lr in use is not 0."""
    some = applied != 0
    return np.asarray(logged[some] / applied[some])


def _hit(context: Context, top: SchedulerPlan, wrong: _Wrong) -> Hit:
    by = "" if wrong.factor is None else f", by a factor of {number(wrong.factor)}"
    steps = f"{count(wrong.steps, 'step')} of {context.trace.steps:,}"
    return Hit(
        path=top.path,
        message=(
            f"{top.type}.get_lr() is wrong at {steps}{by}: at"
            f" step {wrong.worst:,} it shows {number(wrong.logged)} where {number(wrong.applied)}"
            " is in use"
        ),
        fix="log get_last_lr(), or the param_groups",
        step=wrong.worst,
    )


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Calls of ``get_lr()`` by the program, where they show another value than the one in use."""
    by_index = {each.index: each for each in context.observation.schedulers}
    for read in context.facts.reads:
        scheduler = by_index.get(read.index)
        row = None if scheduler is None else context.row(scheduler)
        if scheduler is None or row is None or row.update not in {"multiplies", "moves"}:
            continue
        seen = "computes its next learning rate, which is another than the one in use at a change"
        if read.value is not None and read.applied is not None:
            if abs(read.value - read.applied) <= _NEAR * abs(read.applied):
                continue
            seen = f"shows {number(read.value)} where {number(read.applied)} is in use"
        yield RunHit(
            location=read.location or context.location(scheduler),
            message=f"{scheduler.type}.get_lr() {seen}",
            fix="get_last_lr()",
            step=read.step if context.recorded else None,
            severity=Severity.WARNING,
            scheduler=scheduler.index,
            edits=_edits(context, read.location),
        )


def _edits(context: RunContext, location: Location | None) -> tuple[TextEdit, ...]:
    """The other name of the method, in a script."""
    code = context.observation.code
    acts = () if code is None else code.acts()
    return tuple(
        TextEdit(act.name_place, "get_last_lr")
        for act in acts
        if act.kind == "lr_read" and code is not None and code.location(act.place) == location
    )[:1]


def _example(call: str) -> str:
    return script(
        "ExponentialLR(optimizer, gamma=0.9)",
        after_epoch=("scheduler.step()", f"print(epoch, scheduler.{call})"),
    )


RULE = Rule(
    code="LRP881",
    name="get-lr-is-not-current-lr",
    severity=Severity.INFO,
    needs="curve",
    summary="get_lr() shows another lr than the one in use.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    check_run=check_run,
    bad_source=(_example("get_lr()"),),
    good_source=(_example("get_last_lr()"),),
)
