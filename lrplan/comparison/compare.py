"""The differences of two runs, group by group and field by field, and the relation of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison.align import Align, aligned_indices, axis, lengths
from lrplan.comparison.curve_pair import abs_difference, largest_magnitude
from lrplan.comparison.difference import Comparison, Difference
from lrplan.comparison.fields import chosen_fields, constants_of, lone_curves, only_fields
from lrplan.comparison.find_relation import relate, relate_points, relate_sampled
from lrplan.comparison.relation import TOLERANCE, Relation
from lrplan.comparison.run_curves import RunCurve, RunCurves, summary_of
from lrplan.comparison.unseen_steps import (
    RunPair,
    changed_by_digests,
    have_same_steps,
    unlike_figures,
)
from lrplan.trace import DEFAULT_GROUP


def compare(
    a: RunCurves,
    b: RunCurves,
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
        align: the axis by which steps are matched. ``step``: step 100 of both. ``epoch`` and
            ``progress`` (share of the run): at the points of the run that has fewer, where the
            other has the value of its last step that has begun.
        groups: pairs of groups to compare although their names differ.
        fields: fields to compare; none: every field that both have. Those that are one constant
            in both are no ``Difference`` then, but one of ``same_fields``.
        tolerance: values are the same when they differ by at most this share of the larger peak,
            or by as much as the file of a run may be off.

    Raises:
        ValueError: ``align`` is ``epoch`` and a run has no epochs.
        KeyError: a group of ``groups`` that its run does not have, or a field that neither has.
    """
    for run in (a, b):
        if align == "epoch" and run.epochs is None:
            raise ValueError(f"{run.label} has no epochs to align by")
    pairs = _pairs(a, b, groups)
    tolerance = max(tolerance, a.tolerance, b.tolerance)
    chosen, same = chosen_fields(a, b, pairs, fields, tolerance)
    sides = RunPair(a, b, align, tolerance)
    return Comparison(
        a=a,
        b=b,
        align=align,
        tolerance=tolerance,
        differences=tuple(_differences(sides, pairs, chosen)),
        only_a=tuple(group for group in a.groups if group not in {one for one, _ in pairs}),
        only_b=tuple(group for group in b.groups if group not in {other for _, other in pairs}),
        same_fields={field: _fewest_compared(sides, pairs, field) for field in same},
        only_fields=only_fields(a, b, fields),
        lone_curves=tuple(lone_curves(a, b, pairs, (*chosen, *same))),
    )


def _pairs(a: RunCurves, b: RunCurves, mapped: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
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


def _is_alone(a: RunCurves, b: RunCurves) -> bool:
    """Return True if all groups of one run are compared with the only one of the other."""
    if len(a.groups) == len(b.groups) == 1:
        return True
    return (DEFAULT_GROUP,) in (a.groups, b.groups)


def _differences(
    sides: RunPair, pairs: Sequence[tuple[str, str]], fields: Sequence[str]
) -> Iterator[Difference]:
    for field in fields:
        like: Relation | None = None
        for pair in pairs:
            one = sides.a.columns[field].get(pair[0])
            other = sides.b.columns[field].get(pair[1])
            if one is not None and other is not None:
                curves = _with_nulls(one, sides.b), _with_nulls(other, sides.a)
                found = _difference(sides, pair, field, curves, like)
                like = found.relation
                yield found


def _with_nulls(curve: RunCurve, other: RunCurves) -> RunCurve:
    """``curve``; if the other run cannot distinguish NaN and infinity, with NaN for both."""
    if not other.has_nulls or np.isfinite(curve.values).all():
        return curve
    return replace(curve, values=np.where(np.isfinite(curve.values), curve.values, np.nan))


def _fewest_compared(sides: RunPair, pairs: Sequence[tuple[str, str]], field: str) -> int:
    """The number of points compared of the group that has the fewest."""
    ones, others = sides.a.columns[field], sides.b.columns[field]
    known = [(ones[a], others[b]) for a, b in pairs if a in ones and b in others]
    # Curves that are known at every step have `steps` None: one pair of them is enough for all.
    distinct = {(id(one.steps), id(other.steps)): (one, other) for one, other in known}
    return min(_compared(sides, curves)[0].size for curves in distinct.values())


def _compared(sides: RunPair, curves: tuple[RunCurve, RunCurve]) -> tuple[IntArray, IntArray]:
    """The indices of the values of both curves that are compared with each other."""
    one, other = curves
    return aligned_indices(
        (axis(sides.a, one, sides.align), axis(sides.b, other, sides.align)), curves
    )


def _difference(
    sides: RunPair,
    groups: tuple[str, str],
    field: str,
    curves: tuple[RunCurve, RunCurve],
    like: Relation | None,
) -> Difference:
    one, other = curves
    points = axis(sides.a, one, sides.align), axis(sides.b, other, sides.align)
    chosen = in_a, in_b = aligned_indices(points, curves)
    left, right = one.values[in_a], other.values[in_b]
    top = max(largest_magnitude(one.values), largest_magnitude(other.values)) or 1.0
    # As shares of the peak: the difference of 1e308 and -1e308 is larger than any float64.
    distance = abs_difference(left / top, right / top)
    differing = np.flatnonzero(distance > sides.tolerance)
    relative = float(distance.max(initial=0.0))
    # The axis of the run with fewer points: those are the ones that were compared.
    coarse = 0 if one.values.size <= other.values.size else 1
    at = points[coarse][chosen[coarse]]
    with np.errstate(over="ignore", invalid="ignore"):
        gap = right - left
    relation = _relation(sides, curves, chosen, at, top, like)
    changed = changed_by_digests(sides, curves)
    known = bool(differing.size) or changed is not None
    unlike = () if known else unlike_figures(sides, curves, top)
    if changed == () and not differing.size:
        # The digests cover the steps between those that were compared.
        relation = replace(relation, compared=min(relation.steps))
    return Difference(
        groups=groups,
        field=field,
        relation=relation,
        at=at,
        steps=(one.at[in_a], other.at[in_b]),
        gap=np.where(np.isfinite(left) & np.isfinite(right), gap, np.nan),
        largest=relative * top,
        relative=relative,
        worst=int(distance.argmax()) if relative > 0 else None,
        first=int(differing[0]) if differing.size else None,
        figures=(summary_of(one), summary_of(other)),
        constants=constants_of(one, other),
        changed=changed,
        unlike_figures=unlike,
        is_undecided=not (known or unlike) and _has_unequal_digests(sides, curves),
    )


def _has_unequal_digests(sides: RunPair, curves: tuple[RunCurve, RunCurve]) -> bool:
    return have_same_steps(sides, curves) and all(curve.digests is not None for curve in curves)


def _relation(
    sides: RunPair,
    curves: tuple[RunCurve, RunCurve],
    chosen: tuple[IntArray, IntArray],
    at: FloatArray,
    peak: float,
    like: Relation | None,
) -> Relation:
    """The relation of two curves.

    By steps, both whole curves count, not only the steps that both have: a shift shows in values
    that lie side by side with others. On another axis, only what lies side by side is compared.

    Args:
        sides: the runs, and how they are compared.
        curves: one curve of each.
        chosen: the indices of the values that lie side by side.
        at: the points of the axis they lie at.
        peak: the larger peak of both whole curves.
        like: the relation of the groups before, which may be the same.
    """
    one, other = curves
    both = one.values[chosen[0]], other.values[chosen[1]]
    if sides.align != "step":
        return relate_points(*both, at, sides.tolerance, peak=peak)
    if one.steps is None and other.steps is None:
        found = relate(one.values, other.values, sides.tolerance, like=like)
    elif other.steps is None:
        found = relate(one.values, other.values, sides.tolerance, at=one.steps)
    elif one.steps is None:
        found = relate_sampled(one.values, other.values, other.steps, sides.tolerance)
    else:
        found = relate_points(*both, one.at[chosen[0]], sides.tolerance, peak=peak)
    return replace(found, steps=lengths(sides.a, sides.b))
