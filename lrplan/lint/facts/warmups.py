"""The warm-ups of a schedule whose length an argument states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan, Span

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


def stated(context: Context) -> Iterator[Warmup]:
    """Every warm-up from the first step on whose length the spec gives."""
    for span in context.spans(*_LENGTHS):
        own, name = span.scheduler, _LENGTHS[span.scheduler.type]
        length = context.value(own, name, int)
        opens = span.begin == 0 and context.driven(own) == "lr" and context.given(own, name)
        if opens and length and length > 0 and _rises(context, own):
            yield Warmup(span, name, length)


def _rises(context: Context, scheduler: SchedulerPlan) -> bool:
    if scheduler.type != "LinearLR":
        return True
    start = context.value(scheduler, "start_factor", float)
    end = context.value(scheduler, "end_factor", float)
    return start is not None and end is not None and start < end
