"""Words around a panel: its title, and the notes below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.render.picture.drawing.finding_badges import disc_inches, named_inside

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.render.picture.drawing.canvas import Canvas
    from lrplan.render.picture.drawing.fonts import Lettering
    from lrplan.render.picture.layout import Scale, Spot
    from lrplan.render.picture.notes import Note, Tone
    from lrplan.render.picture.view_model import ScheduleView

_MOST_LINES = 3
"""Of one note."""


@dataclass(frozen=True, slots=True)
class NoteLine:
    """A line of a note, as wide as the room below its panel."""

    text: str
    tone: Tone
    indent: float
    """Inches from the left."""
    number: int | None
    """On the disc before it: the first line of a note that has one."""


def note_lines(
    cell: ScheduleView, letters: Lettering, scale: Scale, *, left: float, width: float
) -> list[NoteLine]:
    """The notes of ``cell`` in lines; its axes are ``width`` inches wide, ``left`` in all before.

    A finding whose name stands in the panel needs no note.
    """
    inside = named_inside(cell, letters, scale, width)
    return [
        line
        for note in _ordered(cell, findings=not inside)
        for line in _lines(note, letters, scale, left + width)
    ]


def _ordered(cell: ScheduleView, *, findings: bool) -> Iterator[Note]:
    yield from (note for note in cell.notes if note.tone == "alarm")
    yield from (alert.note(cell.across) for alert in cell.alerts if findings)
    yield from (note for note in cell.notes if note.tone != "alarm")


def _lines(note: Note, letters: Lettering, scale: Scale, inches: float) -> Iterator[NoteLine]:
    indent = 0.0 if note.number is None else disc_inches(scale) + 0.06
    texts = letters.wrap(note.text, inches - indent, scale.text, most=_MOST_LINES)
    for index, text in enumerate(texts):
        yield NoteLine(text, note.tone, indent, None if index else note.number)


def write_notes(sheet: Canvas, spot: Spot, lines: Sequence[NoteLine]) -> None:
    """The notes below the lowest axes of ``spot``."""
    theme, scale = sheet.theme, sheet.scale
    disc = disc_inches(scale)
    place = spot.axes[-1].bottom - 2.5 * scale.line
    for line in lines:
        place -= scale.line
        colour = theme.of(line.tone)
        if line.number is not None:
            centre = (spot.outer.left + disc / 2, place + scale.text * 0.36 / 72)
            sheet.badge(centre, str(line.number), size=disc * 72, colour=colour)
        start = (spot.outer.left + line.indent, place)
        sheet.write(start, line.text, size=scale.text, colour=colour)


def write_headings(sheet: Canvas, cell: ScheduleView, spot: Spot) -> None:
    """The title of ``cell``, and what it is below."""
    theme, scale, letters = sheet.theme, sheet.scale, sheet.letters
    left = spot.axes[0].left
    room = spot.outer.right - left
    title = letters.fit(cell.title, room, scale.title, bold=True)
    top = spot.outer.top - scale.title / 72
    sheet.write((left, top), title, size=scale.title, colour=theme.ink, weight="bold")
    subtitle = letters.fit(cell.subtitle, room, scale.text)
    below = (left, top - scale.line * 1.15)
    sheet.write(below, subtitle, size=scale.text, colour=theme.soft)
