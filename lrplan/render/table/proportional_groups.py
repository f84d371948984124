"""Which groups have curves of one shape, and can share a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lrplan.features import extent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from lrplan.trace import FloatArray

    Read = Callable[[str, str], FloatArray]
    Fields = Mapping[str, Collection[str]]

ALIKE = 1e-9
"""Curves that differ by less than this share of their peak are the same to a reader."""
_LOOKS = 32
"""Steps by which most groups of another shape are told apart, without a look at all."""


@dataclass(frozen=True, slots=True)
class Family:
    """Groups whose curves have one shape: the first, and the others with their factors."""

    group: str
    others: tuple[tuple[str, float], ...] = ()


class _Sketch(NamedTuple):
    """A group in a few numbers: curves of one shape have the same ones."""

    peak: float
    """The largest magnitude of its first field."""
    points: FloatArray
    """Its first field at some steps as a share of the peak, then the others as they are."""
    slack: FloatArray
    """By how much each of the points may differ."""


def families(groups: Sequence[str], fields: Fields, read: Read) -> list[Family]:
    """``groups`` by shape: alike in every field, but for a factor of the first.

    Each group is compared with the first one of every family so far by a few steps, and with the
    one it resembles by all, so that a thousand groups are no more than a few reads each.

    Args:
        groups: in the order of the table.
        fields: per field the groups that show it.
        read: the values of a field of a group.
    """
    known = _Families(fields, read)
    for group in groups:
        if any(group in having for having in fields.values()):
            known.add(group)
    return known.gathered()


def same_shape(gathered: Sequence[Family], groups: Sequence[str]) -> list[Family]:
    """The families cut into those whose curves are the same, in the order of ``groups``."""
    found: dict[str, list[tuple[str, float]]] = {}
    for family in gathered:
        firsts: list[tuple[str, float]] = []
        for name, factor in ((family.group, 1.0), *family.others):
            same = [first for first, other in firsts if abs(factor - other) <= ALIKE * other]
            if same:
                found[same[0]].append((name, 1.0))
            else:
                firsts.append((name, factor))
                found[name] = []
    return [Family(group, tuple(found[group])) for group in groups if group in found]


class _Families:
    def __init__(self, fields: Fields, read: Read) -> None:
        self._fields = {field: frozenset(groups) for field, groups in fields.items()}
        self._read = read
        self._members: dict[str, list[tuple[str, float]]] = {}
        self._firsts: dict[tuple[str, ...], _Firsts] = {}

    def add(self, group: str) -> None:
        having = tuple(field for field in self._fields if group in self._fields[field])
        sketch = self._sketch(group, having)
        firsts = self._firsts.setdefault(having, _Firsts())
        for first, peak in firsts.like(sketch):
            factor = sketch.peak / peak if peak and sketch.peak else 1.0
            if self._same(first, group, having, factor):
                self._members[first].append((group, factor))
                return
        self._members[group] = []
        firsts.append(group, sketch)

    def gathered(self) -> list[Family]:
        return [Family(group, tuple(others)) for group, others in self._members.items()]

    def _main(self, having: Sequence[str]) -> str | None:
        main = next(iter(self._fields), None)
        return main if main in having else None

    def _sketch(self, group: str, having: Sequence[str]) -> _Sketch:
        peak, points, slack = 0.0, [np.zeros(0)], [np.zeros(0)]
        for field in having:
            values = self._read(field, group)
            size = extent(values).magnitude
            looks = values[:: max(1, values.size // _LOOKS)]
            if field == self._main(having):
                peak = size
                looks = looks / (size or 1.0)
                size = 1.0
            points.append(_numbers(looks))
            slack.append(np.full(looks.size, 2 * ALIKE * size))
        return _Sketch(peak, np.concatenate(points), np.concatenate(slack))

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

    def append(self, group: str, sketch: _Sketch) -> None:
        count = len(self._groups)
        if count == len(self._rows):
            rows = np.zeros((max(8, 2 * count), sketch.points.size))
            rows[:count] = self._rows[:count] if count else 0
            self._rows = rows
        self._rows[count] = sketch.points
        self._groups.append((group, sketch.peak))

    def like(self, sketch: _Sketch) -> list[tuple[str, float]]:
        """Those that may have the shape of ``sketch``, with their peaks."""
        rows = self._rows[: len(self._groups)]
        if not len(rows):
            return []
        near = (np.abs(rows - sketch.points) <= sketch.slack).all(axis=1)
        return [self._groups[index] for index in np.flatnonzero(near).tolist()]


def _numbers(looks: FloatArray) -> FloatArray:
    """What is no number in place of itself, so that it can be compared."""
    return np.nan_to_num(looks, nan=7e300, posinf=8e300, neginf=-8e300)


@np.errstate(over="ignore", invalid="ignore")
def _close(one: FloatArray, other: FloatArray, factor: float) -> bool:
    if one is other:
        return True
    slack = ALIKE * extent(other).magnitude
    return bool(np.isclose(other, one * factor, 0, slack, equal_nan=True).all())
