"""The axes of a panel: ticks, grid, labels, and the epochs above them.

Limits and scale are chosen in ``render/view/y_range.py`` and ``y_scale.py``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from lrplan.render.picture.canvas import Canvas
from lrplan.render.picture.layout import Box, ScheduleBoxes
from lrplan.render.picture.sheet import SheetPanel
from lrplan.render.picture.ticks import linear_ticks, log_ticks
from lrplan.render.view.numbers import count_labels, value_labels
from lrplan.render.view.view_model import EpochAxis, Panel, ScheduleView, XAxis
from lrplan.render.view.y_range import YRange, y_range

_TICK_GAP = 2.9
"""Least distance between two labelled ticks of a y axis, in heights of their text."""
_MOST_TICKS = 6
_DECADE_GAP = 1.8
"""The same of a logarithmic axis: every decade should be labelled where it can be."""
_MOST_DECADES = 10


@dataclass(frozen=True, slots=True)
class YAxis:
    """The y axis of one panel."""

    range: YRange
    log: bool
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    minor_ticks: tuple[float, ...] = ()

    def share(self, value: float) -> float:
        """The height of ``value`` on the axis: 0 at its foot, 1 at its top, never outside."""
        low, high = self.range.low, self.range.high
        if self.log:
            value, low, high = math.log10(max(value, low)), math.log10(low), math.log10(high)
        return min(max((value - low) / (high - low), 0.0), 1.0)


def make_y_axis(panel: Panel, height: float, *, text: float, headroom: float) -> YAxis:
    """The y axis for ``panel`` in axes ``height`` inches tall.

    Args:
        panel: gives the curves and their underlays.
        height: of the axes, in inches.
        text: height of the labels, in points.
        headroom: what to leave above the curves for flags, as a share of the axis.
    """
    curves = [series.stats for series in panel.series]
    curves += [series.underlay.stats for series in panel.series if series.underlay is not None]
    limits = y_range(curves, panel.scale, headroom=headroom)
    if panel.scale.log:
        most = max(1, min(_MOST_DECADES, int(height * 72 / (text * _DECADE_GAP))))
        ticks, minor_ticks = log_ticks(limits.low, limits.high, most)
    else:
        most = max(1, min(_MOST_TICKS, int(height * 72 / (text * _TICK_GAP))))
        ticks, minor_ticks = linear_ticks(limits.low, limits.high, most), []
    return YAxis(
        limits, panel.scale.log, tuple(ticks), tuple(value_labels(ticks)), tuple(minor_ticks)
    )


def draw_y_axis(
    canvas: Canvas, axes: Axes | SheetPanel, view: ScheduleView, panel: Panel, y_axis: YAxis
) -> None:
    """Set the limits of one panel, and draw its grid and y ticks."""
    theme, text = canvas.theme, canvas.scale.text
    x_limits = _x_limits(view.x_axis)
    if isinstance(axes, SheetPanel):
        axes.set_limits(x_limits, (y_axis.range.low, y_axis.range.high), log=y_axis.log)
        axes.draw_y_ticks(y_axis.ticks, y_axis.labels, y_axis.minor_ticks)
        if not panel.series:
            axes.write_middle(panel.empty_text)
        return
    if y_axis.log:
        axes.set_yscale("log", nonpositive="mask")
    axes.set_ylim(y_axis.range.low, y_axis.range.high)
    axes.set_xlim(*x_limits)
    axes.set_yticks(y_axis.ticks, y_axis.labels)
    axes.set_yticks(y_axis.minor_ticks, [""] * len(y_axis.minor_ticks), minor=True)
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
            panel.empty_text,
            transform=axes.transAxes,
            color=theme.faint,
            size=text,
            ha="center",
            va="center",
            parse_math=False,
        )


def _x_limits(x_axis: XAxis) -> tuple[float, float]:
    """Both ends of an axis, with a little room beside the curves."""
    room = 0.006 * (x_axis.end - x_axis.begin)
    return x_axis.begin - room, x_axis.end + room


def draw_x_ticks(
    canvas: Canvas,
    axes: Axes | SheetPanel,
    x_axis: XAxis,
    box: Box,
    *,
    labelled: bool,
    ticks: list[float] | None = None,
) -> None:
    """Draw the x ticks of one panel; only the lowest panel of a schedule has them labelled.

    Args:
        canvas: what is drawn on.
        axes: of the panel.
        x_axis: its ends.
        box: where the axes are, in inches.
        labelled: write the numbers.
        ticks: their values; None: at round numbers.
    """
    if ticks is None:
        ticks = _x_ticks(x_axis, _most_x_ticks(canvas, box))
    labels = count_labels(ticks) if labelled else [""] * len(ticks)
    if isinstance(axes, SheetPanel):
        axes.draw_x_ticks(ticks, labels, above=False)
    else:
        axes.set_xticks(ticks, labels)


def _x_ticks(x_axis: XAxis, most: int) -> list[float]:
    begin, end = x_axis.begin, x_axis.end
    ticks = linear_ticks(begin, end, most, whole=True)
    if len(ticks) < 2 and end - begin < 2:
        ticks = linear_ticks(begin, end, 4)
    return ticks


def _most_x_ticks(canvas: Canvas, box: Box) -> int:
    return max(1, int(box.width / (canvas.scale.text * 5.5 / 72)))


def draw_axis_labels(canvas: Canvas, view: ScheduleView, spot: ScheduleBoxes) -> None:
    """Write what each y axis and the x axis of one schedule show."""
    size, colour = canvas.scale.text, canvas.theme.soft
    for panel, box in zip(view.panels, spot.axes, strict=True):
        position = (spot.outer.left, box.bottom + box.height / 2)
        label = canvas.lettering.fit(panel.label, box.height + 0.2, size)
        canvas.write(
            position, label, size=size, colour=colour, align="left", vertical="center", rotation=90
        )
    last = spot.axes[-1]
    position = (last.left + last.width / 2, last.bottom - 2.25 * canvas.scale.line)
    canvas.write(position, view.x_axis.label, size=size, colour=colour, align="center")


def draw_epoch_axis(canvas: Canvas, axes: Axes | SheetPanel, epochs: EpochAxis, box: Box) -> None:
    """Draw a second x axis above ``axes``, with ticks at round epochs."""
    known = np.flatnonzero(~np.isnan(epochs.starts))
    first, last = (int(known[0]), int(known[-1])) if known.size else (0, epochs.last)
    numbers = linear_ticks(first, max(last, first + 1), _most_x_ticks(canvas, box), whole=True)
    starts = {
        round(number): float(epochs.starts[round(number)])
        for number in numbers
        if number <= epochs.last
    }
    ticks = {number: start for number, start in starts.items() if not math.isnan(start)}
    if not ticks:
        return
    theme, text = canvas.theme, canvas.scale.text
    places, labels = list(ticks.values()), count_labels(list(ticks))
    if isinstance(axes, SheetPanel):
        axes.draw_x_ticks(places, labels, above=True)
    else:
        above = axes.secondary_xaxis("top")
        above.set_xticks(places, labels)
        above.tick_params(
            color=theme.faint, labelcolor=theme.soft, labelsize=text, width=0.8, length=3, pad=1.5
        )
        above.spines["top"].set_visible(False)
        above.patch.set_visible(False)
    position = (box.left - 0.09, box.top + 0.086)
    canvas.write(position, "epoch", size=text, colour=theme.soft, align="right")
