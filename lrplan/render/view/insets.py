"""The choice of an inset: what happens at the start of a run, where that is too narrow to see."""

from __future__ import annotations

from dataclasses import replace

from lrplan.features import warmup_end
from lrplan.render.view.view_model import ScheduleView
from lrplan.render.view.zoom import zoom
from lrplan.trace import Trace

_SLIVER = 0.03
"""A warm-up (or a stopped run) with a smaller share of the axis looks like a vertical line."""
_LEAST_STEPS = 3


def inset_of(trace: Trace, view: ScheduleView) -> ScheduleView | None:
    """The start of the first panel as a view of its own; None where it is wide enough."""
    end = _sliver_end(trace, view)
    if end is None:
        return None
    inset = zoom(view, 0, end)
    unit = view.x_axis.label
    title = f"the first {float(inset.x_axis.end):,.4g} {unit}s"
    return replace(inset, title=title, panels=inset.panels[:1], flags=(), markers=(), epochs=None)


def _sliver_end(trace: Trace, view: ScheduleView) -> int | None:
    """The step at which the start ends: twice the warm-up, or all steps of a run that stopped."""
    planned = max(trace.planned_steps, trace.steps)
    if trace.steps < _SLIVER * planned:
        return trace.steps if trace.steps >= _LEAST_STEPS else None
    # Example: 2,000 steps of warm-up in a run of 1,000,000 are a vertical line 2 pixels wide. The
    # inset shows 4,000 steps: the warm-up, and as much of what follows.
    peaks = [(peak, each) for each in view.panels[0].series if (peak := each.stats.peak)]
    if not peaks:
        return None
    peak, highest = max(peaks, key=lambda pair: pair[0].value)
    if not _LEAST_STEPS <= peak.step < _SLIVER * planned:
        return None
    end = warmup_end(highest.values)
    return None if end is None or end < _LEAST_STEPS else min(2 * end, trace.steps)
