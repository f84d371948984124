"""How much two runs differ, group by group and field by field, and what relates them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison.align import Align, aligned, axis, end_together, lengths
from lrplan.comparison.curve_pair import abs_difference, finite, largest_magnitude
from lrplan.comparison.find_relation import relate, relate_points
from lrplan.comparison.relation import TOLERANCE, Relation
from lrplan.comparison.run import Curve, CurveSummary, Run, figures_of
from lrplan.comparison.sentences import sentences
from lrplan.features import varies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_UNNAMED = "all"
"""The group of an optimizer whose spec names no groups."""
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One field of one group in two runs."""

    groups: tuple[str, str]
    field: str
    relation: Relation
    at: FloatArray
    """The places compared: steps, epochs or shares of the run, as the runs were aligned."""
    steps: tuple[IntArray, IntArray]
    """The steps of both runs that were compared, as many as there are places."""
    gap: FloatArray
    """The second curve minus the first one at each place; NaN where either is no number."""
    largest: float
    """The largest absolute difference; infinite where one curve alone is no number."""
    relative: float
    """The same as a share of the larger peak."""
    worst: int | None
    """Which place has it; None where there is no difference."""
    first: int | None
    """The first place that differs by more than the tolerance."""
    figures: tuple[CurveSummary, CurveSummary]

    @property
    def differs(self) -> bool:
        """Whether some place differs by more than the tolerance."""
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
    """What two runs have in common, and what not."""

    a: Run
    b: Run
    align: Align
    tolerance: float
    differences: tuple[Difference, ...]
    only_a: tuple[str, ...] = ()
    """Groups that nothing of the second run is compared with."""
    only_b: tuple[str, ...] = ()

    @property
    def same_length(self) -> bool:
        """Whether both runs end at the same place, as they are aligned."""
        return end_together(self.a, self.b, self.align)

    @property
    def differs(self) -> bool:
        """Whether anything differs: a value, the length, or a group that only one has."""
        return (
            bool(self.only_a or self.only_b)
            or not self.same_length
            or any(each.differs for each in self.differences)
        )

    def sentence(self, a: str = "A", b: str = "B") -> str:
        """What relates the runs, in words: of all groups at once where they are alike."""
        return ". ".join(sentences(self, a, b)) + "."


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
        align: by what they are laid side by side. ``step``: step 100 of both. ``epoch`` and
            ``progress`` (share of the run): at the places of the run that has fewer, where the
            other holds the value of its last step that has begun.
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
    """What to call the second run of each: B, C, ... as long as the first run is the same."""
    letters: list[str] = []
    count, before = 0, None
    for comparison in comparisons:
        count = count + 1 if comparison.a is before else 1
        before = comparison.a
        letters.append(_LETTERS[count] if count < len(_LETTERS) else f"run {count + 1}")
    return letters


def _pairs(a: Run, b: Run, mapped: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    for run, names in ((a, [one for one, _ in mapped]), (b, [other for _, other in mapped])):
        for name in names:
            if name not in run.groups:
                raise KeyError(f"{run.label} has no group `{name}`; it has {', '.join(run.groups)}")
    taken = {one for one, _ in mapped}, {other for _, other in mapped}
    free = [group for group in a.groups if group not in taken[0]]
    open_ = [group for group in b.groups if group not in taken[1]]
    named = [(group, group) for group in free if group in open_]
    if not mapped and not named and _is_alone(a, b):
        named = [(one, other) for one in a.groups for other in b.groups]
    return [*mapped, *named]


def _is_alone(a: Run, b: Run) -> bool:
    """Whether all groups of one run are to be compared with the only one of the other."""
    if len(a.groups) == len(b.groups) == 1:
        return True
    return (_UNNAMED,) in (a.groups, b.groups)


def _fields(a: Run, b: Run) -> tuple[str, ...]:
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
    places = axis(a, one, align), axis(b, other, align)
    mine, theirs = aligned(places, curves)
    left, right = finite(one.values[mine]), finite(other.values[theirs])
    gaps = abs_difference(left, right)
    top = max(largest_magnitude(finite(one.values)), largest_magnitude(finite(other.values)))
    wrong = np.flatnonzero(gaps > tolerance * top)
    largest = float(gaps.max(initial=0.0))
    coarse = 0 if one.values.size <= other.values.size else 1
    with np.errstate(over="ignore"):
        gap = right - left
    return Difference(
        groups=groups,
        field=field,
        relation=replace(_relation(curves, (mine, theirs), align, tolerance), steps=lengths(a, b)),
        at=places[coarse][(mine, theirs)[coarse]],
        steps=(one.at[mine], other.at[theirs]),
        gap=gap,
        largest=largest,
        relative=largest / top if top else 0.0,
        worst=int(gaps.argmax()) if largest > 0 else None,
        first=int(wrong[0]) if wrong.size else None,
        figures=(figures_of(one), figures_of(other)),
    )


def _relation(
    curves: tuple[Curve, Curve], chosen: tuple[IntArray, IntArray], align: Align, tolerance: float
) -> Relation:
    one, other = curves
    if align != "step":
        both = one.values[chosen[0]], other.values[chosen[1]]
        if one.steps is None and other.steps is None:
            return relate(*both, tolerance)
        return relate_points(one.at[chosen[0]], *both, tolerance)
    if other.steps is None:
        found = relate(one.values, other.values, tolerance, at=one.steps)
    elif one.steps is None:
        found = relate(other.values, one.values, tolerance, at=other.steps).inverse()
    else:
        both = one.values[chosen[0]], other.values[chosen[1]]
        found = relate_points(one.at[chosen[0]], *both, tolerance)
    return found
