"""Badges of findings: a disc above the curves, and a thin line down to the step it is about."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from lrplan.render.picture.canvas import Canvas
from lrplan.render.picture.fonts import Lettering
from lrplan.render.picture.layout import Box, PanelSizes, spread_positions
from lrplan.render.picture.sheet import SheetPanel
from lrplan.render.view.view_model import FindingMarker, ScheduleView

_DISC = 1.3
"""Diameter of a disc, in heights of the text."""
_NAME_GAP = 0.05
"""Inches between a disc and the name beside it."""
_ONLY_SIGN = "!"


def disc_inches(scale: PanelSizes) -> float:
    """The diameter of a disc, in inches."""
    return scale.text * _DISC / 72


def row_inches(view: ScheduleView, scale: PanelSizes) -> float:
    """The height, in inches, that the discs of ``view`` take at the top of its first panel."""
    return disc_inches(scale) * 1.25 if any(marker.steps for marker in view.markers) else 0.0


def named_inside(view: ScheduleView, lettering: Lettering, scale: PanelSizes, width: float) -> bool:
    """Return True if the only finding's name fits beside its disc in axes ``width`` inches wide."""
    if len(view.markers) != 1 or len(view.markers[0].steps) != 1:
        return False
    name = lettering.width(lettering.clean(view.markers[0].name), scale.text)
    return disc_inches(scale) + _NAME_GAP + name <= width / 2


def draw_badges(
    canvas: Canvas, axes: Sequence[Axes | SheetPanel], view: ScheduleView, box: Box
) -> None:
    """Draw a disc for every step of every finding, side by side where steps are near."""
    disc = disc_inches(canvas.scale)
    marks = sorted(
        ((step, marker) for marker in view.markers for step in marker.steps),
        key=lambda mark: (mark[0], mark[1].number),
    )
    gap = disc * 1.08
    marks = _that_fit(marks, int(box.width / gap))
    low, high = axes[0].get_xlim()
    wanted = [
        (float(view.x_axis.edges[step]) - low) * box.width / (high - low) for step, _ in marks
    ]
    # Example: findings at steps 500 and 501 want the same x: their discs are put side by side, and
    # a slanted line leads from each to its own step.
    centres = spread_positions(wanted, gap, disc / 2, box.width - disc / 2)
    inside = named_inside(view, canvas.lettering, canvas.scale, box.width)
    # A dictionary keeps the last value of a key: the line of a step has its severest colour.
    for step, marker in dict(sorted(marks, key=_most_severe_last)).items():
        _line(canvas, axes, view, step, marker, box)
    for (_, marker), x, centre_x in zip(marks, wanted, centres, strict=True):
        colour = canvas.theme.of(marker.tone)
        centre = (box.left + centre_x, box.top - disc * 0.55)
        canvas.line((box.left + x, box.top - row_inches(view, canvas.scale)), centre, colour)
        sign = _ONLY_SIGN if inside else str(marker.number)
        canvas.badge(centre, sign, size=disc * 72, colour=colour)
    if inside:
        _name(canvas, view.markers[0], box, centres[0])


def _that_fit(marks: list[tuple[int, FindingMarker]], most: int) -> list[tuple[int, FindingMarker]]:
    """``marks``; or the first one of each finding, where there is no room for all of them."""
    if len(marks) <= most:
        return marks
    return [mark for mark in marks if mark[0] == mark[1].steps[0]][:most]


def _most_severe_last(mark: tuple[int, FindingMarker]) -> int:
    return -mark[1].severity.rank


def _line(
    canvas: Canvas,
    axes: Sequence[Axes | SheetPanel],
    view: ScheduleView,
    step: int,
    marker: FindingMarker,
    box: Box,
) -> None:
    for index, one in enumerate(axes):
        one.axvline(
            float(view.x_axis.edges[step]),
            ymax=1.0 if index else 1 - row_inches(view, canvas.scale) / box.height,
            color=canvas.theme.of(marker.tone),
            linewidth=0.8,
            alpha=0.75,
            zorder=1.6,
        )


def _name(canvas: Canvas, marker: FindingMarker, box: Box, centre_x: float) -> None:
    """The rule's name right of its disc, or left of it in the right half of the axes."""
    size, disc = canvas.scale.text, disc_inches(canvas.scale)
    right = centre_x <= box.width / 2
    away = disc / 2 + _NAME_GAP
    canvas.write(
        (
            box.left + centre_x + (away if right else -away),
            box.top - disc * 0.55 - size * 0.36 / 72,
        ),
        canvas.lettering.clean(marker.name),
        size=size,
        colour=canvas.theme.of(marker.tone),
        align="left" if right else "right",
    )
