"""Families of groups whose curves are proportional, so that they can share a column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.features import extent

Read = Callable[[str, str], FloatArray]
Fields = Mapping[str, Collection[str]]

TOLERANCE = 1e-9
"""Curves that differ by less than this share of their peak count as the same."""
_SAMPLES = 32
"""Steps at which curves are compared first: most of another shape differ there already."""


@dataclass(frozen=True, slots=True)
class ProportionalGroups:
    """Groups whose curves have one shape: the first, and the others with their factors.

    ``Family("head", (("body", 0.1), ("stem", 0.01)))``: the lr of ``body`` is a tenth of that of
    ``head`` at every step.
    """

    group: str
    others: tuple[tuple[str, float], ...] = ()


def families(groups: Sequence[str], fields: Fields, read: Read) -> list[ProportionalGroups]:
    """``groups`` by shape: equal in every field, except for a factor of the first field.

    Example: lrs ``[1, 2]``, ``[10, 20]`` and ``[1, 3]`` have the samples ``[0.5, 1]``, ``[0.5, 1]``
    and ``[0.33, 1]``. Only the first two are compared at all steps; if those agree, the second is
    in the family of the first, with a factor of 10.

    Args:
        groups: in the order of the table.
        fields: per field the groups that show it.
        read: the values of a field of a group.
    """
    alike: dict[tuple[str, ...], list[str]] = {}
    for group in groups:
        if own_fields := tuple(field for field in fields if group in fields[field]):
            alike.setdefault(own_fields, []).append(group)
    main = next(iter(fields), None)
    by_group = {
        family.group: family
        for own_fields, members in alike.items()
        for family in _Shapes(members, own_fields, main, read).families()
    }
    return [by_group[group] for group in groups if group in by_group]


def same_shape(
    families: Sequence[ProportionalGroups], groups: Sequence[str]
) -> list[ProportionalGroups]:
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
    return [
        ProportionalGroups(group, tuple(members[group])) for group in groups if group in members
    ]


class _Shapes:
    """Groups that have the same fields, with samples of their curves."""

    def __init__(
        self, groups: Sequence[str], fields: Sequence[str], main: str | None, read: Read
    ) -> None:
        self._groups, self._fields, self._main, self._read = groups, fields, main, read
        samples = [self._sample(group) for group in groups]
        self._peaks = [peak for peak, _, _ in samples]
        self._points = np.array([points for _, points, _ in samples])
        self._slack = np.array([slack for _, _, slack in samples])

    def families(self) -> Iterator[ProportionalGroups]:
        """Yield the families; the first group that is in none yet begins the next."""
        left = np.arange(len(self._groups))
        while left.size:
            first, left = int(left[0]), left[1:]
            # One comparison of arrays for all groups at once: a thousand groups of a thousand
            # shapes would take half a million comparisons of pairs.
            apart = np.abs(self._points[left] - self._points[first])
            near = left[(apart <= self._slack[left]).all(axis=1)]
            members = {int(index) for index in near if self._same_shape(first, int(index))}
            others = ((self._groups[each], self._factor(first, each)) for each in sorted(members))
            yield ProportionalGroups(self._groups[first], tuple(others))
            left = np.array([each for each in left.tolist() if each not in members], int)

    def _sample(self, group: str) -> tuple[float, FloatArray, FloatArray]:
        """The peak of the first field, some values of all fields, and how far each may differ.

        Values of the first field are divided by the peak, so that they depend on the shape alone.
        """
        peak, points, slack = 0.0, [np.zeros(0)], [np.zeros(0)]
        for field in self._fields:
            values = self._read(field, group)
            size = extent(values).magnitude
            some = values[:: max(1, values.size // _SAMPLES)]
            if field == self._main:
                peak = size
                some = some / (size or 1.0)
                size = 1.0
            points.append(_comparable(some))
            slack.append(np.full(some.size, 2 * TOLERANCE * size))
        return peak, np.concatenate(points), np.concatenate(slack)

    def _factor(self, first: int, other: int) -> float:
        peaks = self._peaks[first], self._peaks[other]
        return peaks[1] / peaks[0] if all(peaks) else 1.0

    def _same_shape(self, first: int, other: int) -> bool:
        one, two = self._groups[first], self._groups[other]
        factor = self._factor(first, other)
        return all(
            _close(
                self._read(name, one), self._read(name, two), factor if name == self._main else 1.0
            )
            for name in self._fields
        )


def _comparable(points: FloatArray) -> FloatArray:
    """``points`` with huge numbers for NaN and infinities, which can be compared like others."""
    return np.nan_to_num(points, nan=7e300, posinf=8e300, neginf=-8e300)


@np.errstate(over="ignore", invalid="ignore")
def _close(one: FloatArray, other: FloatArray, factor: float) -> bool:
    if one is other:
        return True
    slack = TOLERANCE * extent(other).magnitude
    return bool(np.isclose(other, one * factor, 0, slack, equal_nan=True).all())
