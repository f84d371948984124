"""Findings in a panel: a disc above the curves, and a thin line down to the step where it bites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.render.picture.layout import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from lrplan.render.picture.drawing.canvas import Canvas
    from lrplan.render.picture.drawing.fonts import Lettering
    from lrplan.render.picture.finding_markers import FindingMarker
    from lrplan.render.picture.layout import Box, Scale
    from lrplan.render.picture.view_model import ScheduleView

_DISC = 1.3
"""Diameter of a disc, in heights of the text."""
_NAME_GAP = 0.05
"""Inches between a disc and the name beside it."""
_ONLY = "!"


def disc_inches(scale: Scale) -> float:
    """Diameter of a disc."""
    return scale.text * _DISC / 72


def row_inches(cell: ScheduleView, scale: Scale) -> float:
    """Room that the discs of ``cell`` take at the top of its first panel."""
    return disc_inches(scale) * 1.25 if any(alert.steps for alert in cell.alerts) else 0.0


def named_inside(cell: ScheduleView, letters: Lettering, scale: Scale, width: float) -> bool:
    """Whether the name of the only finding stands beside its disc, ``width`` being the axes'."""
    if len(cell.alerts) != 1 or len(cell.alerts[0].steps) != 1:
        return False
    name = letters.width(letters.clean(cell.alerts[0].name), scale.text)
    return disc_inches(scale) + _NAME_GAP + name <= width / 2


def draw_badges(sheet: Canvas, axes: Sequence[Axes], cell: ScheduleView, box: Box) -> None:
    """A disc for every step of every finding of ``cell``, side by side where steps are near."""
    disc = disc_inches(sheet.scale)
    marks = sorted(
        ((step, alert) for alert in cell.alerts for step in alert.steps),
        key=lambda mark: (mark[0], mark[1].number),
    )
    gap = disc * 1.08
    marks = _afforded(marks, int(box.width / gap))
    low, high = axes[0].get_xlim()
    wanted = [
        (float(cell.across.edges[step]) - low) * box.width / (high - low) for step, _ in marks
    ]
    places = spread(wanted, gap, disc / 2, box.width - disc / 2)
    inside = named_inside(cell, sheet.letters, sheet.scale, box.width)
    # The gravest colour of a step is the one that its line has.
    for step, alert in dict(sorted(marks, key=_gravest_last)).items():
        _line(sheet, axes, cell, step, alert, box)
    for (_, alert), x, place in zip(marks, wanted, places, strict=True):
        colour = sheet.theme.of(alert.tone)
        centre = (box.left + place, box.top - disc * 0.55)
        sheet.line((box.left + x, box.top - row_inches(cell, sheet.scale)), centre, colour)
        sign = _ONLY if inside else str(alert.number)
        sheet.badge(centre, sign, size=disc * 72, colour=colour)
    if inside:
        _name(sheet, cell.alerts[0], box, places[0])


def _afforded(marks: list[tuple[int, FindingMarker]], most: int) -> list[tuple[int, FindingMarker]]:
    """``marks``; or the first one of each finding, where there is no room for all of them."""
    if len(marks) <= most:
        return marks
    return [mark for mark in marks if mark[0] == mark[1].steps[0]][:most]


def _gravest_last(mark: tuple[int, FindingMarker]) -> int:
    return -mark[1].severity.rank


def _line(
    sheet: Canvas,
    axes: Sequence[Axes],
    cell: ScheduleView,
    step: int,
    alert: FindingMarker,
    box: Box,
) -> None:
    for index, one in enumerate(axes):
        one.axvline(
            float(cell.across.edges[step]),
            ymax=1.0 if index else 1 - row_inches(cell, sheet.scale) / box.height,
            color=sheet.theme.of(alert.tone),
            linewidth=0.8,
            alpha=0.75,
            zorder=1.6,
        )


def _name(sheet: Canvas, alert: FindingMarker, box: Box, place: float) -> None:
    """The rule's name right of its disc, or left of it in the right half of the axes."""
    size, disc = sheet.scale.text, disc_inches(sheet.scale)
    right = place <= box.width / 2
    away = disc / 2 + _NAME_GAP
    sheet.write(
        (box.left + place + (away if right else -away), box.top - disc * 0.55 - size * 0.36 / 72),
        sheet.letters.clean(alert.name),
        size=size,
        colour=sheet.theme.of(alert.tone),
        align="left" if right else "right",
    )
