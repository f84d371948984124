"""The differences of two runs, group by group and field by field, and the relation of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison.align import Align, aligned, axis, end_together, lengths
from lrplan.comparison.curve_pair import abs_difference, finite, largest_magnitude
from lrplan.comparison.find_relation import relate, relate_points
from lrplan.comparison.relation import TOLERANCE, Relation
from lrplan.comparison.run import Curve, CurveSummary, Run, summary_of
from lrplan.features import varies
from lrplan.trace import DEFAULT_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.arrays import FloatArray, IntArray

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One field of one group in two runs."""

    groups: tuple[str, str]
    field: str
    relation: Relation
    at: FloatArray
    """The points compared, on the axis of ``align``: steps, epochs or shares of the run."""
    steps: tuple[IntArray, IntArray]
    """The steps of both runs that were compared, as many as there are points."""
    gap: FloatArray
    """The second curve minus the first one at each point; NaN where either is not finite."""
    largest: float
    """The largest absolute difference; infinite where one curve alone is not finite."""
    relative: float
    """The same as a share of the larger peak."""
    worst: int | None
    """The index of the point that has it; None where there is no difference."""
    first: int | None
    """The index of the first point that differs by more than the tolerance; None without one."""
    figures: tuple[CurveSummary, CurveSummary]

    @property
    def differs(self) -> bool:
        """True if some point differs by more than the tolerance."""
        return self.first is not None

    @property
    def area_ratio(self) -> float | None:
        """The sum of the second curve over its run divided by that of the first, or None."""
        one, other = (
            None if each.mean is None else each.mean * total
            for each, total in zip(self.figures, self.relation.steps, strict=True)
        )
        return None if not one or other is None else other / one


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two runs side by side: the difference of every field and group that is compared."""

    a: Run
    b: Run
    align: Align
    tolerance: float
    differences: tuple[Difference, ...]
    only_a: tuple[str, ...] = ()
    """Groups of the first run that are compared with none of the second."""
    only_b: tuple[str, ...] = ()

    @property
    def same_length(self) -> bool:
        """True if both runs end at the same point of the axis they are aligned by."""
        return end_together(self.a, self.b, self.align)

    @property
    def differs(self) -> bool:
        """True if anything differs: a value, the length, or a group that only one has."""
        return (
            bool(self.only_a or self.only_b)
            or not self.same_length
            or any(each.differs for each in self.differences)
        )


def compare(
    a: Run,
    b: Run,
    *,
    align: Align = "step",
    groups: Sequence[tuple[str, str]] = (),
    fields: Sequence[str] = (),
    tolerance: float = TOLERANCE,
) -> Comparison:
    """Compare every group of ``a`` with the one of the same name in ``b``.

    A run whose optimizer names no groups is compared with every group of the other.

    Args:
        a: the run to compare with.
        b: the run that is compared.
        align: the axis on which they lie side by side. ``step``: step 100 of both. ``epoch`` and
            ``progress`` (share of the run): at the points of the run that has fewer, where the
            other has the value of its last step that has begun.
        groups: pairs of groups to compare although their names differ.
        fields: fields to compare; none: ``lr``, and what else moves in both.
        tolerance: values are the same when they differ by at most this share of the larger peak.

    Raises:
        ValueError: ``align`` is ``epoch`` and a run has no epochs.
        KeyError: a group of ``groups`` that its run does not have, or a field that neither has.
    """
    for run in (a, b):
        if align == "epoch" and run.epochs is None:
            raise ValueError(f"{run.label} has no epochs to align by")
    pairs = _pairs(a, b, groups)
    chosen = tuple(fields) or _fields(a, b)
    return Comparison(
        a=a,
        b=b,
        align=align,
        tolerance=tolerance,
        differences=tuple(_differences(a, b, pairs, chosen, align, tolerance)),
        only_a=tuple(group for group in a.groups if group not in {one for one, _ in pairs}),
        only_b=tuple(group for group in b.groups if group not in {other for _, other in pairs}),
    )


def lettered(comparisons: Sequence[Comparison]) -> list[str]:
    """A letter for the second run of each: B, C, ... as long as the first run is the same."""
    letters: list[str] = []
    count, first_run = 0, None
    for comparison in comparisons:
        # A (index 0) is the first run, so counts begin at 1: A against three runs gives B, C, D.
        count = count + 1 if comparison.a is first_run else 1
        first_run = comparison.a
        letters.append(_LETTERS[count] if count < len(_LETTERS) else f"run {count + 1}")
    return letters


def _pairs(a: Run, b: Run, mapped: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    for run, names in ((a, [one for one, _ in mapped]), (b, [other for _, other in mapped])):
        for name in names:
            if name not in run.groups:
                raise KeyError(f"{run.label} has no group `{name}`; it has {', '.join(run.groups)}")
    # Pairs that were asked for come first; groups of the same name are paired after them.
    taken = {one for one, _ in mapped}, {other for _, other in mapped}
    free = [group for group in a.groups if group not in taken[0]]
    open_ = [group for group in b.groups if group not in taken[1]]
    named = [(group, group) for group in free if group in open_]
    if not mapped and not named and _is_alone(a, b):
        named = [(one, other) for one in a.groups for other in b.groups]
    return [*mapped, *named]


def _is_alone(a: Run, b: Run) -> bool:
    """Return True if all groups of one run are compared with the only one of the other."""
    if len(a.groups) == len(b.groups) == 1:
        return True
    return (DEFAULT_GROUP,) in (a.groups, b.groups)


def _fields(a: Run, b: Run) -> tuple[str, ...]:
    # A dict keeps the order of the fields, where a set would not.
    moving = dict.fromkeys(
        field
        for run in (a, b)
        for field, curves in run.columns.items()
        if field != "lr" and any(varies(curve.values) for curve in curves.values())
    )
    return ("lr", *(field for field in moving if field in a.columns and field in b.columns))


def _differences(
    a: Run,
    b: Run,
    pairs: Sequence[tuple[str, str]],
    fields: Sequence[str],
    align: Align,
    tolerance: float,
) -> Iterator[Difference]:
    for field in fields:
        if field not in a.columns and field not in b.columns:
            raise KeyError(
                f"neither has {field!r}; there is {', '.join({**a.columns, **b.columns})}"
            )
        for pair in pairs:
            one, other = (
                a.columns.get(field, {}).get(pair[0]),
                b.columns.get(field, {}).get(pair[1]),
            )
            if one is not None and other is not None:
                yield _difference(a, b, pair, field, (one, other), align, tolerance)


def _difference(
    a: Run,
    b: Run,
    groups: tuple[str, str],
    field: str,
    curves: tuple[Curve, Curve],
    align: Align,
    tolerance: float,
) -> Difference:
    one, other = curves
    points = axis(a, one, align), axis(b, other, align)
    in_a, in_b = aligned(points, curves)
    left, right = finite(one.values[in_a]), finite(other.values[in_b])
    distance = abs_difference(left, right)
    top = max(largest_magnitude(finite(one.values)), largest_magnitude(finite(other.values)))
    differing = np.flatnonzero(distance > tolerance * top)
    largest = float(distance.max(initial=0.0))
    # The axis of the run with fewer points: those are the ones that were compared.
    coarse = 0 if one.values.size <= other.values.size else 1
    with np.errstate(over="ignore"):
        gap = right - left
    return Difference(
        groups=groups,
        field=field,
        relation=replace(_relation(curves, (in_a, in_b), align, tolerance), steps=lengths(a, b)),
        at=points[coarse][(in_a, in_b)[coarse]],
        steps=(one.at[in_a], other.at[in_b]),
        gap=gap,
        largest=largest,
        relative=largest / top if top else 0.0,
        worst=int(distance.argmax()) if largest > 0 else None,
        first=int(differing[0]) if differing.size else None,
        figures=(summary_of(one), summary_of(other)),
    )


def _relation(
    curves: tuple[Curve, Curve], chosen: tuple[IntArray, IntArray], align: Align, tolerance: float
) -> Relation:
    """The relation of two curves, by all that is known of them.

    By steps, both whole curves count, not only the steps that both have: a shift shows in values
    that lie side by side with others.
    """
    one, other = curves
    if align != "step":
        # On another axis than steps the chosen values stand for steps 0, 1, 2, ... where every step
        # of both runs is known: then a shift or a stretch can be seen on that axis as well.
        both = one.values[chosen[0]], other.values[chosen[1]]
        if one.steps is None and other.steps is None:
            return relate(*both, tolerance)
        return relate_points(one.at[chosen[0]], *both, tolerance)
    if other.steps is None:
        return relate(one.values, other.values, tolerance, at=one.steps)
    # `relate` wants the second curve at every step. If only the first one is known so (a run
    # against its lock), they are exchanged: "A is B times 2" is turned into "B is A times 0.5".
    if one.steps is None:
        return relate(other.values, one.values, tolerance, at=other.steps).inverse()
    both = one.values[chosen[0]], other.values[chosen[1]]
    return relate_points(one.at[chosen[0]], *both, tolerance)
