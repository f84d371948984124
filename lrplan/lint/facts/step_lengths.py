"""Lengths that ``horizon-in-steps-stepped-per-epoch`` reports, so that no other rule has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.lint.facts.lengths import lengths
from lrplan.lint.facts.steps_as_ticks import recognized
from lrplan.lint.facts.tick_counts import tick_counts

if TYPE_CHECKING:
    from lrplan.lint.context import Context
    from lrplan.plan import Span


def counts_steps(context: Context, span: Span, name: str) -> bool:
    """Whether argument ``name`` of a scheduler that ticks less often looks like steps."""
    pace = tick_counts(context, span.top)
    return pace.steps >= 2 * pace.ticks and any(
        length.name == name and recognized(length, pace) is not None
        for length in lengths(context, span.top)
        if length.span.scheduler is span.scheduler
    )
