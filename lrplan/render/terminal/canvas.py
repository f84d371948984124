"""A grid of characters that curves are drawn on, finer than the characters themselves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_NOBODY = -1
_BLANK = " "
_BRAILLE = 0x2800
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], dtype=np.uint8)
"""The bit of each dot in a braille character: 4 rows of 2, the upper left one first."""
_ASCII_BITS = np.array([[1], [2]], dtype=np.uint8)
_ASCII = (_BLANK, "'", ".", ":")
"""The characters of an upper dot, a lower one, and both."""


class DotCanvas:
    """Dots in ``height`` rows of ``width`` characters, each owned by the curve drawn last.

    Args:
        width: characters of a row.
        height: rows.
        ascii: draw in ASCII, two dots a character; else in braille, eight dots a character.
    """

    def __init__(self, width: int, height: int, *, ascii: bool) -> None:  # noqa: A002
        self._bits = _ASCII_BITS if ascii else _BITS
        self._is_ascii = ascii
        self._dots = np.zeros((height, width), dtype=np.uint8)
        self._owners = np.full((height, width), _NOBODY)
        self._letters: dict[tuple[int, int], str] = {}
        self.height = height * self._bits.shape[0]
        """Rows of dots."""
        self.width = width * self._bits.shape[1]
        """Columns of dots."""
        self.dots_across = self._bits.shape[1]
        """Columns of dots in a character."""

    def draw(self, column: int, low: int, high: int, owner: int) -> None:
        """Set the dots of ``column`` from row ``low`` to ``high``, counted from the bottom.

        Args:
            column: of dots, from 0.
            low: the lowest row of dots, from 0.
            high: the highest one.
            owner: the number of the curve, from 0.
        """
        rows, columns = self._bits.shape
        for dot in range(self.height - 1 - high, self.height - low):
            cell = dot // rows, column // columns
            self._dots[cell] |= self._bits[dot % rows, column % columns]
            self._owners[cell] = owner

    def write(self, column: int, row: int, letter: str, owner: int) -> None:
        """Put ``letter`` in place of the dots at a column and a row of dots from the bottom."""
        rows, columns = self._bits.shape
        cell = (self.height - 1 - row) // rows, column // columns
        self._letters[cell] = letter
        self._owners[cell] = owner

    def rows(self) -> Iterator[list[tuple[str, int | None]]]:
        """Yield the rows from the top: texts with the number of their curve, None for blanks."""
        for row in range(self._dots.shape[0]):
            runs: list[tuple[str, int | None]] = []
            for column in range(self._dots.shape[1]):
                character = self._letters.get((row, column)) or self._character(row, column)
                owner = int(self._owners[row, column])
                holder = None if owner == _NOBODY else owner
                if runs and runs[-1][1] == holder:
                    runs[-1] = (runs[-1][0] + character, holder)
                else:
                    runs.append((character, holder))
            yield runs

    def _character(self, row: int, column: int) -> str:
        dots = int(self._dots[row, column])
        if not dots:
            return _BLANK
        return _ASCII[dots] if self._is_ascii else chr(_BRAILLE + dots)
