"""Finds the relation between two curves: the simplest one that explains every step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison.curve_pair import Pair, abs_difference, count_changes, pair_of, varies
from lrplan.comparison.full_match import (
    MIN_EVIDENCE,
    RAMP_FINDERS,
    SIMPLE_FINDERS,
    common_values,
    find_equal,
    find_held,
    find_scaled,
    find_shifted,
    find_stretched,
    find_stretched_and_scaled,
    first_match,
)
from lrplan.comparison.relation import TOLERANCE, Relation
from lrplan.features import warmup_end

if TYPE_CHECKING:
    from lrplan.arrays import FloatArray, IntArray

_SHARE_WORTH_MENTION = 0.05
"""A constant that two curves share is worth a mention from this part of the run on."""
_ROUNDING = 1e-14


# Values near the end of float64's range differ by more than it holds: then by infinity.
@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def relate(
    a: FloatArray, b: FloatArray, tolerance: float = TOLERANCE, *, at: IntArray | None = None
) -> Relation:
    """The relation of curve ``b`` to curve ``a``.

    The first of these that holds at every step that both have: equal, scaled, shifted,
    stretched, held, shifted and scaled, stretched and scaled, related after warm-ups that are not
    the same, equal but for a part. A curve that is constant where they overlap is never called
    shifted or stretched.

    Args:
        a: values, shape ``(steps,)``; NaN and infinities are only equal to each other.
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
    """The relation of two curves that are known at the steps ``at`` only.

    Without the values between, shifts and stretches cannot be seen: curves are equal, scaled,
    equal in part, or unrelated.
    """
    pair = pair_of(a, b, None, tolerance)
    relation = first_match(pair, (find_equal, find_scaled, _find_partly))
    length = int(at[-1]) + 1 if at.size else 0
    # The pair counts known steps (index 3 is step at[3]). They may differ from right after the last
    # step that is known to be the same.
    until = int(at[relation.until - 1]) + 1 if relation.until else relation.until
    again = None if relation.again is None else int(at[relation.again])
    return replace(relation, until=until, again=again, steps=(length, length))


def _find_partly(pair: Pair) -> Relation | None:
    one, other = common_values(pair)
    gaps = abs_difference(one, other)
    wrong = np.flatnonzero(gaps > pair.slack)
    if not wrong.size or wrong.size == one.size:
        return None
    first, last = int(wrong[0]), int(wrong[-1])
    # The same before the first and after the last step that differs; between them anything may be.
    begins = _is_worth_mention(one[:first], pair, first)
    ends = _is_worth_mention(one[last + 1 :], pair, one.size - last - 1)
    if not (begins or ends):
        return None
    # Between two known steps nothing is known: they may differ right after the last equal one.
    until = int(pair.at[first - 1]) + 1 if begins else 0
    again = int(pair.at[last + 1]) if ends else None
    # The last step at which both are the same but for rounding: another cosine leaves the first one
    # slowly, some steps before the tolerance notices.
    noise = np.flatnonzero(gaps[:first] > _ROUNDING)
    origin = int(pair.at[max(noise[0] - 1, 0)]) if noise.size else max(until - 1, 0)
    return Relation("partly", until=until, again=again, inside=_inside(pair, until, again, origin))


def _is_worth_mention(part: FloatArray, pair: Pair, count: int) -> bool:
    """Return True if it means something that both have ``part``, of ``count`` known steps.

    Two steps that happen to be equal mean nothing; a twentieth of the run does, and so does a
    shorter part in which the value changes more than once.
    """
    # A stair is one value held for `unit` steps: 100 equal steps of curves that change every 100
    # steps are a single coincidence, so two stairs are asked for.
    if count < 2 or (pair.is_complete and count < 2 * min(pair.unit, pair.b.size // 2)):
        return False
    return count >= _SHARE_WORTH_MENTION * pair.a.size or count_changes(part, pair.slack) > 1


def _inside(pair: Pair, until: int, again: int | None, origin: int) -> Relation | None:
    """The relation of the part where the curves differ; None without a simple one.

    A cosine of another length that starts at step 100 differs by less than the tolerance for some
    steps: the first step that differs is 112, say. Seen from 112 on the curve is no stretched one;
    seen from ``origin``, the last step where both are equal to the last digit, it is.
    """
    part = pair.between(until, again)
    if part.at.size < MIN_EVIDENCE or not part.b.size:
        return None
    relation = first_match(part, (find_scaled, find_shifted, find_held))
    if relation.kind != "unrelated":
        return relation
    for start in dict.fromkeys((max(until - 1, 0), origin)):
        relation = find_stretched(pair.between(start, again)) or relation
    return None if relation.kind == "unrelated" else relation


def _find_after_warmups(pair: Pair) -> Relation | None:
    """The relation of the curves after their warm-ups, laid side by side from their ends.

    A warm-up of 100 steps and one of 200, each followed by the same cosine of 800 steps: steps
    100.. of the first and 200.. of the second are equal.
    """
    if not pair.is_complete:
        return None
    # Each curve from the end of its own warm-up, from step 0 where it has none.
    ends = warmup_end(pair.a) or 0, warmup_end(pair.b) or 0
    rest = _complete_pair(pair.a[ends[0] :], pair.b[ends[1] :], pair.slack)
    if not any(ends) or min(rest.a.size, rest.b.size) < MIN_EVIDENCE:
        return None
    after = first_match(rest, (find_equal, find_scaled, find_stretched, find_stretched_and_scaled))
    # With the step at which it ends, a warm-up of 100 steps is 0..100 and one of 200 is 0..200:
    # exactly a stretch of 2.
    ramps = _complete_pair(pair.a[: ends[0] + 1], pair.b[: ends[1] + 1], pair.slack)
    ramp_relation = first_match(ramps, RAMP_FINDERS) if all(ends) else Relation("unrelated")
    if after.kind == "unrelated" or (ends[0] == ends[1] and ramp_relation.kind == "equal"):
        return None
    if not varies(common_values(rest)[0], pair.slack):
        return None
    return Relation(
        "warm-up",
        shift=ends[1] - ends[0],
        until=ends[1],
        inside=after,
        warmups=None if ramp_relation.kind == "unrelated" else ramp_relation,
    )


def _complete_pair(a: FloatArray, b: FloatArray, slack: float) -> Pair:
    return Pair(np.arange(a.size), a, b, slack, is_complete=True)


_FINDERS = (*SIMPLE_FINDERS, _find_after_warmups, _find_partly)
