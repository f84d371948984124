"""Finds the lines of a notebook's file, which is JSON, at which its code is."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_SCALAR = re.compile(r"[^,\]}\s]+")
_LINE_END = re.compile(r"\r\n|\r|\n")

Strings = list[tuple[str, int]]
"""The strings of the source of a cell, each with its offset in the file."""


def code_cells(text: str) -> list[Strings]:
    """The source of each code cell of a notebook.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deep.
        TypeError: it is not a notebook.
    """
    document = _Scanner(text).value(_past_space(text, 0))[0]
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list) or not all(isinstance(each, dict) for each in cells):
        raise TypeError("it has no cells")
    return [_strings(each.get("source")) for each in cells if _is_code(each)]


def code_lines(text: str, cell: Strings) -> Iterator[tuple[str, int]]:
    """Yield each line of the code of a cell, and the line of the file where it begins."""
    ends = [match.end() for match in _LINE_END.finditer(text)]
    starts, length = [], 0
    for part, _ in cell:
        starts.append(length)
        length += len(part)
    code, at = "".join(part for part, _ in cell), 0
    for line in code.splitlines(keepends=True):
        holder = bisect_right(starts, at) - 1
        yield line.splitlines()[0], bisect_right(ends, cell[holder][1]) + 1
        at += len(line)


def _is_code(cell: dict[str, object]) -> bool:
    kind = cell.get("cell_type")
    return isinstance(kind, tuple) and kind[0] == "code"


def _strings(source: object) -> Strings:
    if isinstance(source, tuple):
        return [source]
    items = source if isinstance(source, list) else []
    return [each for each in items if isinstance(each, tuple)]


def _past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


class _Scanner:
    """Reads JSON; a string is a tuple of its value and its offset, other scalars are None."""

    def __init__(self, text: str) -> None:
        json.loads(text)  # is it sound? From here on nothing has to be checked.
        self._text = text

    def value(self, at: int) -> tuple[object, int]:
        """The value at an offset, and the offset behind it."""
        first = self._text[at]
        if first == '"':
            found, end = _DECODER.raw_decode(self._text, at)
            return (found, at), end
        if first == "{":
            return self._entries(at + 1)
        if first == "[":
            return self._items(at + 1)
        match = _SCALAR.match(self._text, at)
        return None, at + 1 if match is None else match.end()

    def _entries(self, at: int) -> tuple[dict[str, object], int]:
        result: dict[str, object] = {}
        at = _past_space(self._text, at)
        while self._text[at] != "}":
            key, at = _DECODER.raw_decode(self._text, at)
            at = _past_space(self._text, _past_space(self._text, at) + 1)
            result[key], at = self.value(at)
            at = self._next(at)
        return result, at + 1

    def _items(self, at: int) -> tuple[list[object], int]:
        result: list[object] = []
        at = _past_space(self._text, at)
        while self._text[at] != "]":
            item, at = self.value(at)
            result.append(item)
            at = self._next(at)
        return result, at + 1

    def _next(self, at: int) -> int:
        """The offset of the next element, or of the bracket that ends them."""
        at = _past_space(self._text, at)
        return _past_space(self._text, at + 1) if self._text[at] == "," else at
