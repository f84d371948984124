"""The columns of a schedule's table: values read when they are needed, features found once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import numpy as np

from lrplan.arrays import BoolArray, FloatArray
from lrplan.features import Change, Summary, changes, extent, summarize, varies
from lrplan.render.table.proportional_groups import (
    TOLERANCE,
    ProportionalGroups,
    families,
    same_shape,
)
from lrplan.text import group_name
from lrplan.trace import DEFAULT_GROUP, Trace

GET_LR = "get_lr()"
_CACHED_COLUMNS = 4
"""Columns kept in memory: a trace may compute each of them again when it is read."""


class ColumnFeatures(NamedTuple):
    """The summary and the changes of a column."""

    summary: Summary
    changes: list[Change]
    changes_often: bool
    """The value changes at more steps than can be named one by one."""


@dataclass(frozen=True, slots=True)
class GetLrMismatch:
    """The steps where ``get_lr()`` differs from what was applied."""

    mask: BoolArray
    """Shape ``(steps,)``."""
    count: int
    first_step: int


@dataclass(frozen=True)
class Column:
    """A column: one field of one group over the run."""

    group: str
    field: str
    next: float | None
    most_listed_changes: int
    """The most changes of value in a row that are listed one by one."""
    read: Callable[[], FloatArray]
    read_applied: Callable[[], FloatArray] | None = None
    """For a column of ``get_lr()``: reads the applied values."""

    @property
    def header(self) -> str:
        """Group over field; the field alone for the group of an optimizer that names none."""
        if self.group == DEFAULT_GROUP:
            return self.field
        return f"{group_name(self.group)}\n{self.field}"

    @property
    def values(self) -> FloatArray:
        """The values, shape ``(steps,)``."""
        return self.read()

    @cached_property
    def mismatch(self) -> GetLrMismatch | None:
        """The steps where ``get_lr()`` is not the applied value; None if there are none."""
        if self.read_applied is None:
            return None
        mask = _differ(self.values, self.read_applied())
        return GetLrMismatch(mask, int(mask.sum()), int(mask.argmax())) if mask.any() else None

    @cached_property
    def features(self) -> ColumnFeatures:
        """The features that the table names: peak, warm-up, changes."""
        values = self.values
        changes_often = int(np.count_nonzero(values[1:] != values[:-1])) > self.most_listed_changes
        return ColumnFeatures(
            summarize(values, self.next),
            changes(values, sparse=self.most_listed_changes),
            changes_often,
        )


class TableModel:
    """The columns of one schedule's table.

    Args:
        trace: the run.
        requested: the fields to show; other fields that vary over the run are added.
        sparse: the most changes of value in a row that are listed one by one.
    """

    def __init__(self, trace: Trace, requested: Sequence[str], sparse: int) -> None:
        self.trace = trace
        self.steps = trace.steps
        self._sparse = sparse
        # A trace may compute a column at every reading, and a table reads each several times in a
        # row (fields, features, cells); a few at a time are kept, never all of a thousand groups.
        read = lru_cache(maxsize=_CACHED_COLUMNS)
        self._values = read(lambda field, group: trace.columns[field][group])
        self.fields: Mapping[str, frozenset[str]] = _shown_fields(trace, requested, self._values)
        self._columns: dict[str, list[Column]] = {}

    @property
    def main(self) -> str:
        """The field that comes first."""
        return next(iter(self.fields), "lr")

    @cached_property
    def every_group(self) -> list[ProportionalGroups]:
        """Every group that has one of the fields, each as a family of its own."""
        with_field = frozenset().union(*self.fields.values())
        return [ProportionalGroups(group) for group in self.trace.groups if group in with_field]

    @cached_property
    def proportional_groups(self) -> list[ProportionalGroups]:
        """Families of groups whose first fields are multiples of each other."""
        return families([each.group for each in self.every_group], self.fields, self._values)

    @cached_property
    def equal_groups(self) -> list[ProportionalGroups]:
        """Families of groups that are equal in every field."""
        return same_shape(self.proportional_groups, self.trace.groups)

    def columns(self, families: Sequence[ProportionalGroups]) -> list[Column]:
        """The columns of the first group of each of ``families``, group by group."""
        return [column for family in families for column in self._columns_of(family.group)]

    def _columns_of(self, group: str) -> list[Column]:
        if group not in self._columns:
            self._columns[group] = list(self._make_columns(group))
        return self._columns[group]

    def _make_columns(self, group: str) -> Iterator[Column]:
        for name, groups in self.fields.items():
            if group not in groups:
                continue
            read = partial(self._values, name, group)
            following = self.trace.next_values.get(name, {}).get(group)
            yield Column(group, name, following, self._sparse, read)
            if name == "lr" and group in self.trace.get_lr:
                logged = partial(self.trace.get_lr.__getitem__, group)
                yield Column(group, GET_LR, None, self._sparse, logged, read_applied=read)


def _shown_fields(
    trace: Trace, requested: Sequence[str], read: Callable[[str, str], FloatArray]
) -> dict[str, frozenset[str]]:
    """The groups by field: the fields requested, then other fields that vary over the run."""
    fields = {name: frozenset(trace.columns.get(name, ())) for name in requested}
    for name, per_group in trace.columns.items():
        if name not in fields:
            fields[name] = frozenset(group for group in per_group if varies(read(name, group)))
    return {name: groups for name, groups in fields.items() if groups}


@np.errstate(over="ignore", invalid="ignore")
def _differ(logged: FloatArray, applied: FloatArray) -> BoolArray:
    return ~np.isclose(logged, applied, 0, TOLERANCE * extent(applied).magnitude, equal_nan=True)
