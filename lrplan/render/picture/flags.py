"""Flags in a panel: thin lines with small texts; and hatching after a run that stopped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lrplan.render.picture.axes import YAxis
from lrplan.render.picture.canvas import Canvas
from lrplan.render.picture.finding_badges import row_inches
from lrplan.render.picture.layout import Box
from lrplan.render.picture.sheet import SheetPanel
from lrplan.render.view.view_model import Flag, ScheduleView, XAxis

_MOST_LINES = 60
"""With more flags than this only the peak is marked."""


def draw_flags(
    canvas: Canvas,
    axes: Sequence[Axes | SheetPanel],
    view: ScheduleView,
    *,
    y_axis: YAxis,
    box: Box,
) -> None:
    """Draw thin lines through all panels of a schedule, with small texts at the top of the first.

    Args:
        canvas: what is drawn on.
        axes: of the panels, from top to bottom.
        view: gives the flags and the x axis.
        y_axis: of the first panel.
        box: where the first panel is, in inches.
    """
    flags = view.flags
    if len(flags) > _MOST_LINES:
        flags = tuple(flag for flag in flags if flag.dot is not None)
    for flag in flags:
        x = float(view.x_axis.edges[flag.step])
        for one in axes:
            if flag.step:
                one.axvline(x, color=canvas.theme.faint, linewidth=0.7, alpha=0.6, zorder=1.5)
        if flag.dot is not None and y_axis.share(flag.dot) > 0:
            _dot(canvas, axes[0], x, flag.dot)
    low, high = axes[0].get_xlim()
    scale = box.width / (high - low)
    wanted = [((float(view.x_axis.edges[flag.step]) - low) * scale, flag) for flag in flags]
    size = canvas.scale.text * 0.9
    top = box.top - row_inches(view, canvas.scale)
    for left, text in fitting_texts(canvas, wanted, box.width, size):
        position = (box.left + left, top - size / 72)
        canvas.write(position, text, size=size, colour=canvas.theme.soft, backed=True)


def _dot(canvas: Canvas, axes: Axes | SheetPanel, x: float, y: float) -> None:
    dot = Line2D(
        [x],
        [y],
        marker="o",
        markersize=4,
        markerfacecolor=canvas.theme.paper,
        markeredgecolor=canvas.theme.ink,
        markeredgewidth=0.9,
        zorder=5,
        clip_on=False,
    )
    axes.add_line(dot)
    dot.set_clip_on(False)


def fitting_texts(
    canvas: Canvas, wanted: Sequence[tuple[float, Flag]], width: float, size: float
) -> Iterator[tuple[float, str]]:
    """Left edges and texts of the flags that find room, in inches from the left of the axes.

    Text is to the right of its line, or to the left where the axes end. It may cover another
    flag's line, a bare number may not. What would touch a text already placed is left out: the
    line is enough.
    """
    # Example: milestones 30, 60 and 90 become "milestone 30", "60" and "90". The long text counts
    # as written once it found room; where "milestone 30" did not, "milestone 60" is tried in full.
    taken: list[tuple[float, float]] = []
    written: set[str] = set()
    for x, flag in wanted:
        others = [other for other, _ in wanted if other != x]
        text = flag.short_text if flag.short_text and _kind(flag) in written else flag.text
        clean = canvas.lettering.clean(text)
        text_width = canvas.lettering.width(clean, size)
        left = x + 0.05 if x + 0.05 + text_width <= width else x - 0.05 - text_width
        span = (left - 0.03, left + text_width + 0.03)
        crossed = text == flag.short_text and any(span[0] < line < span[1] for line in others)
        if left >= 0 and not crossed and not any(_touch(span, other) for other in taken):
            taken.append(span)
            written.add(_kind(flag))
            yield left, clean


def _kind(flag: Flag) -> str:
    """The text without its number: flags of one kind need it once."""
    return flag.text.removesuffix(flag.short_text)


def _touch(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def draw_failure(canvas: Canvas, axes: Sequence[Axes | SheetPanel], x_axis: XAxis) -> None:
    """Draw hatching over the part of the run that a failure left out."""
    begin, end = float(x_axis.edges[-1]), x_axis.end
    for one in axes:
        one.axvline(begin, color=canvas.theme.alarm, linewidth=1.0, zorder=2)
        if end > begin:
            one.axvspan(
                begin,
                end,
                facecolor="none",
                edgecolor=canvas.theme.grid,
                hatch="////",
                linewidth=0,
                zorder=1,
            )
