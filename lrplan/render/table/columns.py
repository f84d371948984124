"""The columns of a table of values: read when they are needed, and looked at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lrplan.features import Change, Summary, changes, extent, summarize, varies
from lrplan.render.table.proportional_groups import ALIKE, Family, families, same_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from lrplan.trace import FloatArray, Trace

    BoolArray = NDArray[np.bool_]

GET_LR = "get_lr()"
UNNAMED = "all"
"""The group of an optimizer whose spec names no groups."""
_HELD = 4
"""Columns held at a time: a trace may compute each of them anew when it is read."""


class ColumnSummary(NamedTuple):
    """What stands out in a column."""

    summary: Summary
    changes: list[Change]
    often: bool
    """The value changes at more steps than can be told one by one."""


@dataclass(frozen=True, slots=True)
class GetLrMismatch:
    """Where ``get_lr()`` differs from what was applied."""

    at: BoolArray
    count: int
    first: int


@dataclass(frozen=True)
class Column:
    """One field of one group over the run."""

    group: str
    field: str
    next: float | None
    sparse: int
    """So many changes of value in a row are told one by one."""
    read: Callable[[], FloatArray]
    applied: Callable[[], FloatArray] | None = None
    """Of a column of ``get_lr()``: what was applied instead."""

    @property
    def header(self) -> str:
        """Group over field; the field alone for the group of an optimizer that names none."""
        return self.field if self.group == UNNAMED else f"{self.group}\n{self.field}"

    @property
    def values(self) -> FloatArray:
        """Its values, shape ``(steps,)``."""
        return self.read()

    @cached_property
    def lies(self) -> GetLrMismatch | None:
        """Where it misleads; None where it never does."""
        if self.applied is None:
            return None
        at = _differ(self.values, self.applied())
        return GetLrMismatch(at, int(at.sum()), int(at.argmax())) if at.any() else None

    @cached_property
    def look(self) -> ColumnSummary:
        """What stands out in it."""
        values = self.values
        often = int(np.count_nonzero(values[1:] != values[:-1])) > self.sparse
        return ColumnSummary(
            summarize(values, self.next), changes(values, sparse=self.sparse), often
        )


class TableModel:
    """The columns of one schedule's table.

    Args:
        trace: the run.
        requested: the fields asked for; whatever else varies over the run follows.
        sparse: so many changes of value in a row are told one by one.
    """

    def __init__(self, trace: Trace, requested: Sequence[str], sparse: int) -> None:
        self.trace = trace
        self.steps = trace.steps
        self._sparse = sparse
        self._values = lru_cache(maxsize=_HELD)(lambda of, group: trace.columns[of][group])
        self.fields: Mapping[str, frozenset[str]] = _shown_fields(trace, requested, self._values)
        self._columns: dict[str, list[Column]] = {}

    @property
    def main(self) -> str:
        """The field that comes first."""
        return next(iter(self.fields), "lr")

    @cached_property
    def every_group(self) -> list[Family]:
        """Each group that shows a field, on its own."""
        shown = frozenset().union(*self.fields.values())
        return [Family(group) for group in self.trace.groups if group in shown]

    @cached_property
    def shapes(self) -> list[Family]:
        """The groups, those gathered whose first fields are multiples of each other."""
        return families([each.group for each in self.every_group], self.fields, self._values)

    @cached_property
    def alike(self) -> list[Family]:
        """The groups, those gathered that are the same in every field."""
        return same_shape(self.shapes, self.trace.groups)

    def columns(self, gathered: Sequence[Family]) -> list[Column]:
        """The columns of the first group of each of ``gathered``, group by group."""
        return [column for family in gathered for column in self._of(family.group)]

    def _of(self, group: str) -> list[Column]:
        if group not in self._columns:
            self._columns[group] = list(self._made(group))
        return self._columns[group]

    def _made(self, group: str) -> Iterator[Column]:
        for name, groups in self.fields.items():
            if group not in groups:
                continue
            read = partial(self._values, name, group)
            following = self.trace.next_values.get(name, {}).get(group)
            yield Column(group, name, following, self._sparse, read)
            if name == "lr" and group in self.trace.get_lr:
                logged = partial(self.trace.get_lr.__getitem__, group)
                yield Column(group, GET_LR, None, self._sparse, logged, applied=read)


def _shown_fields(
    trace: Trace, requested: Sequence[str], read: Callable[[str, str], FloatArray]
) -> dict[str, frozenset[str]]:
    """Per field its groups: those requested, then whatever else varies over the run."""
    shown = {name: frozenset(trace.columns.get(name, ())) for name in requested}
    for name, per_group in trace.columns.items():
        if name not in shown:
            shown[name] = frozenset(group for group in per_group if varies(read(name, group)))
    return {name: groups for name, groups in shown.items() if groups}


@np.errstate(over="ignore", invalid="ignore")
def _differ(logged: FloatArray, applied: FloatArray) -> BoolArray:
    return ~np.isclose(logged, applied, 0, ALIKE * extent(applied).magnitude, equal_nan=True)
