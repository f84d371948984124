"""The differences between a resumed run and the unbroken one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import FloatArray

Columns = Mapping[str, Mapping[str, FloatArray]]

TOLERANCE = 1e-9
"""Differences up to this share of the peak are rounding."""


@dataclass(frozen=True, slots=True)
class ColumnDifference:
    """The difference of two columns that differ by more than rounding at some step."""

    field: str
    group: str
    first: int
    """The first step that differs."""
    worst: int
    """The step that differs most."""
    largest: float
    """The largest absolute difference; not finite where one of both values is not."""
    relative: float
    """The same as a share of the unbroken run's peak."""
    steps: int
    """The number of steps that differ."""


def differences_between(unbroken: Columns, resumed: Columns) -> tuple[ColumnDifference, ...]:
    """Every field and group that differs, over the steps that both have."""
    return tuple(_differences(unbroken, resumed))


def equal_to_the_bit(unbroken: Columns, resumed: Columns) -> bool:
    """Return True if all columns have one length and the very same numbers."""
    return all(
        np.array_equal(values, resumed[field][group], equal_nan=True)
        for field, columns in unbroken.items()
        for group, values in columns.items()
    )


def _differences(unbroken: Columns, resumed: Columns) -> Iterator[ColumnDifference]:
    for field, columns in unbroken.items():
        for group, values in columns.items():
            difference = _difference(field, group, values, resumed[field][group])
            if difference is not None:
                yield difference


def _difference(
    field: str, group: str, unbroken: FloatArray, resumed: FloatArray
) -> ColumnDifference | None:
    size = min(unbroken.size, resumed.size)
    one, other = unbroken[:size], resumed[:size]
    peak = _peak(unbroken)
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(one - other)
        # Equal infinities have a difference of NaN, and so have two NaN: both count as the same.
        same = (one == other) | (np.isnan(one) & np.isnan(other)) | (distance <= TOLERANCE * peak)
    steps = np.flatnonzero(~same)
    if not steps.size:
        return None
    # NaN counts as infinitely far away.
    measured = np.where(np.isnan(distance), np.inf, distance)[steps]
    worst = int(measured.argmax())
    largest = float(measured[worst])
    share = largest / peak if peak else float("inf")
    return ColumnDifference(
        field, group, int(steps[0]), int(steps[worst]), largest, share, int(steps.size)
    )


def _peak(values: FloatArray) -> float:
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size else 0.0
