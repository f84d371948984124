"""The fields of two runs: which are compared, and which one of them does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from lrplan.comparison.run_curves import RunCurve, RunCurves
from lrplan.features import extent


def chosen_fields(
    a: RunCurves,
    b: RunCurves,
    pairs: Sequence[tuple[str, str]],
    asked: Sequence[str],
    tolerance: float,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields to compare step by step, and those that are one constant in both runs.

    Args:
        a: the first run.
        b: the second run.
        pairs: the groups that are compared.
        asked: the fields to compare; none: all that both have.
        tolerance: the share of the larger value by which constants may differ.

    Raises:
        KeyError: a field was asked for that neither has.
    """
    for field in asked:
        if field not in a.columns and field not in b.columns:
            known = ", ".join({**a.columns, **b.columns})
            raise KeyError(f"neither has {field!r}; there is {known}")
    both = tuple(field for field in asked or a.columns if field in a.columns and field in b.columns)
    if asked:
        return both, ()
    same = tuple(
        field
        for field in both
        if field != "lr" and _is_constant_in_both(a, b, pairs, field, tolerance)
    )
    return tuple(field for field in both if field not in same), same


class LoneCurve(NamedTuple):
    """A field of a pair of groups that only one of both runs has values of, or neither."""

    groups: tuple[str, str]
    field: str
    owner: Literal["a", "b"] | None
    """The run that has it; None: neither has the learning rate of this group."""


def lone_curves(
    a: RunCurves, b: RunCurves, pairs: Sequence[tuple[str, str]], fields: Sequence[str]
) -> Iterator[LoneCurve]:
    """The curves of ``fields`` and ``pairs`` that cannot be compared, as one is not there."""
    for field in fields:
        for one, other in pairs:
            in_a, in_b = one in a.columns[field], other in b.columns[field]
            if in_a != in_b:
                yield LoneCurve((one, other), field, "a" if in_a else "b")
            elif field == "lr" and not in_a:
                yield LoneCurve((one, other), field, None)


def only_fields(
    a: RunCurves, b: RunCurves, asked: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields that only one of both runs has, of those that are asked for."""

    def of(run: RunCurves, other: RunCurves) -> tuple[str, ...]:
        return tuple(
            field
            for field in run.columns
            if field not in other.columns and (not asked or field in asked)
        )

    return of(a, b), of(b, a)


def _is_constant_in_both(
    a: RunCurves, b: RunCurves, pairs: Sequence[tuple[str, str]], field: str, tolerance: float
) -> bool:
    curves = [(a.columns[field].get(one), b.columns[field].get(other)) for one, other in pairs]
    known = [(one, other) for one, other in curves if one is not None and other is not None]
    constants = [constants_of(one, other) for one, other in known]
    return bool(known) and all(
        both is not None and abs(both[0] - both[1]) <= tolerance * max(map(abs, both))
        for both in constants
    )


def constants_of(one: RunCurve, other: RunCurve) -> tuple[float, float] | None:
    """The values of two curves that never change; None if one changes or is not finite."""
    spans = extent(one.values), extent(other.values)
    if any(span.varies or not (span.has_finite and span.all_finite) for span in spans):
        return None
    return spans[0].high, spans[1].high
