"""Families of groups whose curves are proportional, so that they can share a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lrplan.features import extent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from lrplan.arrays import FloatArray

    Read = Callable[[str, str], FloatArray]
    Fields = Mapping[str, Collection[str]]

TOLERANCE = 1e-9
"""Curves that differ by less than this share of their peak count as the same."""
_SAMPLES = 32
"""Steps at which curves are compared first: most of another shape differ there already."""


@dataclass(frozen=True, slots=True)
class Family:
    """Groups whose curves have one shape: the first, and the others with their factors.

    ``Family("head", (("body", 0.1), ("stem", 0.01)))``: the lr of ``body`` is a tenth of that of
    ``head`` at every step.
    """

    group: str
    others: tuple[tuple[str, float], ...] = ()


class _Samples(NamedTuple):
    """Some values of a group, scaled by the peak: the same for all curves of one shape."""

    peak: float
    """The largest magnitude of its first field."""
    points: FloatArray
    """Its first field at some steps as a share of the peak, then the others as they are."""
    slack: FloatArray
    """By how much each of the points may differ."""


def families(groups: Sequence[str], fields: Fields, read: Read) -> list[Family]:
    """``groups`` by shape: alike in every field, but for a factor of the first.

    Each group is compared with the first one of every family so far at a few steps, and with the
    one it resembles at all, so that a thousand groups are no more than a few reads each. A new
    family begins where no comparison holds. Example: lrs ``[1, 2]``, ``[10, 20]`` and ``[1, 3]``
    have the samples ``[0.5, 1]``, ``[0.5, 1]`` and ``[0.33, 1]``: the second joins the first, with
    a factor of 10, once all its steps agree.

    Args:
        groups: in the order of the table.
        fields: per field the groups that show it.
        read: the values of a field of a group.
    """
    search = _FamilySearch(fields, read)
    for group in groups:
        if any(group in having for having in fields.values()):
            search.add(group)
    return search.families()


def same_shape(families: Sequence[Family], groups: Sequence[str]) -> list[Family]:
    """The families cut into those whose curves are the same, in the order of ``groups``."""
    members: dict[str, list[tuple[str, float]]] = {}
    for family in families:
        firsts: list[tuple[str, float]] = []
        # Example: head with body x0.1 and stem x0.1 is one family of proportional curves; of equal
        # ones there are two, head alone, and body with stem at a factor of 1.
        for name, factor in ((family.group, 1.0), *family.others):
            same = [first for first, other in firsts if abs(factor - other) <= TOLERANCE * other]
            if same:
                members[same[0]].append((name, 1.0))
            else:
                firsts.append((name, factor))
                members[name] = []
    return [Family(group, tuple(members[group])) for group in groups if group in members]


class _FamilySearch:
    """Adds one group after the other to the family whose shape it has, or to a new one."""

    def __init__(self, fields: Fields, read: Read) -> None:
        self._fields = {field: frozenset(groups) for field, groups in fields.items()}
        self._read = read
        self._members: dict[str, list[tuple[str, float]]] = {}
        self._firsts: dict[tuple[str, ...], _Firsts] = {}

    def add(self, group: str) -> None:
        having = tuple(field for field in self._fields if group in self._fields[field])
        samples = self._sample(group, having)
        firsts = self._firsts.setdefault(having, _Firsts())
        for first, peak in firsts.like(samples):
            factor = samples.peak / peak if peak and samples.peak else 1.0
            if self._same(first, group, having, factor):
                self._members[first].append((group, factor))
                return
        self._members[group] = []
        firsts.append(group, samples)

    def families(self) -> list[Family]:
        return [Family(group, tuple(others)) for group, others in self._members.items()]

    def _main(self, having: Sequence[str]) -> str | None:
        main = next(iter(self._fields), None)
        return main if main in having else None

    def _sample(self, group: str, having: Sequence[str]) -> _Samples:
        peak, points, slack = 0.0, [np.zeros(0)], [np.zeros(0)]
        for field in having:
            values = self._read(field, group)
            size = extent(values).magnitude
            some = values[:: max(1, values.size // _SAMPLES)]
            if field == self._main(having):
                peak = size
                some = some / (size or 1.0)
                size = 1.0
            points.append(_comparable(some))
            slack.append(np.full(some.size, 2 * TOLERANCE * size))
        return _Samples(peak, np.concatenate(points), np.concatenate(slack))

    def _same(self, one: str, other: str, having: Sequence[str], factor: float) -> bool:
        return all(
            _close(
                self._read(field, one),
                self._read(field, other),
                factor if field == self._main(having) else 1.0,
            )
            for field in having
        )


class _Firsts:
    """The first groups of families that show the same fields, with a row of points each."""

    def __init__(self) -> None:
        self._groups: list[tuple[str, float]] = []
        self._rows = np.zeros((0, 0))

    def append(self, group: str, samples: _Samples) -> None:
        count = len(self._groups)
        # Room for 8 families, then 16, 32, ...: rows are copied a few times in all, not once a
        # family.
        if count == len(self._rows):
            rows = np.zeros((max(8, 2 * count), samples.points.size))
            rows[:count] = self._rows[:count] if count else 0
            self._rows = rows
        self._rows[count] = samples.points
        self._groups.append((group, samples.peak))

    def like(self, samples: _Samples) -> list[tuple[str, float]]:
        """Those that may have the shape of ``samples``, with their peaks."""
        # One comparison of arrays for all families at once: a thousand groups of a thousand shapes
        # would take a million comparisons one by one.
        rows = self._rows[: len(self._groups)]
        if not len(rows):
            return []
        near = (np.abs(rows - samples.points) <= samples.slack).all(axis=1)
        return [self._groups[index] for index in np.flatnonzero(near).tolist()]


def _comparable(points: FloatArray) -> FloatArray:
    """``points`` with huge numbers for NaN and infinities, which can be compared like others."""
    return np.nan_to_num(points, nan=7e300, posinf=8e300, neginf=-8e300)


@np.errstate(over="ignore", invalid="ignore")
def _close(one: FloatArray, other: FloatArray, factor: float) -> bool:
    if one is other:
        return True
    slack = TOLERANCE * extent(other).magnitude
    return bool(np.isclose(other, one * factor, 0, slack, equal_nan=True).all())
