"""Axes: how far they reach, their ticks, grid, labels, and the epochs above them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrplan.render.picture.curve_stats import curve_stats
from lrplan.render.picture.drawing.ticks import linear_ticks, log_ticks
from lrplan.render.picture.notes import field_label
from lrplan.render.picture.numbers import count_labels, value_labels
from lrplan.render.picture.view_model import epochs_apart
from lrplan.render.picture.y_range import YRange, y_range

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from lrplan.render.picture.drawing.canvas import Canvas
    from lrplan.render.picture.layout import Box, Spot
    from lrplan.render.picture.view_model import Panel, ScheduleView
    from lrplan.trace import FloatArray, Trace

_TICK_GAP = 2.9
"""Least distance between two labelled ticks of a y axis, in heights of their text."""
_MOST_TICKS = 6
_DECADE_GAP = 1.8
"""The same of a logarithmic axis: every decade should be labelled where it can be."""
_MOST_DECADES = 10


@dataclass(frozen=True, slots=True)
class YAxis:
    """The y axis of one panel."""

    reach: YRange
    log: bool
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    minor: tuple[float, ...] = ()

    def share(self, value: float) -> float:
        """How far up the axis ``value`` stands: 0 at its foot, 1 at its top, never outside."""
        low, high = self.reach.low, self.reach.high
        if self.log:
            value, low, high = math.log10(max(value, low)), math.log10(low), math.log10(high)
        return min(max((value - low) / (high - low), 0.0), 1.0)


def upright(panel: Panel, height: float, *, text: float, log: bool, headroom: float) -> YAxis:
    """The y axis for ``panel`` in axes ``height`` inches tall, its labels ``text`` points high."""
    shown = [series.sketch for series in panel.series]
    shown += [curve_stats(ghost) for ghost in _ghosts(panel)]
    reach = y_range(shown, log=log, headroom=headroom)
    if log:
        most = max(1, min(_MOST_DECADES, int(height * 72 / (text * _DECADE_GAP))))
        ticks, minor = log_ticks(reach.low, reach.high, most)
        return YAxis(reach, log, tuple(ticks), tuple(value_labels(ticks)), tuple(minor))
    most = max(1, min(_MOST_TICKS, int(height * 72 / (text * _TICK_GAP))))
    ticks = linear_ticks(reach.low, reach.high, most)
    return YAxis(reach, log, tuple(ticks), tuple(value_labels(ticks)))


def _ghosts(panel: Panel) -> Iterator[FloatArray]:
    for series in panel.series:
        if series.ghost is not None and len(series.ghost):
            yield series.ghost


def frame(sheet: Canvas, axes: Axes, cell: ScheduleView, panel: Panel, axis: YAxis) -> None:
    """Limits, grid and y ticks of one panel."""
    theme, text = sheet.theme, sheet.scale.text
    if axis.log:
        axes.set_yscale("log", nonpositive="mask")
    axes.set_ylim(axis.reach.low, axis.reach.high)
    axes.set_xlim(-0.006 * cell.across.end, cell.across.end * 1.006)
    axes.set_yticks(axis.ticks, axis.labels)
    axes.set_yticks(axis.minor, [""] * len(axis.minor), minor=True)
    axes.tick_params(
        which="both", color=theme.faint, labelcolor=theme.soft, labelsize=text, width=0.8, pad=2.5
    )
    axes.tick_params(which="major", length=3)
    axes.tick_params(which="minor", length=1.5)
    axes.grid(axis="y", color=theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    if not panel.series:
        axes.text(
            0.5,
            0.5,
            f"no {field_label(panel.field)}" if cell.trace.steps else "nothing was run",
            transform=axes.transAxes,
            color=theme.faint,
            size=text,
            ha="center",
            va="center",
            parse_math=False,
        )


def across_ticks(
    sheet: Canvas, axes: Axes, cell: ScheduleView, box: Box, *, labelled: bool
) -> None:
    """The x ticks of one panel; only the lowest panel of a schedule has them labelled."""
    ticks = linear_ticks(0, cell.across.end, _most_across(sheet, box), whole=True)
    if len(ticks) < 2 and cell.across.end < 2:
        ticks = linear_ticks(0, cell.across.end, 4)
    labels = count_labels(ticks) if labelled else [""] * len(ticks)
    axes.set_xticks(ticks, labels)


def _most_across(sheet: Canvas, box: Box) -> int:
    return max(1, int(box.width / (sheet.scale.text * 5.5 / 72)))


def side_labels(sheet: Canvas, cell: ScheduleView, spot: Spot) -> None:
    """What the axes of one schedule show, in words."""
    size, colour = sheet.scale.text, sheet.theme.soft
    for panel, box in zip(cell.panels, spot.axes, strict=True):
        place = (spot.outer.left, box.bottom + box.height / 2)
        label = sheet.letters.fit(field_label(panel.field), box.height + 0.2, size)
        sheet.write(
            place, label, size=size, colour=colour, align="left", vertical="center", rotation=90
        )
    last = spot.axes[-1]
    place = (last.left + last.width / 2, last.bottom - 2.25 * sheet.scale.line)
    sheet.write(place, cell.across.label, size=size, colour=colour, align="center")


def epochs_above(sheet: Canvas, axes: Axes, cell: ScheduleView, box: Box) -> None:
    """A second x axis above ``axes`` that counts epochs, where they are not the steps again."""
    ticks = _epoch_ticks(cell.trace, cell.across.end, _most_across(sheet, box))
    if cell.across.label == "epoch" or not ticks or not epochs_apart(cell.trace):
        return
    theme, text = sheet.theme, sheet.scale.text
    above = axes.secondary_xaxis("top")
    above.set_xticks(list(ticks.values()), count_labels(list(ticks)))
    above.tick_params(
        color=theme.faint, labelcolor=theme.soft, labelsize=text, width=0.8, length=3, pad=1.5
    )
    above.spines["top"].set_visible(False)
    above.patch.set_visible(False)
    place = (box.left - 0.09, box.top + 0.086)
    sheet.write(place, "epoch", size=text, colour=theme.soft, align="right")


def _epoch_ticks(trace: Trace, end: float, most: int) -> dict[int, float]:
    """Round epochs, and the step where each begins."""
    if trace.epochs is None or trace.steps == 0:
        return {}
    length = trace.steps_per_epoch
    last = int(trace.epochs[-1]) if length is None else int(end // length)
    wanted = [round(tick) for tick in linear_ticks(0, max(last, 1), most, whole=True)]
    ticks = {}
    for epoch in wanted:
        step = int(np.searchsorted(trace.epochs, epoch))
        if step == trace.steps and length is not None:
            step = epoch * length
        if step < trace.steps or (length is not None and trace.steps <= step <= end):
            ticks[epoch] = float(step)
    return ticks
