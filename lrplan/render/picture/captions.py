"""The texts around a panel: its title, its subtitle, and the notes below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lrplan.render.picture.canvas import Canvas
from lrplan.render.picture.finding_badges import disc_inches, named_inside
from lrplan.render.picture.fonts import Lettering
from lrplan.render.picture.layout import PanelSizes, ScheduleBoxes
from lrplan.render.picture.matplotlib_settings import Caption
from lrplan.render.view.finding_markers import marker_note
from lrplan.render.view.view_model import Note, ScheduleView, Tone
from lrplan.text import join_first
from lrplan.text_position import printable

_MOST_LINES = 3
"""The most lines of one note."""
_MOST_TITLES = 6
_MOST_DESCRIBED = 20
"""The most views that the description of a picture mentions."""
_SAMPLE = 0.22
"""Inches of the piece of a dashed curve before its note."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of a note, as wide as the room below its panel."""

    text: str
    tone: Tone
    indent: float
    """Inches from the left."""
    number: int | None
    """On the disc before it: the first line of a note that has one."""
    dashed: bool = False
    """A piece of a dashed curve is drawn before it."""


def caption_of(views: Sequence[ScheduleView]) -> Caption:
    """The title and the description of a picture of ``views``, in the words of the picture."""
    titles = join_first([view.title for view in views], _MOST_TITLES)
    described = (printable(_description(view)) for view in views[:_MOST_DESCRIBED])
    return Caption(printable(titles), "\n".join(described))


def _description(view: ScheduleView) -> str:
    shown = ", ".join(dict.fromkeys(panel.label for panel in view.panels))
    groups = [name for series in view.panels[0].series for name in series.names]
    texts = [f"{view.title}: {shown}", view.subtitle]
    texts += [f"curves: {join_first(groups, _MOST_TITLES)}"] if len(groups) > 1 else []
    texts += [flag.text for flag in view.flags[:_MOST_TITLES]]
    texts += [marker_note(marker, view.x_axis).text for marker in view.markers]
    return "; ".join([*texts, *(note.text for note in view.notes)])


def note_lines(
    view: ScheduleView, lettering: Lettering, scale: PanelSizes, *, left: float, width: float
) -> list[NoteLine]:
    """The notes of ``view`` in lines; its axes are ``width`` inches wide, ``left`` in all before.

    A finding whose name is in the panel needs no note.
    """
    inside = named_inside(view, lettering, scale, width)
    return [
        line
        for note in _ordered(view, findings=not inside)
        for line in _lines(note, lettering, scale, left + width)
    ]


def _ordered(view: ScheduleView, *, findings: bool) -> Iterator[Note]:
    yield from (note for note in view.notes if note.tone == "alarm")
    yield from (marker_note(marker, view.x_axis) for marker in view.markers if findings)
    yield from (note for note in view.notes if note.tone != "alarm")


def _lines(
    note: Note, lettering: Lettering, scale: PanelSizes, inches: float
) -> Iterator[NoteLine]:
    indent = 0.0 if note.number is None else disc_inches(scale) + 0.06
    if note.dashed:
        indent = _SAMPLE + 0.06
    texts = lettering.wrap(note.text, inches - indent, scale.text, most=_MOST_LINES)
    for index, text in enumerate(texts):
        first = index == 0
        number = note.number if first else None
        yield NoteLine(text, note.tone, indent, number, dashed=note.dashed and first)


def write_notes(canvas: Canvas, spot: ScheduleBoxes, lines: Sequence[NoteLine]) -> None:
    """Write the notes below the lowest axes of ``spot``."""
    theme, scale = canvas.theme, canvas.scale
    disc = disc_inches(scale)
    baseline = spot.axes[-1].bottom - 2.5 * scale.line
    for line in lines:
        baseline -= scale.line
        colour = theme.of(line.tone)
        if line.number is not None:
            centre = (spot.outer.left + disc / 2, baseline + scale.text * 0.36 / 72)
            canvas.badge(centre, str(line.number), size=disc * 72, colour=colour)
        if line.dashed:
            height = baseline + scale.text * 0.36 / 72
            left = spot.outer.left
            canvas.line((left, height), (left + _SAMPLE, height), colour, dashed=True)
        start = (spot.outer.left + line.indent, baseline)
        canvas.write(start, line.text, size=scale.text, colour=colour)


def write_headings(canvas: Canvas, view: ScheduleView, spot: ScheduleBoxes) -> None:
    """Write the title of ``view``, and its subtitle below."""
    theme, scale, lettering = canvas.theme, canvas.scale, canvas.lettering
    left = spot.axes[0].left
    room = spot.outer.right - left
    title = lettering.fit(view.title, room, scale.title, bold=True)
    top = spot.outer.top - scale.title / 72
    canvas.write((left, top), title, size=scale.title, colour=theme.ink, weight="bold")
    subtitle = lettering.fit(view.subtitle, room, scale.text)
    below = (left, top - scale.line * 1.15)
    canvas.write(below, subtitle, size=scale.text, colour=theme.soft)
