"""Flags of findings: numbers above a chart, and lines down to the steps that they are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.text import Text

from lrplan.render.finding_text import STYLES
from lrplan.render.terminal.scale import column_of
from lrplan.render.view.view_model import FindingMarker, XAxis

_MOST_FLAGS = 12
"""Flags of one rule."""


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of a chart.

    Args:
        numbers: by the column of the number: its marker.
        lines: by the column of the step: the marker whose line is there.
    """

    numbers: Mapping[int, FindingMarker]
    lines: Mapping[int, FindingMarker]

    @classmethod
    def of(cls, markers: Sequence[FindingMarker], x_axis: XAxis, width: int) -> Flags:
        """The flags of ``markers``; where two meet, the later number is beside the other."""
        numbers: dict[int, FindingMarker] = {}
        lines: dict[int, FindingMarker] = {}
        for marker in markers:
            for step in marker.steps[:_MOST_FLAGS]:
                column = column_of(float(x_axis.edges[step]), x_axis, width)
                lines.setdefault(column, marker)
                free = (each for each in range(column, width) if each not in numbers)
                if numbers.get(column) is not marker and (place := next(free, None)) is not None:
                    numbers[place] = marker
        return cls(numbers, lines)

    def line(self, width: int) -> Text:
        """The numbers in one line of ``width`` characters; beside a single one, its rule's name."""
        line = Text()
        if len(self.numbers) == 1:
            ((column, marker),) = self.numbers.items()
            style = STYLES[marker.severity]
            if column + 2 + len(marker.name) <= width:
                return line.append(" " * column).append(f"{marker.number} {marker.name}", style)
            if len(marker.name) < column:
                text = f"{marker.name} {marker.number}"
                return line.append(" " * (column + 1 - len(text))).append(text, style)
        for column in range(max(self.numbers, default=-1) + 1):
            mark = self.numbers.get(column)
            line.append(*(" ", "") if mark is None else (str(mark.number), STYLES[mark.severity]))
        return line
