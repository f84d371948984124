"""Positions in a text (lines and columns), and the line with carets that shows one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True, order=True)
class TextPosition:
    """A span in a text; lines and columns count from 1, the end is exclusive."""

    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1


START = TextPosition()
"""The position of a problem that concerns the whole text."""


@dataclass(frozen=True, slots=True)
class InputText:
    """A text and its name in messages (a path as the user wrote it, or ``<stdin>``)."""

    name: str
    text: str = field(repr=False)

    def line(self, number: int) -> str:
        """Line ``number`` (from 1) without its end; empty when there is none."""
        lines = _lines(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def snippet(self, place: TextPosition, *, width: int = 100) -> str:
        """The line of ``place`` with carets under it, two lines, or empty.

        Long lines are cut around the place so that the result keeps to ``width`` characters.
        """
        line = self.line(place.line)
        if not line.strip():
            return ""
        # A line of 300 characters with the position at column 201: with width 100 the part
        # begins 33 characters before it (`offset` 167), and the carets start below its 34th. Every
        # character is shown as exactly one, so that carets and text line up.
        start = place.column - 1
        same_line = place.end_line == place.line and place.end_column > place.column
        end = min(place.end_column - 1 if same_line else start + 1, max(len(line), start + 1))
        offset = max(0, min(start - width // 3, len(line) - width))
        part = printable(line[offset : offset + width])
        # `…` shows where the line is cut, also if the position continues after the cut.
        if offset > 0:
            part = f"…{part[1:]}"
        if offset + width < len(line):
            part = f"{part[:-1]}…"
        carets = max(1, min(end, offset + width) - start)
        gutter = f"{place.line:>4} | "
        return f"{gutter}{part}\n{' ' * (len(gutter) - 2)}| {' ' * (start - offset)}{'^' * carets}"


@lru_cache(maxsize=4)
def _lines(text: str) -> tuple[str, ...]:
    """The lines of a text, cached: each of its findings asks for one."""
    return tuple(text.splitlines())


def printable(text: str) -> str:
    """``text`` with control and other unprintable characters replaced by visible ones.

    Every character stays one character wide, so that columns still line up; a tab becomes a space.
    """
    if text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\t\n\r\v\f":
        return " "
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "\N{REPLACEMENT CHARACTER}"
