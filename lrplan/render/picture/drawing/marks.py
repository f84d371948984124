"""Quiet marks: the peak, the end of the warm-up, milestones, and where a run stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from lrplan.features import warmup_end
from lrplan.render.picture.drawing.finding_badges import row_inches
from lrplan.render.picture.numbers import value_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes

    from lrplan.render.picture.drawing.axes import YAxis
    from lrplan.render.picture.drawing.canvas import Canvas
    from lrplan.render.picture.layout import Box
    from lrplan.render.picture.view_model import ScheduleView

_MOST_LINES = 60
"""More marks than this are no marks."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A step worth marking, what to say about it, and how to say it again."""

    step: int
    text: str
    again: str = ""
    """For a step like the one marked before: just the number."""
    dot: float | None = None
    """A value to put a dot on."""


def flags_of(cell: ScheduleView) -> list[Flag]:
    """What is worth marking of a schedule: one flag a step, in the order of their importance."""
    found: dict[int, Flag] = {}
    for flag in [*_resumes(cell), *_own(cell), *_planned(cell)]:
        before = found.get(flag.step)
        both = before and Flag(flag.step, f"{before.text} · {flag.text}", dot=before.dot)
        found[flag.step] = both or flag
    return list(found.values())


def _own(cell: ScheduleView) -> Iterator[Flag]:
    """The highest peak among the curves that move, and the end of the warm-up before it."""
    panel = cell.panels[0]
    moving = [series for series in panel.series if series.sketch.reach.varies]
    tops = [(top, series) for series in moving if (top := series.sketch.peak) is not None]
    if not tops:
        return
    top, series = max(tops, key=lambda pair: pair[0].value)
    whose = f"{series.names[0]} " if len(panel.series) > len(moving) else ""
    yield Flag(top.step, f"{whose}peak {value_label(top.value, 4)}", dot=top.value)
    following = cell.trace.next_values.get(panel.field, {}).get(series.names[0])
    ramp = warmup_end(series.values, following)
    if ramp is not None:
        yield Flag(ramp, f"warm-up ends at {cell.across.label} {cell.across.place(ramp)}")


def _resumes(cell: ScheduleView) -> Iterator[Flag]:
    for mark in cell.trace.marks:
        if mark.kind == "resume" and mark.step < len(cell.across.edges):
            yield Flag(mark.step, f"{mark.label} {cell.across.place(mark.step)}")


def _planned(cell: ScheduleView) -> Iterator[Flag]:
    for mark in cell.trace.marks:
        if mark.kind not in ("finding", "resume") and 0 <= mark.step < len(cell.across.edges):
            place = cell.across.place(mark.step)
            yield Flag(mark.step, f"{mark.label} {place}", place)


def mark(
    sheet: Canvas,
    axes: Sequence[Axes],
    cell: ScheduleView,
    flags: Sequence[Flag],
    *,
    axis: YAxis,
    box: Box,
) -> None:
    """Thin lines through all panels of a schedule, with small words at the top of the first."""
    if len(flags) > _MOST_LINES:
        flags = [flag for flag in flags if flag.dot is not None]
    for flag in flags:
        place = float(cell.across.edges[flag.step])
        for one in axes:
            if flag.step:
                one.axvline(place, color=sheet.theme.faint, linewidth=0.7, alpha=0.6, zorder=1.5)
        if flag.dot is not None and axis.share(flag.dot) > 0:
            _dot(sheet, axes[0], place, flag.dot)
    low, high = axes[0].get_xlim()
    scale = box.width / (high - low)
    wanted = [((float(cell.across.edges[flag.step]) - low) * scale, flag) for flag in flags]
    size = sheet.scale.text * 0.9
    top = box.top - row_inches(cell, sheet.scale)
    for left, text in words(sheet, wanted, box.width, size):
        place_in = (box.left + left, top - size / 72)
        sheet.write(place_in, text, size=size, colour=sheet.theme.soft, backed=True)


def _dot(sheet: Canvas, axes: Axes, x: float, y: float) -> None:
    dot = Line2D(
        [x],
        [y],
        marker="o",
        markersize=4,
        markerfacecolor=sheet.theme.paper,
        markeredgecolor=sheet.theme.ink,
        markeredgewidth=0.9,
        zorder=5,
        clip_on=False,
    )
    axes.add_line(dot)
    dot.set_clip_on(False)


def words(
    sheet: Canvas, wanted: Sequence[tuple[float, Flag]], width: float, size: float
) -> Iterator[tuple[float, str]]:
    """Left edges and texts of the flags that find room, in inches from the left of the axes.

    Text stands to the right of its line, or to the left where the axes end. It may cover another
    flag's line, a bare number may not. What would touch a text already placed is left out: the
    line is enough.
    """
    taken: list[tuple[float, float]] = []
    said: set[str] = set()
    for place, flag in wanted:
        lines = [other for other, _ in wanted if other != place]
        # A number alone says nothing where no text before it has said what it counts.
        text = flag.again if flag.again and _kind(flag) in said else flag.text
        clean = sheet.letters.clean(text)
        wide = sheet.letters.width(clean, size)
        left = place + 0.05 if place + 0.05 + wide <= width else place - 0.05 - wide
        span = (left - 0.03, left + wide + 0.03)
        crossed = text == flag.again and any(span[0] < line < span[1] for line in lines)
        if left >= 0 and not crossed and not any(_touch(span, other) for other in taken):
            taken.append(span)
            said.add(_kind(flag))
            yield left, clean


def _kind(flag: Flag) -> str:
    return flag.text.removesuffix(flag.again)


def _touch(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def stopped(sheet: Canvas, axes: Sequence[Axes], cell: ScheduleView) -> None:
    """Hatching over the part of the run that a failure left out."""
    if cell.trace.failure is None:
        return
    begin, end = float(cell.across.edges[-1]), cell.across.end
    for one in axes:
        one.axvline(begin, color=sheet.theme.alarm, linewidth=1.0, zorder=2)
        if end > begin:
            one.axvspan(
                begin,
                end,
                facecolor="none",
                edgecolor=sheet.theme.grid,
                hatch="////",
                linewidth=0,
                zorder=1,
            )
