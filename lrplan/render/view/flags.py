"""The flags of a picture: the resume, the peak, the end of the warm-up, steps the plan names."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.features import warmup_end
from lrplan.render.view.metric_panels import cut_flags
from lrplan.render.view.numbers import value_label
from lrplan.render.view.view_model import Flag, Panel, XAxis
from lrplan.text import group_name
from lrplan.trace import Trace


def flags_of(trace: Trace, field: str, panel: Panel, x_axis: XAxis) -> tuple[Flag, ...]:
    """The flags, the most important first; texts for the same step are joined.

    Args:
        trace: the run.
        field: what the first panel shows.
        panel: the first panel, which has the flags.
        x_axis: gives their texts.
    """
    by_step: dict[int, Flag] = {}
    shape = _shape_flags(trace, field, panel, x_axis)
    cuts = cut_flags(trace) if field == "lr" else ()
    # The order is that of importance, which a dict keeps. A peak at the step of a milestone becomes
    # one flag, `peak 0.1 · milestone 30`, at the peak's place in the order and with its dot.
    for flag in [*_resume_flags(trace, x_axis), *shape, *_planned_flags(trace, x_axis), *cuts]:
        other = by_step.get(flag.step)
        joined = other and Flag(flag.step, f"{other.text} · {flag.text}", dot=other.dot)
        by_step[flag.step] = joined or flag
    return tuple(by_step.values())


def _shape_flags(trace: Trace, field: str, panel: Panel, x_axis: XAxis) -> Iterator[Flag]:
    """The highest peak among the curves that change, and the end of the warm-up before it."""
    changing = [series for series in panel.series if series.stats.extent.varies]
    peaks = [(peak, series) for series in changing if (peak := series.stats.peak) is not None]
    if not peaks:
        return
    peak, series = max(peaks, key=lambda pair: pair[0].value)
    if peak.step == 0:
        return  # a curve that begins at its peak shows that by itself
    owner = f"{group_name(series.names[0])} " if len(panel.series) > len(changing) else ""
    yield Flag(peak.step, f"{owner}peak {value_label(peak.value, 4)}", dot=peak.value)
    next_value = trace.next_values.get(field, {}).get(series.names[0])
    end = warmup_end(series.values, next_value)
    if end is not None:
        yield Flag(end, f"warm-up ends at {x_axis.label} {x_axis.step_label(end)}")


def _resume_flags(trace: Trace, x_axis: XAxis) -> Iterator[Flag]:
    for mark in trace.marks:
        if mark.kind == "resume" and mark.step < len(x_axis.edges):
            step = x_axis.step_label(mark.step)
            yield Flag(mark.step, f"{mark.label} at {x_axis.label} {step}")


def _planned_flags(trace: Trace, x_axis: XAxis) -> Iterator[Flag]:
    for mark in trace.marks:
        if mark.kind != "resume" and 0 <= mark.step < len(x_axis.edges):
            label = x_axis.step_label(mark.step)
            text = f"{mark.label} {label}"
            if mark.written and x_axis.label == "step":
                text, label = f"{mark.label} at {mark.written}", mark.written.split()[-1]
            yield Flag(mark.step, text, label)
