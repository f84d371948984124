"""Matches a log with a plan: the parameter group of each column, the update of each row."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from lrplan.arrays import IntArray
from lrplan.auditing.logged_points import LoggedPoints
from lrplan.errors import LrplanError
from lrplan.logs.log import Log, LogColumn
from lrplan.text import join_words
from lrplan.trace import Trace

_NUMBERED = re.compile(r"(?:pg|group|param_group|lr\[?)[ _/-]?(\d+)\]?$", re.IGNORECASE)
_MOST_EPOCHS = 10**11
"""Epoch numbers above this are counted as this one."""


def groups_of_columns(log: Log, groups: Sequence[str]) -> Mapping[str, str]:
    """The group of each column, by name; empty for a single column that may be of any group.

    A column's name ends in the group's name (``lr-head``) or its number (``lr/pg1``). Otherwise as
    many columns as groups are paired in order.

    Raises:
        LrplanError: the names do not show the groups, and there are not as many columns as groups.
    """
    names = [column.name for column in log.columns]
    ends = {name: [group for group in groups if _ends_in(name, group)] for name in names}
    if all(len(found) == 1 for found in ends.values()):
        return {name: found[0] for name, found in ends.items()}
    numbers = [_NUMBERED.search(name) for name in names]
    if all(numbers):
        indices = [int(number[1]) for number in numbers if number]
        if len(set(indices)) == len(indices) and max(indices) < len(groups):
            return {name: groups[index] for name, index in zip(names, indices, strict=True)}
    if len(names) == len(groups):
        return dict(zip(names, groups, strict=True))
    if len(names) == 1:
        return {}
    listed, known = join_words(names[:8]), join_words(list(groups[:8]))
    raise LrplanError(
        f"{log.path} has the columns {listed}, and the plan the groups {known}; --map lr=COLUMN"
        " names the columns to compare"
    )


def points_of(log: Log, columns: Sequence[LogColumn], trace: Trace) -> LoggedPoints:
    """The rows of some columns by update of the plan.

    Raises:
        LrplanError: the log counts epochs, and the plan has none; or no row is left.
    """
    updates = {column.name: _updates(log, column, trace) for column in columns}
    # Columns need not have the same rows: one may be logged every 10 updates and another every 100.
    # The rows of all are put together, ascending, and a cell that a column does not have stays NaN.
    every = np.unique(np.concatenate(list(updates.values())))
    every = every[every >= 0]
    if not every.size:
        raise LrplanError(f"{log.path}: no row belongs to an update of the plan")
    values = np.full((every.size, len(columns)), np.nan)
    tolerance = np.zeros_like(values)
    for index, column in enumerate(columns):
        own = updates[column.name]
        kept = own >= 0
        rows = np.searchsorted(every, own[kept])
        values[rows, index] = column.values[kept]
        tolerance[rows, index] = column.precision.tolerance(column.values[kept])
    return LoggedPoints(every, values, tolerance, _has_every_epoch(log, columns))


def _has_every_epoch(log: Log, columns: Sequence[LogColumn]) -> bool:
    """Return True for a log of epochs that leaves none out between its first and its last one."""
    epochs = np.unique(np.concatenate([column.steps for column in columns]))
    return log.convention.unit == "epoch" and int(epochs[-1] - epochs[0]) + 1 == epochs.size


def _updates(log: Log, column: LogColumn, trace: Trace) -> IntArray:
    """The update of each row, from 0; -1 for one before the first."""
    steps = np.maximum(column.steps + log.convention.offset, -1)
    if log.convention.unit == "update":
        return steps
    if trace.epochs is None:
        raise LrplanError(f"{log.path} counts epochs, and the plan has none")
    # A number of epochs that no run has must not overflow when it is multiplied.
    steps = np.minimum(steps, _MOST_EPOCHS)
    # The last update of an epoch: where the next one begins, less one.
    ends = np.searchsorted(trace.epochs, steps, side="right") - 1
    if trace.steps_per_epoch:
        ends = (steps + 1) * trace.steps_per_epoch - 1
    return np.where(steps >= 0, ends, -1)


def _ends_in(name: str, group: str) -> bool:
    return name == group or bool(re.search(rf"[^A-Za-z0-9]{re.escape(group)}$", name))
