"""Rows of a log, whatever its format, made into columns: sorted, and each step once."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.logs.log import LogColumn
from lrplan.logs.precision import Precision, precision_of_texts
from lrplan.text import quantity

_ALL_OF, _ONE_OF = 5_000, 50
_LARGEST_STEP = 2**53
"""From here on float64 has no number for every step."""


def _numbers() -> MutableSequence[float]:
    return array("d")


@dataclass(slots=True)
class ColumnRows:
    """The rows of one column as they are met in the file."""

    # An array has 8 bytes a number, where a list of floats takes 32.
    steps: MutableSequence[float] = field(default_factory=_numbers)
    values: MutableSequence[float] = field(default_factory=_numbers)

    def append(self, step: float, value: float) -> None:
        """Add a row."""
        self.steps.append(step)
        self.values.append(value)


def columns_of(
    rows: Mapping[str, ColumnRows], precision: Mapping[str, Precision] | Precision
) -> tuple[tuple[LogColumn, ...], tuple[str, ...]]:
    """Return the columns in the order of the file, and notes on rows that were left out.

    Rows that are not a finite number of a whole step are left out: a log has holes. Where a step is
    there twice, as after a resume that repeats some steps, the later row counts.
    """
    columns, dropped, doubled = [], 0, 0
    for name, column in rows.items():
        steps = np.asarray(column.steps, dtype=np.float64)
        values = np.asarray(column.values, dtype=np.float64)
        good = np.isfinite(steps) & np.isfinite(values) & (steps >= 0)
        good &= (steps == np.floor(steps)) & (steps < _LARGEST_STEP)
        dropped += int(good.size - good.sum())
        last_steps, last_values, again = _last_of_each(steps[good].astype(np.int64), values[good])
        doubled += again
        if last_steps.size:
            exact = precision if isinstance(precision, Precision) else precision[name]
            columns.append(LogColumn(name, last_steps, last_values, exact))
    return tuple(columns), tuple(_notes(dropped, doubled))


class TextSample:
    """Some of the cells of a column, that show its rounding: a column is written one way."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def add(self, texts: Sequence[str]) -> None:
        """Look at the next cells: at all of the first 5,000, and at every 50th after that."""
        self._texts += texts[:: 1 if len(self._texts) < _ALL_OF else _ONE_OF]

    def precision(self) -> Precision:
        """The rounding of the cells that are numbers."""
        return precision_of_texts(each for each in self._texts if number(each) == number(each))


def numbers(texts: Sequence[str]) -> tuple[list[float], Precision]:
    """The cells of a column as numbers (NaN for an empty cell, or for one that is not a number)."""
    values = [number(text) for text in texts]
    # A look at some of the cells is enough: a column is written in one way.
    stride = max(len(texts) // 5000, 1)
    return values, precision_of_texts(
        text for text in texts[::stride] if number(text) == number(text)
    )


def number(text: str) -> float:
    """A cell as a number; NaN if it is not a number."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _last_of_each(steps: IntArray, values: FloatArray) -> tuple[IntArray, FloatArray, int]:
    """The steps in ascending order, each with its last value, and the rows that it contradicts."""
    # Stable: rows of one step keep the order of the file, and the last of them is taken. Lightning
    # writes a row for each batch, so that several of one step agree; after a resume they may not.
    order = np.argsort(steps, kind="stable")
    steps, values = steps[order], values[order]
    same_step = steps[1:] == steps[:-1]
    is_last = np.append(~same_step, True)[: steps.size]
    contradicted = int((same_step & (values[1:] != values[:-1])).sum())
    return steps[is_last], values[is_last], contradicted


def _notes(dropped: int, doubled: int) -> list[str]:
    notes = []
    if dropped:
        notes.append(
            f"{quantity(dropped, 'row')} without a finite number and a whole step left out"
        )
    if doubled:
        rows = quantity(doubled, "row")
        notes.append(f"{rows} left out: the log has another value for that step later")
    return notes
