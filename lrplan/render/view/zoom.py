"""A part of a view: the same schedule between two steps, with axes that fit them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.render.view.curve_stats import curve_stats
from lrplan.render.view.view_model import (
    EpochAxis,
    FindingMarker,
    Flag,
    Panel,
    ScheduleView,
    Series,
    Underlay,
    XAxis,
)


def zoom(view: ScheduleView, first: int, end: int) -> ScheduleView:
    """The part of ``view`` from step ``first`` to the step before ``end``, at least one step.

    What happens in other steps is left out: flags, and the steps of findings.
    """
    x_axis = _x_axis(view.x_axis, first, end)
    return replace(
        view,
        panels=tuple(_panel(panel, first, end) for panel in view.panels),
        x_axis=x_axis,
        epochs=view.epochs and EpochAxis(_inside(view.epochs.starts, x_axis)),
        flags=tuple(_flags(view.flags, first, end)),
        markers=tuple(_markers(view.markers, first, end)),
        failed=view.failed and end >= len(view.x_axis.edges),
        inset=None,
    )


def _x_axis(axis: XAxis, first: int, end: int) -> XAxis:
    # Example: steps 100 to 199 of a run of 150 steps that was planned for 300: the curves end at
    # 150, the axis at 200.
    edges = axis.edges[first : end + 1]
    known = len(axis.edges) - 1
    per_step = float(axis.edges[-1] - axis.edges[0]) / max(known, 1)
    beyond = float(axis.edges[-1]) + (end - known) * per_step
    last = min(beyond, axis.end) if end > known else float(edges[-1])
    return replace(axis, edges=edges, begin=float(edges[0]), end=last)


def _panel(panel: Panel, first: int, end: int) -> Panel:
    dashed = [(max(a, first) - first, min(b, end) - first) for a, b in panel.dashed]
    return replace(
        panel,
        # Of compared runs, the shorter one may have no steps there.
        series=tuple(
            _series(series, first, end) for series in panel.series if len(series.values) > first
        ),
        dashed=tuple((a, b) for a, b in dashed if a < b),
    )


def _series(series: Series, first: int, end: int) -> Series:
    read = partial(_part, series, first, end)
    below = series.underlay
    return replace(
        series,
        stats=curve_stats(read()),
        read=read,
        underlay=None if below is None else _underlay(below, first, end),
    )


def _part(series: Series, first: int, end: int) -> FloatArray:
    return series.values[first:end]


def _underlay(below: Underlay, first: int, end: int) -> Underlay:
    values, wrong = below.values[first:end], below.mismatches
    inside: IntArray = wrong[(wrong >= first) & (wrong < end)] - first
    return replace(
        below,
        values=values,
        stats=curve_stats(values),
        edges=below.edges[first : end + 1],
        mismatches=inside,
    )


def _inside(starts: FloatArray, axis: XAxis) -> FloatArray:
    outside = (starts < axis.begin) | (starts > axis.end)
    return np.where(outside, np.nan, starts)


def _flags(flags: tuple[Flag, ...], first: int, end: int) -> Iterator[Flag]:
    for flag in flags:
        if first <= flag.step <= end:
            yield replace(flag, step=flag.step - first)


def _markers(markers: tuple[FindingMarker, ...], first: int, end: int) -> Iterator[FindingMarker]:
    for marker in markers:
        steps = tuple(step - first for step in marker.steps if first <= step < end)
        if steps or not marker.steps:
            yield replace(marker, steps=steps)
