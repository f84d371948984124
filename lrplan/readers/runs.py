"""Columns of numbers turned into the runs that ``compare`` works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison import RunCurve, RunCurves, epoch_fact
from lrplan.limits import STEPS
from lrplan.readers.text import refusal
from lrplan.text_position import printable


@dataclass(frozen=True, slots=True, eq=False)
class CurveTable:
    """A schedule of a file: the steps of each group, and ``columns[field][group]``."""

    name: str
    steps: Mapping[str, IntArray]
    columns: Mapping[str, Mapping[str, FloatArray]]
    epochs: IntArray | None
    """The epoch of each step of the first group."""
    total: int | None = None
    """Steps of the run, where the file says so."""
    steps_per_epoch: int | None = None


def run_from(path: str | Path, table: CurveTable) -> RunCurves:
    """The curves of ``table``; where its steps leave some out, known at those steps only.

    Raises:
        LrplanError: the steps of a group do not begin at 0, or do not ascend; or there are more
            than a run may have.
    """
    for group, steps in table.steps.items():
        if steps[0] != 0 or (np.diff(steps) <= 0).any():
            message = f"the steps of {table.name}, group {group}, must begin at 0 and ascend"
            raise refusal(path, message)
    # `--every 100` leaves out up to 99 steps at the end: the run may be longer than its last row.
    # Rows 0, 100, ..., 900 of 1000 steps: 901 are certain, and `hidden` is 99.
    last = max(int(steps[-1]) for steps in table.steps.values())
    total = max(table.total or 0, last + 1)
    if total > STEPS.value:
        message = (
            f"{table.name} has {total:,} steps, more than the {STEPS.value:,} that are allowed"
        )
        raise refusal(path, f"{message}; {STEPS.hint}")
    first = next(iter(table.steps.values()))
    per_epoch = table.steps_per_epoch or _steps_per_epoch(table.epochs, first)
    return RunCurves(
        label=printable(f"{Path(path).name}:{table.name}"),
        name=table.name,
        groups=tuple(table.steps),
        columns={
            field: {group: _curve(each, table.steps[group], total) for group, each in of.items()}
            for field, of in table.columns.items()
        },
        steps=total,
        epochs=None if per_epoch is None else np.arange(total) / per_epoch,
        steps_per_epoch=per_epoch,
        hidden=0 if table.total else max(int(np.diff(first).max(initial=1)) - 1, 0),
        facts=epoch_fact(per_epoch),
    )


def _curve(values: FloatArray, steps: IntArray, total: int) -> RunCurve:
    return RunCurve(values, total, steps=None if steps.size == total else steps)


def _steps_per_epoch(epochs: IntArray | None, steps: IntArray) -> int | None:
    """The steps of an epoch, if all epochs have the same; else None.

    Steps 0, 100, 200, 300 of epochs 0, 1, 2, 3: the first steps of epochs 1, 2 and 3 are their
    numbers times 100, so an epoch has 100 steps.
    """
    if epochs is None:
        return None
    # The steps at which the number of the epoch grows.
    begins = steps[np.flatnonzero(np.diff(epochs) > 0) + 1]
    if not begins.size:
        return int(steps[-1]) + 1 if int(epochs[-1]) == 0 else None
    numbers = epochs[np.flatnonzero(np.diff(epochs) > 0) + 1]
    length = int(begins[0]) // max(int(numbers[0]), 1)
    return length if length and (begins == numbers * length).all() else None
