"""The warm-ups of a schedule whose length an argument states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.lint import Context, SchedulerPlan, Span

_LENGTHS = {
    "LinearLR": "total_iters",
    "WarmupCosine": "warmup_steps",
    "WarmupConstantSchedule": "warmup_steps",
    "GradualWarmupScheduler": "total_epoch",
    "CosineAnnealingWarmUpRestarts": "T_up",
}


@dataclass(frozen=True, slots=True)
class Warmup:
    """A rise of the learning rate that opens the run, and the tick that reaches its top."""

    span: Span
    argument: str
    length: int


def stated_warmups(context: Context) -> Iterator[Warmup]:
    """Every warm-up from the first step on whose length the spec gives."""
    for span in context.spans(*_LENGTHS):
        own, name = span.scheduler, _LENGTHS[span.scheduler.type]
        length = context.integer(own, name)
        # Only what opens the run is a warm-up here: a LinearLR that rises behind a milestone is
        # not.
        opens = span.begin == 0 and context.field_of(own) == "lr" and context.is_given(own, name)
        if opens and length and length > 0 and _rises(context, own):
            yield Warmup(span, name, length)


def _rises(context: Context, scheduler: SchedulerPlan) -> bool:
    if scheduler.type != "LinearLR":
        return True
    start = context.number(scheduler, "start_factor")
    end = context.number(scheduler, "end_factor")
    return start is not None and end is not None and start < end
