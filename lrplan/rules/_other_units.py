"""Lengths that ``horizon-in-steps-stepped-per-epoch`` reports, so that no other rule has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.rules._lengths import lengths
from lrplan.rules._steps_as_ticks import recognized
from lrplan.rules._tempo import tempo

if TYPE_CHECKING:
    from lrplan.rules._context import Context
    from lrplan.spec.plan import Span


def counts_steps(context: Context, span: Span, name: str) -> bool:
    """Whether argument ``name`` of a scheduler that ticks less often looks like steps."""
    pace = tempo(context, span.top)
    return pace.steps >= 2 * pace.ticks and any(
        length.name == name and recognized(length, pace) is not None
        for length in lengths(context, span.top)
        if length.span.scheduler is span.scheduler
    )
