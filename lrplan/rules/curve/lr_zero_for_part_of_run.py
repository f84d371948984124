"""The learning rate is exactly 0 for part of the run.

Steps at a learning rate of 0 cost as much as any other and change only running statistics. Most
often a decay ends before the run does, or its floor of 0 lands on a whole epoch.

## Why it matters

``PolynomialLR`` with its default ``total_iters: 5`` is at 0 from the sixth epoch on: in a run of
100 epochs that is 95 % of the work. A decay per epoch to 0 with ``total_iters`` one less than the
number of epochs wastes the whole last epoch.

## How to fix it

Let the decay last as long as the run (``100%``), or end above zero (``eta_min``, ``end_factor``).
If the run begins at 0, let it begin above: a factor such as ``max(0.01, ...)``.

## When it is fine

A single step at 0, the first tick of a warm-up (``warmup-first-update-zero`` is about that), and
less than 1 % of the run unless it is a whole epoch. A run in which every learning rate is 0 at
every step is an error. A group that rests at 0 while others learn is
taken for one that is frozen on purpose: that is only a note (info).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from lrplan.arrays import IndexArray
from lrplan.lint import Context, Hit, Location, Rule, RunContext, RunHit, Severity, count, script
from lrplan.lint.facts.group_values import path_of_value
from lrplan.lint.facts.lr_curves import AppliedCurve, CurveFinding, curves, merge_by_scheduler

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "max(0, 1 - step / 800)", interval: step}
"""
_SHARE = 0.01
_SHARE_OF_RUN = 0.05
"""Updates at 0 at the end of a recorded run that may be meant."""


def check(context: Context) -> Iterator[Hit]:
    """Curves that are 0 for more than a moment."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    everything = curves(context)
    for curve in everything:
        zero = _resting(context, curve)
        if not _matters(context, zero, len(curve.values)):
            continue
        others = [other for other in everything if other is not curve]
        if len(zero) == len(curve.values):
            yield _off(context, curve)
            continue
        frozen = _someone_learns(context, zero, others)
        steps = count(len(zero), "step")
        yield CurveFinding(
            curve,
            f"is exactly 0 at {steps} of {len(curve.values):,}, {_where(zero)}"
            + (", while other groups learn" if frozen else ""),
            fix="" if frozen else _fix(zero),
            step=int(zero[0]),
            severity=Severity.INFO if frozen else None,
        )


def _fix(zero: IndexArray) -> str:
    """A run that is at 0 from its first step on waits; any other ends early."""
    if zero[0] == 0 and len(zero) == int(zero[-1]) + 1:
        return "a factor above 0 from the first step on, or a run that begins where the lr does"
    return "let the decay last until the run ends, or end above 0"


def _where(zero: IndexArray) -> str:
    """The first of those steps, and the number of stretches where it is not one."""
    stretches = 1 + int(np.count_nonzero(np.diff(zero) > 1))
    first = f"from step {zero[0]:,} on"
    return first if stretches == 1 else f"in {stretches:,} stretches, the first {first}"


def _base_is_zero(context: Context, curve: AppliedCurve) -> bool:
    return all(context.base_values().get(group) == 0 for group in curve.groups)


def _off(context: Context, curve: AppliedCurve) -> CurveFinding:
    """A curve at 0 throughout: an error where no group learns."""
    others = any(other.values.any() for other in curves(context) if other is not curve)
    text, fix = "is 0 at every step", "a base lr above 0, and factors above 0"
    if _base_is_zero(context, curve):
        curve = replace(curve, path=path_of_value(context, curve.groups[0], "lr"))
        text, fix = f"{text}, because the base lr is 0", "an lr above 0 in the optimizer"
    return CurveFinding(
        curve,
        text,
        fix="" if others else fix,
        step=0,
        severity=Severity.INFO if others else Severity.ERROR,
    )


def _resting(context: Context, curve: AppliedCurve) -> IndexArray:
    """The steps at 0, without those before the first tick of a warm-up from 0."""
    zero = np.flatnonzero(curve.values == 0)
    if not len(zero) or zero[0] != 0 or len(zero) == len(curve.values):
        return zero
    return zero[_warm_up_start(context, curve) :]


def _matters(context: Context, zero: IndexArray, steps: int) -> bool:
    if len(zero) < 2 and len(zero) < steps:
        return False
    return len(zero) > _SHARE * steps or _fills_an_epoch(context, zero)


def _fills_an_epoch(context: Context, zero: IndexArray) -> bool:
    epochs = context.trace.epochs
    if epochs is None:
        return False
    # Zeros per epoch against steps per epoch: with 3 epochs of 10 steps and zeros at steps 20 to
    # 29, [0, 0, 10] against [10, 10, 10], so epoch 2 is filled.
    own = np.bincount(epochs[zero], minlength=int(epochs[-1]) + 1)
    return bool(((own == np.bincount(epochs)) & (own > 1)).any())


def _someone_learns(context: Context, zero: IndexArray, others: list[AppliedCurve]) -> bool:
    """Return True if at each of those steps some other group has an lr, or begins its warm-up."""
    idle = zero
    for other in others:
        begins = idle < _warm_up_start(context, other)
        idle = idle[(other.values[idle] == 0) & ~begins]
    return not len(idle)


def _warm_up_start(context: Context, curve: AppliedCurve) -> int:
    """The steps at 0 before the first tick of a warm-up from 0; 0 without one."""
    if curve.values[0] != 0 or not curve.values.any():
        return 0
    # A warm-up from 0 that ticks per epoch of 100 steps is 0 at steps 0 to 99, until its first
    # tick: `lead` and `first` are both 100, and those steps belong to warmup-first-update-zero.
    lead = int(np.argmax(curve.values != 0))
    ticks = (context.clock.step_of_call(1, top.cadence) for top in curve.drivers)
    return lead if lead <= min((step for step in ticks if step is not None), default=0) else 0


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Optimizers whose every group is at 0 from some update to the end of a whole run."""
    for optimizer in context.observation.optimizers if context.finished else ():
        trace = optimizer.trace
        lrs = [] if trace is None else [trace.lr[group] for group in trace.groups]
        used = [np.flatnonzero(column) for column in lrs]
        if not lrs or not any(len(each) for each in used):
            continue
        steps = len(lrs[0])
        last = max(int(each[-1]) for each in used if len(each))
        zero = steps - 1 - last
        # One update at 0 may be the floor that a decay has just reached.
        if zero > max(1, _SHARE_OF_RUN * steps):
            driving = (each for each in context.tops if each.optimizer == optimizer.index)
            scheduler = next(driving, None)
            where = optimizer.location if scheduler is None else context.location(scheduler)
            yield RunHit(
                location=where or Location(file=context.observation.file),
                message=(
                    f"the learning rate is 0 from step {last + 1:,} on: the last"
                    f" {count(zero, 'update')} of {steps:,} change nothing"
                ),
                fix="let the decay last as long as the run, or end above 0",
                step=last + 1,
                scheduler=None if scheduler is None else scheduler.index,
            )


RULE = Rule(
    code="LRP903",
    name="lr-zero-for-part-of-run",
    severity=Severity.WARNING,
    needs="curve",
    summary="The learning rate is exactly 0 for part of the run.",
    bad=(BAD,),
    good=(BAD.replace("800", "1000"),),
    check=check,
    check_run=check_run,
    seen_in="recording",
    bad_source=(
        script(
            "LambdaLR(optimizer, lambda step: max(0, 1 - step / 60))",
            after_step=("scheduler.step()",),
        ),
    ),
    good_source=(
        script(
            "LambdaLR(optimizer, lambda step: max(0, 1 - step / 80))",
            after_step=("scheduler.step()",),
        ),
    ),
    level="symptom",
)
