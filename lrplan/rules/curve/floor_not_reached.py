"""The run is over before the learning rate reaches the end that the spec gives it.

The spec gives ``eta_min``, ``end_factor``, ``end_value`` or ``final_div_factor`` as the end of the
schedule. The schedule does not reach it, because its length is longer than the run, or than its
phase. A cosine or a polynomial without a floor should reach 0.

## Why it matters

``LinearLR`` from 1 to ``end_factor: 0.01`` with ``total_iters: 150`` in a run of 100 epochs ends
at 0.347 of the peak instead of near 0.01.

## How to fix it

Give the scheduler the length of the run (``100%``), or of its phase.

## When it is fine

A floor that is missed by no more than 1 % of the peak, or by one tick: the value of the last tick
comes after the last step. A 0 that nobody wrote down may be missed by a tenth of the peak: a
cosine a quarter longer than the run, which Hoffmann et al. 2022 (arXiv 2203.15556) find harmless.
With a ``training.horizon`` beyond the run the plan goes on after it. A formula is judged where a
number of its own is the tick at which it is down, 1.2 to 20 times the run.
Cycles and restarts come to their floor again and again and are not judged. A decay behind a
warm-up that is as long as the whole run is reported by ``warmup-not-subtracted-from-decay``.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.catalog import Role
from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    Severity,
    Span,
    check_plans_of_run,
    number,
    script,
    share,
)
from lrplan.lint.facts.combinations import is_warmup
from lrplan.lint.facts.expressions import Factor, factors_on_base, literals, sampled_ticks, value_at
from lrplan.lint.facts.lengths import write_lengths
from lrplan.lint.facts.lr_curves import (
    constant_stretches,
    drivers_of,
    is_constant,
    number_for_group,
    step_or_end,
)
from lrplan.lint.facts.tick_usage import ends_with_run, last_used_tick

BAD = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LinearLR, start_factor: 1, end_factor: 0.01, total_iters: 150}
"""
_ENDS: tuple[Role, ...] = ("end value", "end factor", "end divisor")
"""The roles of arguments that state what a schedule ends at."""
_NEAR = 0.01
_BEYOND, _FAR = 1.2, 20
_ALMOST = 0.98
_TAIL = 0.1
"""The share of its peak at which a decay to an unwritten 0 may end."""


def check(context: Context) -> Iterator[Hit]:
    """Schedulers with an end in the spec that no step comes near."""
    if context.clock.horizon is not None or context.trace.failure is not None:
        return
    yield from _unfinished(context)
    yield from _unfinished_formulas(context)
    for span in context.spans_with(*_ENDS):
        name = span.scheduler.row.name_of(*_ENDS)
        if not context.is_given(span.scheduler, name) or _counts_the_warmup(context, span):
            continue
        if is_warmup(context, span.scheduler):
            continue
        for group in span.top.groups:
            message = _missed(context, span, group)
            if message is not None:
                yield Hit(
                    path=context.path_of(span.scheduler, name),
                    message=message,
                    fix=_fix(context, span),
                    edits=_edits(context, span),
                    step=step_or_end(context, span, span.ticks) - 1,
                )
                break


def _fix(context: Context, span: Span) -> str:
    name = span.scheduler.row.name_of("end")
    if not name or not context.is_given(span.scheduler, name):
        return f"plan for {span.ticks:,} ticks, as many as it gets"
    return f"{name}: {span.ticks}, or a training.horizon if the run is to go on"


def _edits(context: Context, span: Span) -> tuple[Edit, ...]:
    """A decay as long as its scheduler acts, where its length is written."""
    name = span.scheduler.row.name_of("end")
    is_written = bool(name) and context.is_given(span.scheduler, name)
    return write_lengths(context, span, {name: span.ticks}) if is_written else ()


def _unfinished(context: Context) -> Iterator[Hit]:
    """Decays to 0 that are planned for longer than the run."""
    for span in context.spans_with("end"):
        row = span.scheduler.row
        if row.past_end not in {"waves", "zero"} or row.name_of("end factor"):
            continue
        name = row.name_of("end")
        length = context.integer(span.scheduler, name) or 0
        floor = context.is_given(span.scheduler, row.name_of(*_ENDS))
        if floor or length <= span.ticks or not ends_with_run(context, span):
            continue
        if context.field_of(span.scheduler) != "lr" or _counts_the_warmup(context, span):
            continue
        values = max(
            (context.trace.lr[name] for name in span.top.groups),
            key=lambda lrs: float(lrs.max()),
        )
        own = values[step_or_end(context, span, 0) :]
        if len(own) and 0 < _TAIL * own.max() < own[-1] < own.max():
            yield Hit(
                path=context.path_of(span.scheduler, name),
                message=(
                    f"{name} {length:,} is longer than the {span.ticks:,} ticks left: the lr ends"
                    f" at {number(float(own[-1]))}, {share(own[-1] / own.max())} of its peak"
                ),
                fix=f"{name}: {span.ticks}, or a training.horizon if the run is to go on",
                edits=write_lengths(context, span, {name: span.ticks}),
                step=len(values) - 1,
            )


def _unfinished_formulas(context: Context) -> Iterator[Hit]:
    """Formulas that would come down to 0 at a number of theirs that is beyond the run."""
    for factor in factors_on_base(context):
        if factor.span.begin or context.field_of(factor.span.scheduler) != "lr":
            continue
        end = _end_of_formula(context, factor)
        if end is not None:
            yield Hit(
                path=factor.path,
                message=(
                    f"the formula is down at tick {end[0]:,}, and the run has"
                    f" {factor.span.ticks:,}: the lr ends at {share(end[1])} of its peak"
                ),
                fix=f"{factor.span.ticks} for {end[0]}, or a training.horizon if the run goes on",
                step=context.trace.steps - 1,
            )


def _end_of_formula(context: Context, factor: Factor) -> tuple[int, float] | None:
    """The tick of its end, and what is left of its peak at the end of the run."""
    ticks, last = factor.span.ticks, last_used_tick(context, factor.span)
    written = literals(factor.expression)
    if last < 1 or not ends_with_run(context, factor.span) or float(ticks) in written:
        return None
    values = [value_at(factor.expression, tick) for tick in sampled_ticks(last)]
    known = [value for value in values if value is not None]
    top = max(known, default=0.0)
    for end in sorted(written):
        if not _BEYOND * ticks < end < _FAR * ticks or end != int(end) or top <= 0:
            continue
        ahead = [value_at(factor.expression, tick) for tick in (last, (last + int(end)) // 2)]
        foot = value_at(factor.expression, int(end))
        if foot is None or None in ahead or abs(foot) > _NEAR * top:
            continue
        left, middle = (value or 0.0 for value in ahead)
        if _TAIL * top < left < _ALMOST * top and foot < middle < left:
            return int(end), left / top
    return None


def _counts_the_warmup(context: Context, span: Span) -> bool:
    """Return True if a later phase is as long as the run: ``warmup-not-subtracted-from-decay``."""
    lengths = (span.scheduler.arguments.get(name) for name in ("T_max", "total_iters"))
    return span.begin > 0 and context.ticks(span.top) in lengths


def _missed(context: Context, span: Span, group: str) -> str | None:
    field = context.field_of(span.scheduler)
    column = "momentum" if field == "betas[0]" else field
    whole = context.trace.columns.get(column, {}).get(group)
    end = _end(context, span, group)
    if whole is None or end is None or len(drivers_of(context, group, field)) > 1:
        return None
    if any(each.row.container == "chained" for each in span.top.walk()):
        return None
    values = whole[step_or_end(context, span, 0) : step_or_end(context, span, span.ticks)]
    if not np.isfinite(whole).all() or is_constant(values) or _arrives(values, end, whole):
        return None
    last = float(values[-1])
    noun = "the lr" if field == "lr" else field
    whose = f" of {group}" if len(context.trace.groups) > 1 else ""
    return f"{noun}{whose} ends at {number(last)}, and should reach {number(end)}"


def _arrives(values: FloatArray, end: float, whole: FloatArray) -> bool:
    """Return True if some value is near the end, or would be at the next tick."""
    distance = float(np.abs(values - end).min())
    _, heights = constant_stretches(values)
    last_change = float(np.abs(heights[-1] - heights[-2])) if len(heights) > 1 else 0.0
    near = _NEAR * float(np.abs(whole).max())
    return distance <= max(near, last_change * (1 + 1e-6))


def _end(context: Context, span: Span, group: str) -> float | None:
    scheduler, top, row = span.scheduler, span.top, span.scheduler.row
    end = number_for_group(top, scheduler.arguments.get(row.name_of(*_ENDS)), group)
    base = context.base_values().get(group)
    if end is None or base is None or row.name_of("end value"):
        return end
    if row.name_of("end factor"):
        return base * end
    # OneCycleLR: max_lr 0.1, div_factor 25 and final_div_factor 1e4 end at 0.1 / 25 / 1e4 = 4e-7.
    peak = number_for_group(top, scheduler.arguments.get(row.name_of("peak")), group)
    first = context.number(scheduler, "div_factor")
    return None if peak is None or not first or not end else peak / first / end


RULE = Rule(
    code="LRP908",
    name="floor-not-reached",
    severity=Severity.WARNING,
    needs="curve",
    summary="The run ends before the lr reaches the end that the spec gives it.",
    bad=(BAD,),
    good=(BAD.replace("150", "100"),),
    check=check,
    check_run=check_plans_of_run(check, curve=True),
    seen_in="recording",
    bad_source=(
        script("CosineAnnealingLR(optimizer, T_max=30)", after_epoch=("scheduler.step()",)),
    ),
    good_source=(
        script("CosineAnnealingLR(optimizer, T_max=10)", after_epoch=("scheduler.step()",)),
    ),
    level="symptom",
)
