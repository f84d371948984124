"""Finds the relation between two curves: the simplest one that explains every step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison.curve_pair import Pair, abs_difference, count_changes, pair_of, varies
from lrplan.comparison.full_match import (
    ENOUGH,
    OF_RAMPS,
    SIMPLE,
    equal,
    first_match,
    held,
    scaled,
    shared,
    shifted,
    stretched,
    stretched_and_scaled,
)
from lrplan.comparison.relation import TOLERANCE, Relation
from lrplan.features import warmup_end

if TYPE_CHECKING:
    from lrplan.comparison.curve_pair import FloatArray, IntArray

_STRETCH_OF_NOTE = 0.05
"""A constant that two curves share is worth a mention from this part of the run on."""
_ROUNDING = 1e-14


# Values near the end of float64's range differ by more than it holds: then by infinity.
@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def relate(
    a: FloatArray, b: FloatArray, tolerance: float = TOLERANCE, *, at: IntArray | None = None
) -> Relation:
    """What relates curve ``b`` to curve ``a``.

    The first of these that holds at every step that both have: equal, scaled, shifted,
    stretched, held, shifted and scaled, stretched and scaled, related after warm-ups that are not
    the same, equal but for a part. A curve that is
    constant where they overlap is never called shifted or stretched.

    Args:
        a: values, shape ``(steps,)``; NaN and infinities count as "no number".
        b: values, shape ``(steps,)``, of any length.
        tolerance: values are the same when they differ by less than this share of the peak.
        at: the steps of the values of ``a``, ascending; None: every step from 0.
    """
    pair = pair_of(a, b, at, tolerance)
    steps = (int(pair.at[-1]) + 1 if pair.at.size else 0, pair.b.size)
    return replace(first_match(pair, _FINDERS), steps=steps)


def relate_points(
    at: IntArray, a: FloatArray, b: FloatArray, tolerance: float = TOLERANCE
) -> Relation:
    """As :func:`relate` where both curves are known at the steps ``at`` only.

    Without the values between, nothing can be told of shifts and stretches.
    """
    pair = pair_of(a, b, None, tolerance)
    found = first_match(pair, (equal, scaled, _partly))
    length = int(at[-1]) + 1 if at.size else 0
    # Of places among those known, steps: they part after the last one that is shared.
    until = int(at[found.until - 1]) + 1 if found.until else found.until
    again = None if found.again is None else int(at[found.again])
    return replace(found, until=until, again=again, steps=(length, length))


def _partly(pair: Pair) -> Relation | None:
    one, other = shared(pair)
    gaps = abs_difference(one, other)
    wrong = np.flatnonzero(gaps > pair.slack)
    if not wrong.size or wrong.size == one.size:
        return None
    first, last = int(wrong[0]), int(wrong[-1])
    begins = _is_of_note(one[:first], pair, first)
    ends = _is_of_note(one[last + 1 :], pair, one.size - last - 1)
    if not (begins or ends):
        return None
    # What happens between two steps that are known is not: they part after the last one shared.
    until = int(pair.at[first - 1]) + 1 if begins else 0
    again = int(pair.at[last + 1]) if ends else None
    noise = np.flatnonzero(gaps[:first] > _ROUNDING)
    origin = int(pair.at[max(noise[0] - 1, 0)]) if noise.size else max(until - 1, 0)
    return Relation("partly", until=until, again=again, inside=_inside(pair, until, again, origin))


def _is_of_note(part: FloatArray, pair: Pair, count: int) -> bool:
    """Whether it means something that both curves have ``part``, of ``count`` known steps."""
    if count < 2 or (pair.whole and count < 2 * min(pair.unit, pair.b.size // 2)):
        return False
    return count >= _STRETCH_OF_NOTE * pair.a.size or count_changes(part, pair.slack) > 1


def _inside(pair: Pair, until: int, again: int | None, origin: int) -> Relation | None:
    """What relates the part where the curves differ.

    A smooth curve leaves its old course by less than the tolerance at first: ``origin`` is where
    it does.
    """
    part = pair.between(until, again)
    if part.at.size < ENOUGH or not part.b.size:
        return None
    found = first_match(part, (scaled, shifted, held))
    if found.kind != "unrelated":
        return found
    for start in dict.fromkeys((max(until - 1, 0), origin)):
        found = stretched(pair.between(start, again)) or found
    return None if found.kind == "unrelated" else found


def _after_warmups(pair: Pair) -> Relation | None:
    """What relates the curves once each has come to the end of its warm-up."""
    if not pair.whole:
        return None
    ends = warmup_end(pair.a) or 0, warmup_end(pair.b) or 0
    rest = _laid_out(pair.a[ends[0] :], pair.b[ends[1] :], pair.slack)
    if not any(ends) or min(rest.a.size, rest.b.size) < ENOUGH:
        return None
    after = first_match(rest, (equal, scaled, stretched, stretched_and_scaled))
    warm = _laid_out(pair.a[: ends[0] + 1], pair.b[: ends[1] + 1], pair.slack)
    before = first_match(warm, OF_RAMPS) if all(ends) else Relation("unrelated")
    if after.kind == "unrelated" or (ends[0] == ends[1] and before.kind == "equal"):
        return None
    if not varies(shared(rest)[0], pair.slack):
        return None
    return Relation(
        "warm-up",
        shift=ends[1] - ends[0],
        until=ends[1],
        inside=after,
        before=None if before.kind == "unrelated" else before,
    )


def _laid_out(a: FloatArray, b: FloatArray, slack: float) -> Pair:
    return Pair(np.arange(a.size), a, b, slack, whole=True)


_FINDERS = (*SIMPLE, _after_warmups, _partly)
