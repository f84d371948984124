"""The warm-ups of a schedule whose length an argument states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.lint import Context, SchedulerPlan, Span

_SHARE = "5%"
_JUDGED_ELSEWHERE = "InverseSqrtScheduler"
"""The rule inverse-sqrt-edge-cases judges its warm-up, which is the scale of its fall as well."""


@dataclass(frozen=True, slots=True)
class Warmup:
    """A rise of the learning rate that opens the run, and the tick that reaches its top."""

    span: Span
    argument: str
    length: int


def stated_warmups(context: Context) -> Iterator[Warmup]:
    """Every warm-up from the first step on whose length the spec gives."""
    for span in context.spans():
        own = span.scheduler
        name = warmup_length(context, own)
        # Rules of their own judge the warm-ups of other packages.
        if not name or own.row.extra or own.type == _JUDGED_ELSEWHERE:
            continue
        length = context.integer(own, name)
        # Only what opens the run is a warm-up here: a LinearLR that rises behind a milestone is
        # not.
        opens = span.begin == 0 and context.field_of(own) == "lr" and context.is_given(own, name)
        if opens and length and length > 0:
            yield Warmup(span, name, length)


def suggested_length(context: Context, top: SchedulerPlan) -> str:
    """A usual length of a warm-up of ``top``: 5 % of the run, and at least one tick."""
    return _SHARE if context.clock.resolve(_SHARE, top.cadence) else "1"


def describe_suggested_length(context: Context, top: SchedulerPlan) -> str:
    """The explanation of ``suggested_length``, for a fix that has room for it."""
    length = suggested_length(context, top)
    if length == _SHARE:
        return f"{length}, a share of the run"
    return length if top.interval == "step" else f"{length}, or interval: step with {_SHARE}"


def warmup_length(context: Context, scheduler: SchedulerPlan) -> str:
    """The name of the argument that counts the ticks of its rise; empty where nothing rises."""
    row = scheduler.row
    factors = line_factors(context, scheduler)
    if factors is None:
        return row.name_of("warm-up", "rise")
    return row.name_of("end", "warm-up") if factors[0] < factors[1] else ""


def line_factors(context: Context, scheduler: SchedulerPlan) -> tuple[float, float] | None:
    """The factors on the base value before and after its length; None for one of another shape.

    Of LinearLR those are ``start_factor`` and ``end_factor``, of ConstantLR ``factor`` and 1.
    """
    row = scheduler.row
    start, end = row.name_of("start factor"), row.name_of("end factor")
    if not start:
        return None
    first, last = (context.number(scheduler, name) or 0.0 for name in (start, end))
    return float(first), float(last) if end else 1.0
