"""The view of curves that a file has: a log's points, or an export's every step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.comparison import RunCurve, RunCurves
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.curve_stats import curve_stats
from lrplan.render.view.field_names import check_fields
from lrplan.render.view.numbers import value_label
from lrplan.render.view.schedule_view import NO_WINDOWS
from lrplan.render.view.view_model import (
    Flag,
    Note,
    Panel,
    ScheduleView,
    Series,
    XAxis,
    field_label,
)
from lrplan.render.view.y_scale import y_scale
from lrplan.text import quantity
from lrplan.trace import curve_key

_FAR_FROM_START = 0.6
"""Points that begin behind this share of the last step are drawn without step 0."""


def points_views(
    runs: Sequence[RunCurves],
    options: PictureOptions,
    *,
    kind: str = "",
    notes: Sequence[str] = (),
    windows: Mapping[str, tuple[int, int]] = NO_WINDOWS,
) -> list[ScheduleView]:
    """The views of the schedules of a file; ``windows`` by name, other arguments as below.

    Raises:
        UsageError: no run has a field of ``options``.
    """
    check_fields(options.fields, (field for run in runs for field in run.columns))
    return [
        points_view(run, options, kind=kind, notes=notes, window=windows.get(run.name))
        for run in runs
    ]


def points_view(
    run: RunCurves,
    options: PictureOptions,
    *,
    kind: str = "",
    notes: Sequence[str] = (),
    window: tuple[int, int] | None = None,
) -> ScheduleView:
    """The view of one schedule of a file.

    Args:
        run: its curves; one that is not known at every step is drawn as points.
        options: which fields are drawn, and whether the peak is marked.
        kind: what the file is, in words.
        notes: sentences below the picture.
        window: the first step to draw and the step after the last one; of a log only.
    """
    if window is not None:
        run = _within(run, *window)
    fields = options.fields or ("lr",)
    by_epoch = options.x == "epoch" and run.unit == "step" and run.epochs is not None
    panels = tuple(_panel(run, field, by_epoch=by_epoch, log=options.log) for field in fields)
    x_axis = _x_axis(run, "epoch" if by_epoch else run.unit, by_epoch=by_epoch)
    if window is not None:
        begin = float(window[0])
        x_axis = replace(x_axis, begin=begin, end=max(float(window[1] - 1), begin + 1.0))
    return ScheduleView(
        title=run.label if run.is_log else run.name,
        subtitle=" \u00b7 ".join(filter(None, (kind, _extent(run)))),
        panels=panels,
        x_axis=x_axis,
        colours=max(len(run.groups), 1),
        notes=tuple(Note(text) for text in (*notes, *_missing_epochs(run, options))),
        flags=_peak(panels[0], x_axis.edges) if options.marks else (),
    )


def _within(run: RunCurves, first: int, end: int) -> RunCurves:
    """The rows of a log from one step on and before another."""
    columns: dict[str, dict[str, RunCurve]] = {}
    for field, groups in run.columns.items():
        kept = {name: (curve.at >= first) & (curve.at < end) for name, curve in groups.items()}
        columns[field] = {
            name: replace(curve, values=curve.values[kept[name]], steps=curve.at[kept[name]])
            for name, curve in groups.items()
            if kept[name].any()
        }
    return replace(run, columns=columns)


def _panel(run: RunCurves, field: str, *, by_epoch: bool, log: bool | None) -> Panel:
    curves = run.columns.get(field, {})
    # Groups with the same points would hide each other: they are one series, as of a plan.
    alike: dict[tuple[bytes, bytes], list[str]] = {}
    for group in (each for each in run.groups if each in curves):
        curve = curves[group]
        key = curve_key(curve.values), curve_key(curve.at.astype(np.float64))
        alike.setdefault(key, []).append(group)
    series = tuple(
        _series(run, names, curves[names[0]], index, by_epoch=by_epoch)
        for index, names in enumerate(alike.values())
    )
    scale = y_scale([each.stats for each in series], log=log)
    label = field_label(field)
    return Panel(label, series, len(run.groups), f"no {label}", scale=scale)


def _series(
    run: RunCurves, names: Sequence[str], curve: RunCurve, colour: int, *, by_epoch: bool
) -> Series:
    values = curve.values
    at = None if curve.steps is None and run.unit == "step" else _x(run, curve, by_epoch=by_epoch)
    return Series(tuple(names), colour, curve_stats(values), lambda: values, point_x=at)


def _x(run: RunCurves, curve: RunCurve, *, by_epoch: bool) -> FloatArray:
    if by_epoch and run.epochs is not None:
        return np.asarray(run.epochs[curve.at])
    return curve.at.astype(np.float64)


def _x_axis(run: RunCurves, unit: str, *, by_epoch: bool) -> XAxis:
    curves = [curve for groups in run.columns.values() for curve in groups.values()]
    held = any(curve.steps is None for curve in curves) and run.unit == "step"
    if held:
        edges = np.arange(run.steps + 1, dtype=np.float64)
        if by_epoch and run.epochs is not None:
            edges = edges / (run.steps_per_epoch or 1)
        return XAxis(unit, edges, float(edges[-1]), (run.steps,))
    every = np.unique(np.concatenate([_x(run, curve, by_epoch=by_epoch) for curve in curves]))
    first, last = float(every[0]), float(every[-1])
    begin = first if first > _FAR_FROM_START * last else 0.0
    return XAxis(unit, np.append(every, last), max(last, begin + 1.0), (), begin)


def _extent(run: RunCurves) -> str:
    """The rows and the steps of a run: ``1,200 rows, steps 0 to 11,990``."""
    curves = [curve for groups in run.columns.values() for curve in groups.values()]
    if all(curve.steps is None for curve in curves) and run.unit == "step":
        return quantity(run.steps, "step")
    rows = max(curve.values.size for curve in curves)
    first = min(int(curve.at[0]) for curve in curves)
    last = max(int(curve.at[-1]) for curve in curves)
    bounds = f"{run.unit}s {first:,} to {last:,}" if last > first else f"{run.unit} {first:,}"
    return f"{quantity(rows, 'row')}, {bounds}"


def _peak(panel: Panel, edges: FloatArray) -> tuple[Flag, ...]:
    """The highest point, where the values vary."""
    varying = [each for each in panel.series if each.stats.extent.varies]
    peaks = [(each.stats.peak, each) for each in varying if each.stats.peak is not None]
    if not peaks:
        return ()
    peak, series = max(peaks, key=lambda pair: pair[0].value)
    if peak.step == 0:
        return ()  # points that begin at their peak show that by themselves
    owner = f"{series.names[0]} " if len(panel.series) > len(varying) else ""
    text = f"{owner}peak {value_label(peak.value, 4)}"
    index = peak.step
    if series.point_x is not None:
        index = int(np.searchsorted(edges, series.point_x[peak.step]))
    return (Flag(index, text, dot=peak.value),)


def _missing_epochs(run: RunCurves, options: PictureOptions) -> Iterator[str]:
    if options.x == "epoch" and run.unit == "step" and run.epochs is None:
        yield "the file has no epochs: drawn over steps"
