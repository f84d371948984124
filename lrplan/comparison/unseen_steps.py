"""Differences at steps that were not compared, found by digests and summary figures."""

from __future__ import annotations

from typing import NamedTuple

from lrplan.comparison.align import Align
from lrplan.comparison.run_curves import RunCurve, RunCurves, summary_of

_FIGURES = ("peak", "last", "mean")


class RunPair(NamedTuple):
    """Two runs, and how they are compared."""

    a: RunCurves
    b: RunCurves
    align: Align
    tolerance: float


def changed_by_digests(
    sides: RunPair, curves: tuple[RunCurve, RunCurve]
) -> tuple[tuple[int, int], ...] | None:
    """The stretches that differ by the digests of a run; None if these cannot say so.

    Digests are made for their own tolerance. If the user asks for a larger one, only equal digests
    prove something.
    """
    if not have_same_steps(sides, curves):
        return None
    one, other = curves
    run = sides.a if one.digests is not None else sides.b
    changed = None
    if one.digests is not None and other.digests is not None:
        changed = one.digests.changed_from(other.digests, one.total)
    elif one.digests is not None and other.steps is None:
        changed = one.digests.changed_steps(other.values)
    elif other.digests is not None and one.steps is None:
        changed = other.digests.changed_steps(one.values)
    if changed and sides.tolerance > run.tolerance:
        return None
    return None if changed is None else tuple(changed)


def unlike_figures(
    sides: RunPair, curves: tuple[RunCurve, RunCurve], top: float
) -> tuple[str, ...]:
    """The key figures of whole curves that differ by more than the tolerance allows.

    Two locks of one run may agree at every step that both have; if the peak of one is higher, they
    differ between these steps.

    Args:
        sides: the runs.
        curves: one curve of each.
        top: the larger peak of the values that are known.
    """
    sampled = [curve for curve in curves if curve.steps is not None]
    if not (sampled and have_same_steps(sides, curves) and all(each.figures for each in sampled)):
        return ()
    figures = [summary_of(curve) for curve in curves]
    pairs = {name: [each.number(name) for each in figures] for name in _FIGURES}
    known = {name: pair for name, pair in pairs.items() if None not in pair}
    largest = max([top, *(abs(value or 0.0) for value in known.get("peak", ()))])
    return tuple(
        name
        for name, (one, other) in known.items()
        if abs((one or 0.0) - (other or 0.0)) > sides.tolerance * largest
    )


def have_same_steps(sides: RunPair, curves: tuple[RunCurve, RunCurve]) -> bool:
    """Return True if both curves are as long, and compared step by step."""
    return sides.align == "step" and curves[0].total == curves[1].total
