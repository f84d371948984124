"""A phase of ``SequentialLR`` begins far from where the one before it ended.

Each member starts from the base learning rate of the optimizer, not from the value that the member
before has reached. A warm-up that ends below or above it, and a decay that is followed by something
else than a restart, so make a jump in the middle of the run.

## Why it matters

A cosine to 0.001 followed by ``ConstantLR(factor=1)``, meant to stay at the floor, trains the
rest of the run at the base learning rate of 0.1, a hundred times higher. A warm-up that ends in
``ConstantLR(factor=0.1)`` reaches the whole learning rate for one tick and goes on at a tenth.

## How to fix it

Let the phases meet: a warm-up with ``end_factor: 1``, and for the later phase a factor (or a
formula) that begins where the earlier one ends.

## When it is fine

Restarts: a decay that follows a decay of the same class; a warm-up; cycles, one-cycle and
``SWALR``, which state their own learning rates; and stages of constant learning rates. What follows
a warm-up may begin a third below its end, or a half above it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, number
from lrplan.lint.facts.combinations import Phase, phases
from lrplan.lint.facts.lr_curves import step_or_end

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [800]
      schedulers:
        - {type: CosineAnnealingLR, T_max: 800, eta_min: 0.001}
        - {type: ConstantLR, factor: 1.0, total_iters: 200}
"""
CLIFF = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [100]
      schedulers:
        - {type: LinearLR, start_factor: 0.01, total_iters: 100}
        - {type: ConstantLR, factor: 0.1, total_iters: 1000}
"""
_BELOW, _ABOVE = 0.66, 1.5
_RETURN = 3.0
_VISIBLE = 0.1
_FALLEN = 0.5


def check(context: Context) -> Iterator[Hit]:
    """Hand-overs, the first of each SequentialLR, at which the lr jumps."""
    seen: set[int] = set()
    for phase in phases(context):
        sequence = id(phase.sequence.scheduler)
        if phase.index == 0 or sequence in seen:
            continue
        hit = _judged(context, phase)
        if hit is not None:
            seen.add(sequence)
            yield hit


def _judged(context: Context, phase: Phase) -> Hit | None:
    span, before = phase.span, phase.before
    begin, end = step_or_end(context, span, 0), step_or_end(context, span, span.ticks)
    start = context.step(phase.sequence, 0) or 0
    if before is None or not 0 < begin < end or context.field_of(span.scheduler) != "lr":
        return None
    start = max(start, _begin_of(context, before))
    for group in span.top.groups:
        values = context.trace.lr[group]
        if np.isfinite(values).all() and begin - start > 1:
            text = _jump(values[start:begin], values[begin:end], phase, float(values.max()))
            if text is not None:
                return Hit(
                    path=span.scheduler.path,
                    message=f"{text} at step {begin:,}, where {span.scheduler.type} takes over",
                    fix="let the phases meet: begin where the one before ends",
                    step=begin,
                )
    return None


def _begin_of(context: Context, scheduler: SchedulerPlan) -> int:
    """The first step of the phase of ``scheduler``."""
    found = (span for span in context.spans() if span.scheduler is scheduler)
    return next((step_or_end(context, span, 0) for span in found), 0)


def _jump(before: FloatArray, after: FloatArray, phase: Phase, top: float) -> str | None:
    """A phrase for the jump at the hand-over; None where it may be meant."""
    first, last, new = float(before[0]), float(before[-1]), float(after[0])
    moves = before[before != last]
    # One tick more of the rise would lead here: 0.08 and 0.09 in the last two ticks, so 0.1.
    goal = last + (last - float(moves[-1]) if len(moves) else 0.0)
    if top <= 0 or _states_lr(phase):
        return None
    if (np.diff(before) >= 0).all() and last > first:
        if new < _BELOW * last:
            return f"the rise to {number(last)} ends in a fall to {number(new)}"
        if new > _ABOVE * goal > 0:
            return f"the rise ends at {number(last)} and the lr jumps to {number(new)}"
        return None
    fell = last <= _FALLEN * float(before.max())
    if not fell or new < _RETURN * last or new - last < _VISIBLE * top or _restarts(phase, after):
        return None
    return f"the lr has come down to {number(last)} and jumps back to {number(new)}"


def _restarts(phase: Phase, after: FloatArray) -> bool:
    """Return True if the phase is a restart or a warm-up."""
    alike = phase.before is not None and phase.before.type == phase.span.scheduler.type
    return alike or bool(len(after) > 1 and after[1:].max() > after[0])


def _states_lr(phase: Phase) -> bool:
    """Return True if the phase has learning rates of its own: a cycle, SWALR, another package's."""
    row = phase.span.scheduler.row
    return bool(row.name_of("peak", "cycle")) or row.replaces_lr or row.family != "torch"


RULE = Rule(
    code="LRP417",
    name="phases-do-not-meet",
    severity=Severity.WARNING,
    needs="curve",
    summary="A phase of SequentialLR begins far from where the one before it ended.",
    bad=(BAD, CLIFF),
    good=(BAD.replace("factor: 1.0", "factor: 0.01"), CLIFF.replace("factor: 0.1,", "factor: 1,")),
    check=check,
    level="symptom",
    supersedes=("rise-after-minimum", "unexplained-jump"),
)
