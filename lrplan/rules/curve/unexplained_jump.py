"""The learning rate, or another field, jumps between two steps where nothing asks for a jump.

Cuts at milestones, restarts, hand-overs and stairs of epochs are in the spec. A change of more
than a fifth of the peak that is not one of these, and much larger than the changes on either side,
comes from schedulers that work against each other, or from pieces of a formula that do not meet.

## Why it matters

``SWALR(swa_lr=0.05, anneal_epochs=5)`` that ticks beside a ``StepLR`` from the start, and not
after it, sets 0.05 at every tick: each cut, to 0.005, lasts one epoch and is undone at the next.
The formula ``step / 250 if step <= 250 else 0.02`` warms up to the whole learning rate and trains
on at a fiftieth of it.

## How to fix it

Let one scheduler follow the other (``SequentialLR``, ``GradualWarmupScheduler``), or give each its
own ``groups``. In a formula, write the later piece so that it begins where the earlier one ends.

## When it is fine

Cycles and restarts may jump anywhere, a plateau downwards. A formula, code of the user's own or a
scheduler of another package may jump too; of these only what cannot be meant is reported: a rise
that ends in a fall of more than 30 % or jumps on by half, a decay that jumps to more than five
times its end and stays there, one tick that stands alone. What happens more than once is left
alone. Small changes from tiny learning rates, as at the start of a warm-up, are measured against
the peak. A curve of a few coarse ticks is not a jump, since its neighbours change as much.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, Severity, number
from lrplan.lint.facts.combinations import phases
from lrplan.lint.facts.free_form import is_free_form, unplanned_jumps
from lrplan.lint.facts.lr_curves import (
    AppliedCurve,
    CurveFinding,
    constant_stretches,
    merge_by_scheduler,
    scheduled_curves,
)
from lrplan.rules.curve._allowed_changes import may_jump

BAD = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      - {type: SWALR, swa_lr: 0.05, anneal_epochs: 5}
      - {type: StepLR, step_size: 10, gamma: 0.1}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [25]
      schedulers:
        - {type: StepLR, step_size: 10, gamma: 0.1}
        - {type: SWALR, swa_lr: 0.05, anneal_epochs: 5}
"""
PIECES = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: LambdaLR
      interval: step
      lr_lambda: "(step + 1) / 250 if step < 250 else 0.02"
"""
_JUMP = 0.2
_STANDS_OUT = 4.0
_SMALLEST = sys.float_info.min
_MOST = 1000
"""Jumps looked at one by one: a curve with more of them is reported for its first."""


def check(context: Context) -> Iterator[Hit]:
    """Curves with an abrupt change that no scheduler of theirs plans."""
    yield from merge_by_scheduler(context, _curve_findings(context))


def _curve_findings(context: Context) -> Iterator[CurveFinding]:
    for curve in scheduled_curves(context):
        if is_free_form(context, curve):
            found = _in_free_form(context, curve)
        else:
            found = _in_known_form(context, curve) if curve.field == "lr" else None
        if found is not None:
            yield found


def _in_free_form(context: Context, curve: AppliedCurve) -> CurveFinding | None:
    handovers = set(_handovers(context, curve))
    slip = next(
        (each for each in unplanned_jumps(curve.values) if each.step not in handovers), None
    )
    if slip is None or _is_planned(context, curve, slip.step, only_extra=True):
        return None
    return CurveFinding(
        curve,
        f"{slip.text}, at step {slip.step:,}",
        fix="let the pieces meet: the later one has to begin where the earlier one ends",
        step=slip.step,
    )


def _handovers(context: Context, curve: AppliedCurve) -> Iterator[int]:
    """The steps around each hand-over: ``phases-do-not-meet`` judges those."""
    for phase in phases(context):
        step = context.step(phase.span, 0) if phase.span.top in curve.drivers else None
        if step is not None and phase.index:
            yield from (step - 1, step, step + 1)


def _in_known_form(context: Context, curve: AppliedCurve) -> CurveFinding | None:
    for step in _jumps(curve.values)[:_MOST]:
        if not _is_planned(context, curve, step):
            old, new = curve.values[step - 1], curve.values[step]
            return CurveFinding(
                curve,
                f"jumps from {number(old)} to {number(new)} at step {step:,}, where nothing"
                " in the spec asks for it",
                fix="let one scheduler follow the other, or give each its own groups",
                step=step,
            )
    return None


def _jumps(values: FloatArray) -> list[int]:
    """Steps with a change of a fifth of the peak that stands out from those on its way."""
    # A change is a jump when it is large (a fifth of the peak) and alone: four times its neighbours
    # in the same direction. A line that falls by a quarter of the peak each tick has no jump in it;
    # the restart of a cosine has one, and so has a curve that is cut once.
    starts, heights = constant_stretches(values)
    change = np.diff(heights / max(float(np.abs(heights).max()), _SMALLEST))
    size = np.abs(change)
    large = np.flatnonzero(size > _JUMP)
    # With a 0 at both ends, beside[i] and beside[i + 2] are the changes before and after change[i].
    beside = np.concatenate(([0.0], change, [0.0]))
    left, right = beside[large], beside[large + 2]
    same_way = [
        np.where(np.sign(each) == np.sign(change[large]), np.abs(each), 0.0)
        for each in (left, right)
    ]
    isolated = size[large] > _STANDS_OUT * np.maximum(*same_way)
    return [int(step) for step in starts[large[isolated] + 1]]


def _is_planned(
    context: Context, curve: AppliedCurve, step: int, *, only_extra: bool = False
) -> bool:
    """Return True if a scheduler plans the jump; one of another package, where that is asked."""
    down = curve.values[step] < curve.values[step - 1]
    for span in context.spans():
        if span.top in curve.drivers and (span.scheduler.row.extra or not only_extra):
            cadence = span.top.cadence
            before, own = (
                context.clock.calls_before_step(cadence, each) - span.begin
                for each in (step - 1, step)
            )
            before = min(before, own - 1)
            if (
                own >= -1
                and before <= span.ticks
                and may_jump(context, span.scheduler, before, own, down=down)
            ):
                return True
    return False


RULE = Rule(
    code="LRP906",
    name="unexplained-jump",
    severity=Severity.WARNING,
    needs="curve",
    summary="The lr jumps where nothing in the spec asks for a jump.",
    bad=(BAD, PIECES),
    good=(GOOD, PIECES.replace("else 0.02", "else 1 - (step - 250) / 750")),
    check=check,
    level="symptom",
)
