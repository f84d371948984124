"""Where a resumed run is given something else than the unbroken one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lrplan.trace import FloatArray

    Columns = Mapping[str, Mapping[str, FloatArray]]

TOLERANCE = 1e-9
"""Differences up to this share of the peak are rounding."""


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """How far apart two columns are; they differ by more than rounding somewhere."""

    field: str
    group: str
    first: int
    """The first step that differs."""
    worst: int
    """The step that differs most."""
    largest: float
    """By how much, without sign; not finite where one of both is no finite number."""
    relative: float
    """The same as a share of the unbroken run's peak."""
    steps: int
    """How many steps differ."""


def differences_between(unbroken: Columns, resumed: Columns) -> tuple[ColumnDifference, ...]:
    """Every field and group that differs, over the steps that both have."""
    return tuple(_gaps(unbroken, resumed))


def equal_to_the_bit(unbroken: Columns, resumed: Columns) -> bool:
    """Whether all columns are of one length and hold the very same numbers."""
    return all(
        np.array_equal(values, resumed[field][group], equal_nan=True)
        for field, columns in unbroken.items()
        for group, values in columns.items()
    )


def _gaps(unbroken: Columns, resumed: Columns) -> Iterator[ColumnDifference]:
    for field, columns in unbroken.items():
        for group, values in columns.items():
            gap = _gap(field, group, values, resumed[field][group])
            if gap is not None:
                yield gap


def _gap(
    field: str, group: str, unbroken: FloatArray, resumed: FloatArray
) -> ColumnDifference | None:
    size = min(unbroken.size, resumed.size)
    one, other = unbroken[:size], resumed[:size]
    peak = _peak(unbroken)
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(one - other)
        same = (one == other) | (np.isnan(one) & np.isnan(other)) | (apart <= TOLERANCE * peak)
    wrong = np.flatnonzero(~same)
    if not wrong.size:
        return None
    # What is no number is as far away as can be.
    measured = np.where(np.isnan(apart), np.inf, apart)[wrong]
    worst = int(measured.argmax())
    largest = float(measured[worst])
    share = largest / peak if peak else float("inf")
    return ColumnDifference(
        field, group, int(wrong[0]), int(wrong[worst]), largest, share, int(wrong.size)
    )


def _peak(values: FloatArray) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0
