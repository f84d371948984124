"""No step uses the peak of a warm-up or a cycle.

The learning rate in the spec, the group's own or ``max_lr``, is the one that was tuned. If the run
ends before the rise, or something cuts the rise off, training never uses it.

## Why it matters

A rise over 6 epochs that another phase takes over from at epoch 3 ends at 34 % of the peak: 0.034
where ``eta_max`` says 0.1. In the formula ``min(1, step / 300) * (1 - step / 1000)`` the decay
begins with the warm-up and takes 30 % off its top.

## How to fix it

Shorten the rise so that it fits the run, or its phase.

## When it is fine

When the run stops one tick short of the peak, or passes it between two ticks; with a
``training.horizon`` beyond the run; and where schedulers multiply
(``chained-warmup-cosine-peak-lost`` is about that). Of formulas only those are reported that rise
and fall with a peak of 25 % to 89 % of the group's learning rate, where the formula itself has no
number that says so (as in ``0.8 * ...``) and the learning rate is not 1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, Severity, number, share
from lrplan.lint.facts.free_form import formula_of, is_spelled
from lrplan.lint.facts.lr_curves import (
    AppliedCurve,
    CurveFinding,
    acts_alone,
    constant_stretches,
    curves,
    is_constant,
    merge_by_scheduler,
)
from lrplan.rules.curve._stated_lrs import promised_peak

BAD = """\
training: {epochs: 20, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.001}
    scheduler:
      type: SequentialLR
      milestones: [3]
      schedulers:
        - {type: CosineAnnealingWarmUpRestarts, T_0: 10, T_up: 6, eta_max: 0.1}
        - {type: StepLR, step_size: 5}
"""
MASKED = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "min(1, (step + 1) / 300) * (1 - step / 1000)"}
"""
_REACHED = 0.99
_MASKED = 0.895
"""A warm-up over a tenth of the run, times a line over all of it, peaks at 0.9: many do that."""
_LEAST = 0.25
_MUCH_LESS = 0.7


def check(context: Context) -> Iterator[Hit]:
    """Curves that stay below the peak which their schedule climbs to."""
    if context.clock.horizon is None and context.trace.failure is None:
        yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in curves(context):
        if not acts_alone(curve) or is_constant(curve.values):
            continue
        masked = _masked(context, curve)
        if masked is not None:
            yield masked
        peak = promised_peak(context, curve.drivers[0], curve.groups[0])
        top = float(curve.values.max())
        if peak is None or top >= _REACHED * peak or peak - top <= _next_change(curve.values):
            continue
        at = int(np.argmax(curve.values))
        yield CurveFinding(
            curve,
            f"never reaches its peak of {number(peak)}: the highest is {number(top)}"
            f" ({share(top / peak)}), at step {at:,} of {len(curve.values):,}",
            fix="shorten the rise so that it ends within the run",
            step=at,
        )


def _masked(context: Context, curve: AppliedCurve) -> CurveFinding | None:
    """A formula that rises and falls below the base lr: its warm-up and decay hide each other."""
    formula = formula_of(context, curve)
    base = context.base_values().get(curve.groups[0]) or 1.0
    if formula is None or base == 1:
        return None
    values = curve.values
    top, at = float(values.max()), int(np.argmax(values))
    low = max(float(values[0]), float(values[-1]))
    if not _LEAST * base < top < _MASKED * base or low > _MUCH_LESS * top:
        return None
    if is_spelled(formula, top / base):
        return None
    return CurveFinding(
        curve,
        f"never reaches the {number(base)} stated: the highest is {number(top)}"
        f" ({share(top / base)}), at step {at:,} of {len(values):,}",
        fix="let the decay begin where the rise ends",
        step=at,
    )


def _next_change(values: FloatArray) -> float:
    """The change at the ticks around the highest level: a peak may lie between two ticks."""
    _, heights = constant_stretches(values)
    at = int(np.argmax(heights))
    # Levels 0.08, 0.099, 0.097: the larger change beside the top is 0.019, so a promised peak of up
    # to 0.118 may lie between two ticks.
    changes = np.abs(np.diff(heights[max(at - 1, 0) : at + 2]))
    return float(changes.max(initial=0.0)) * (1 + 1e-6)


RULE = Rule(
    code="LRP904",
    name="peak-never-reached",
    severity=Severity.WARNING,
    needs="curve",
    summary="No step is trained at the peak that a warm-up or a cycle climbs to.",
    bad=(BAD, MASKED),
    good=(
        BAD.replace("milestones: [3]", "milestones: [10]"),
        MASKED.replace("(1 - step / 1000)", "min(1, (1000 - step) / 700)"),
    ),
    check=check,
    level="symptom",
    supersedes=("phases-do-not-meet",),
)
