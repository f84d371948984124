"""The differences of two runs, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison.align import Align, end_together, lengths_on_axis
from lrplan.comparison.fields import LoneCurve
from lrplan.comparison.relation import Relation
from lrplan.comparison.run_curves import CurveSummary, RunCurves

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
    """The largest absolute difference; infinite if it is larger than any float64, or if only one
    curve is finite."""
    relative: float
    """The same as a share of the larger peak; infinite if only one curve is finite."""
    worst: int | None
    """The index of the point that has it; None if there is no difference."""
    first: int | None
    """The index of the first point that differs by more than the tolerance; None without one."""
    figures: tuple[CurveSummary, CurveSummary]
    constants: tuple[float, float] | None = None
    """The values of both curves if neither changes; None if one does."""
    changed: tuple[tuple[int, int], ...] | None = None
    """The stretches (first and last step) that differ by the digests of a lock; None: not known."""
    unlike_figures: tuple[str, ...] = ()
    """Key figures of the whole curves that differ, if only some steps could be compared."""
    is_undecided: bool = False
    """True if digests are not the same, which may be rounding, and nothing else differs."""

    @property
    def differs(self) -> bool:
        """True if some point differs by more than the tolerance, or a digest or figure says so."""
        return self.first is not None or bool(self.changed or self.unlike_figures)

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

    a: RunCurves
    b: RunCurves
    align: Align
    tolerance: float
    differences: tuple[Difference, ...]
    only_a: tuple[str, ...] = ()
    """Groups of the first run that are compared with none of the second."""
    only_b: tuple[str, ...] = ()
    same_fields: Mapping[str, int] = field(default_factory=dict)
    """Fields that are one constant in both runs, and the points compared: the fewest of a group."""
    only_fields: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """Fields that the first run alone has, and those of the second."""
    lone_curves: tuple[LoneCurve, ...] = ()
    """Fields of a group that both runs have, without values in one of them: not compared."""

    @property
    def extents(self) -> tuple[float, float]:
        """The lengths of both runs in the unit they are aligned by: steps, epochs, or shares."""
        return lengths_on_axis(self.a, self.b, self.align)

    @property
    def same_length(self) -> bool:
        """True if both runs end at the same point of the axis they are aligned by."""
        return end_together(self.a, self.b, self.align)

    @property
    def differs_in_values(self) -> bool:
        """True if a value differs by more than the tolerance."""
        return any(each.differs for each in self.differences)

    @property
    def differs(self) -> bool:
        """True if anything differs: a value, the length, or what only one of them has.

        A field that a file does not have, such as the momentum in a log of learning rates, is not
        known to differ. Learning rates that only one file has are a difference.
        """
        known = self.a.has_all_fields and self.b.has_all_fields
        lone = {each.field for each in self.lone_curves if each.owner is not None}
        return (
            bool(self.only_a or self.only_b)
            or (known and (any(self.only_fields) or bool(lone)))
            or "lr" in lone
            or not self.same_length
            or self.differs_in_values
        )


def letter_comparisons(comparisons: Sequence[Comparison]) -> list[str]:
    """A letter for the second run of each: B, C, ... as long as the first run is the same."""
    letters: list[str] = []
    count, first_run = 0, None
    for comparison in comparisons:
        # A (index 0) is the first run, so counts begin at 1: A against three runs gives B, C, D.
        count = count + 1 if comparison.a is first_run else 1
        first_run = comparison.a
        letters.append(_LETTERS[count] if count < len(_LETTERS) else f"run {count + 1}")
    return letters
