"""The series of a schedule's panels: groups with the same curve become one line of one colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.curve_stats import CurveStats, curve_stats
from lrplan.render.view.view_model import Panel, Series, Underlay, XAxis, field_label
from lrplan.render.view.y_scale import y_scale
from lrplan.trace import CurveKeys, Trace

_MOST_CROSSES = 24
"""Markers per curve where ``get_lr()`` differs; more would be a band."""


class MeasuredCurve(NamedTuple):
    """A column that was read once: its key, equal only for equal curves, and its numbers."""

    key: bytes
    stats: CurveStats


Curves = dict[str, dict[str, MeasuredCurve]]
"""By field and group."""


def measure_curves(trace: Trace, options: PictureOptions) -> Curves:
    """The curves to draw; a column is read here, and once more when it is drawn."""
    # Of a thousand groups with a million steps each, one column is in memory at a time: what stays
    # is its key and its numbers, and these once for all groups with the same key.
    key_of = CurveKeys()
    stats: dict[bytes, CurveStats] = {}

    def measure(values: FloatArray) -> MeasuredCurve:
        key = key_of(values)
        if key not in stats:
            stats[key] = curve_stats(values)
        return MeasuredCurve(key, stats[key])

    return {
        field: {
            group: measure(values)
            for group, values in trace.columns.get(field, {}).items()
            if len(values)
        }
        for field in options.fields
    }


@dataclass(frozen=True, slots=True)
class Underlays:
    """The curves drawn under the applied ones, by field and group."""

    columns: Mapping[str, Mapping[str, FloatArray]]
    keys: Mapping[str, Mapping[str, bytes]]


def underlays_of(trace: Trace, options: PictureOptions) -> Underlays:
    """The run that was not interrupted, of a resumed one; otherwise ``get_lr()`` if asked for."""
    columns: Mapping[str, Mapping[str, FloatArray]] = {}
    if trace.unbroken:
        columns = {field: trace.unbroken.get(field, {}) for field in options.fields}
    elif options.get_lr:
        columns = {"lr": trace.get_lr}
    key_of = CurveKeys()
    keys = {
        field: {group: key_of(values) for group, values in groups.items()}
        for field, groups in columns.items()
    }
    return Underlays(columns, keys)


def panels_of(
    trace: Trace,
    curves: Curves,
    underlays: Underlays,
    mismatches: Mapping[str, IntArray],
    x_axis: XAxis,
    dashed: tuple[tuple[int, int], ...] = (),
    *,
    log: bool | None = None,
) -> tuple[tuple[Panel, ...], int]:
    """The panels of a schedule from top to bottom, and how many colours they take.

    Args:
        trace: the run.
        curves: by field and group; a panel for each field.
        underlays: what is drawn under them.
        mismatches: by group, the steps where ``get_lr()`` is not the applied value.
        x_axis: of all panels.
        dashed: stretches of steps whose learning rate is assumed.
        log: as in the options of the picture.
    """
    looks = {
        field: {
            group: (curve.key, underlays.keys.get(field, {}).get(group))
            for group, curve in groups.items()
        }
        for field, groups in curves.items()
    }
    colours = _colours(trace.groups, looks)

    def series(field: str, names: Sequence[str]) -> Series:
        first = names[0]
        below = underlays.columns.get(field, {}).get(first)
        return Series(
            names=tuple(names),
            colour=colours[first],
            stats=curves[field][first].stats,
            read=partial(trace.columns[field].__getitem__, first),
            underlay=_underlay(trace, below, mismatches.get(first), x_axis),
        )

    panels = tuple(
        Panel(
            label=field_label(field),
            series=tuple(series(field, names) for names in _together(trace.groups, looks[field])),
            groups=len(trace.groups),
            empty_text=f"no {field_label(field)}" if trace.steps else "nothing was run",
            dashed=dashed if field == "lr" else (),
            scale=y_scale([curve.stats for curve in curves[field].values()], log=log),
        )
        for field in curves
    )
    return panels, len(set(colours.values()))


def _colours(groups: Sequence[str], looks: Mapping[str, Mapping[str, object]]) -> dict[str, int]:
    """The index of the colour of each group; groups that look the same in every field share it."""
    # Example: a and b share an lr but not a weight decay. In the panel of lr they are one series in
    # the colour of a; in that of weight decay they are two, and b has a colour of its own.
    colours: dict[tuple[object, ...], int] = {}
    return {
        group: colours.setdefault(tuple(field.get(group) for field in looks.values()), len(colours))
        for group in groups
    }


def _together(groups: Sequence[str], looks: Mapping[str, object]) -> list[list[str]]:
    """The groups of one panel, those that look the same together."""
    together: dict[object, list[str]] = {}
    for group in groups:
        if group in looks:
            together.setdefault(looks[group], []).append(group)
    return list(together.values())


def _underlay(
    trace: Trace, values: FloatArray | None, mismatches: IntArray | None, x_axis: XAxis
) -> Underlay | None:
    if values is None or not len(values):
        return None
    none = np.empty(0, dtype=np.int64)
    return Underlay(
        kind="unbroken" if trace.unbroken else "get_lr",
        values=values,
        stats=curve_stats(values),
        edges=_longer_edges(x_axis, len(values)),
        mismatches=none if mismatches is None else _chosen(mismatches),
    )


def _longer_edges(x_axis: XAxis, steps: int) -> FloatArray:
    """The edges of ``steps`` steps, where a resumed run that stops early has fewer."""
    missing = steps + 1 - x_axis.edges.size
    if missing <= 0:
        return x_axis.edges
    last = x_axis.edges[-1]
    return np.append(x_axis.edges, np.linspace(last, x_axis.end, missing + 1)[1:])


def _chosen(steps: IntArray) -> IntArray:
    """At most ``_MOST_CROSSES`` of ``steps``: the first of each run of them, or an even choice."""
    if len(steps) <= _MOST_CROSSES:
        return steps
    # Steps 30-59, 90-119 and 150-179 are three runs of neighbours, and their firsts are 30, 90 and
    # 150. One or two runs get crosses spread over them, or most of the curve would look right.
    firsts: IntArray = steps[np.append(True, np.diff(steps) > 1)]
    if 2 < len(firsts) <= _MOST_CROSSES:
        return firsts
    even = np.linspace(0, len(steps) - 1, _MOST_CROSSES).round().astype(np.int64)
    return np.asarray(steps[even])
