"""Curves of formulas, and of code that lrplan cannot read: facts that their shape alone shows.

Nothing in the spec says where such a curve may jump or rise. Some shapes are mistakes in any case:
a warm-up that ends in a sudden fall, or a decay that jumps back to its first value at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

import numpy as np

from lrplan.arrays import FloatArray, IndexArray
from lrplan.lint import Context, number
from lrplan.lint.facts.combinations import schedulers_without_containers
from lrplan.lint.facts.expressions import numbers
from lrplan.lint.facts.lr_curves import AppliedCurve, constant_stretches
from lrplan.specfile.expressions.expression import Expression

_JUMP = 0.2
_STANDS_OUT = 4.0
_DIGITS = 10
"""Values are compared to this many digits of their peak: what differs by rounding is equal."""
_RAMP = 3
"""Changes in a row that make a ramp."""
_CLIFF = 0.7
"""What is left after a cliff, at most."""
_DEEP_CLIFF = 0.1
"""What is left after a cliff that does not follow its ramp at once."""
_GAP = 1.5
_RETURN = 5.0
_MANY_TICKS = 100
_CLOSE = 0.01


@dataclass(frozen=True, slots=True)
class UnplannedJump:
    """A jump that nobody plans: its step, and the end of a sentence about it."""

    step: int
    text: str


def is_free_form(context: Context, curve: AppliedCurve) -> bool:
    """Return True if a formula, code of the user's or another package computes the curve."""
    if not curve.drivers:
        return context.plan.factory is not None
    return any(
        each.row.name_of("function") or each.row.extra or each.row.family in ("user", "plugin")
        for top in curve.drivers
        for each in schedulers_without_containers(top)
    )


def formula_of(context: Context, curve: AppliedCurve) -> Expression | None:
    """The formula that alone computes the curve from its base value, from the first step on."""
    if len(curve.drivers) != 1 or context.clock.horizon is not None:
        return None
    top = curve.drivers[0]
    value = top.arguments.get(top.row.name_of("function"))
    if isinstance(value, list):
        value = dict(zip(top.groups, value, strict=False)).get(curve.groups[0])
    is_whole = top.row.update == "sets" and isinstance(value, Expression)
    return value if is_whole and isinstance(value, Expression) else None


def repeats(formula: Expression) -> bool:
    """Return True if it has cycles or stairs of its own: it takes a remainder or whole parts."""
    return "%" in formula.text or "//" in formula.text or "floor" in formula.text


def is_spelled(formula: Expression, value: float) -> bool:
    """Return True if ``value`` is a number of the formula, or one worked out from two of them."""
    # 0.8 * cos(...) peaks at 0.8, min(x, 1) / 4 at 1 / 4 and 1.5 + 0.5 * cos(...) at 1.5 + 0.5.
    written = numbers(formula)
    singles = [each for one in written for each in (one, 1 / one if one else 0.0)]
    pairs = (
        each
        for index, one in enumerate(written)
        for other in written[index + 1 :]
        for each in (one + other, abs(one - other), one * other)
    )
    return any(isclose(each, value, rel_tol=_CLOSE) for each in (*singles, *pairs))


def unplanned_jumps(values: FloatArray) -> list[UnplannedJump]:
    """The jumps of a curve that are mistakes in any schedule; none for a curve of zeros."""
    scale = float(np.abs(values).max(initial=0.0))
    if scale == 0 or not len(values):
        return []
    starts, heights = constant_stretches(np.round(values / scale, _DIGITS))
    jumps = _jumps(np.diff(heights))
    found = (_slip(starts, heights, int(at), jumps, len(values)) for at in jumps)
    return [
        UnplannedJump(int(starts[at + 1]), text.format(*(number(float(h) * scale) for h in near)))
        for at, slip in zip(jumps, found, strict=True)
        if slip is not None
        for text, near in [(slip, heights[at : at + 3])]
    ]


def _jumps(change: FloatArray) -> IndexArray:
    """The changes of a fifth of the peak that stand out from those beside them on their way."""
    padded = np.concatenate(([0.0], change, [0.0]))
    beside = [
        np.where(np.sign(each) == np.sign(change), np.abs(each), 0.0)
        for each in (padded[:-2], padded[2:])
    ]
    return np.flatnonzero(
        (np.abs(change) > _JUMP) & (np.abs(change) > _STANDS_OUT * np.maximum(*beside))
    )


def _slip(
    starts: IndexArray, heights: FloatArray, at: int, jumps: IndexArray, steps: int
) -> str | None:
    """A sentence about a wrong jump behind level ``at``; None when it may be meant."""
    change = np.diff(heights)
    same_way = jumps[np.sign(change[jumps]) == np.sign(change[at])]
    if len(same_way) > 1:
        # Restarts, and the teeth of a saw that fall slowly, come again and again.
        rises = at >= _RAMP and all(_falls_from_rise(heights, int(each)) for each in same_way)
        times = f"{len(same_way)} times in all, first"
        return f"falls from {{0}} to {{1}} right after its rise, {times}" if rises else None
    tick = _tick(starts, at)
    lasts = int((starts[at + 2] if at + 2 < len(starts) else steps) - starts[at + 1])
    if _is_spike(heights, at) and lasts <= tick and steps >= _MANY_TICKS * tick:
        return "is {1} for one tick, between {0} and {2}"
    return (
        None
        if at < _RAMP
        else _after_ramp(starts, heights, at, stays=at + 2 == len(heights) and lasts > 2 * tick)
    )


def _tick(starts: IndexArray, at: int) -> int:
    """Steps of a tick, as far as the levels around the jump behind level ``at`` show it."""
    # The level before the one that the jump leaves; without one, the second after the jump's own.
    around = starts[at - 1 : at + 1] if at else starts[2:4]
    return int(around[1] - around[0]) if len(around) == 2 else 1


def _after_ramp(starts: IndexArray, heights: FloatArray, at: int, *, stays: bool) -> str | None:
    """A sentence about a wrong jump behind a rise or a fall in small changes."""
    change = np.diff(heights)
    old, new = float(heights[at]), float(heights[at + 1])
    ramp = change[at - _RAMP : at]
    if abs(np.sign(ramp).sum()) < _RAMP or np.abs(ramp).max() > abs(new - old) / 2:
        return None
    if ramp[0] > 0:
        tick, held = int(starts[at] - starts[at - 1]), int(starts[at + 1] - starts[at])
        soon = 2 * held < _rise(starts, change, at)
        return _after_rise(old, new, at_once=held <= 2 * tick, soon=soon)
    if stays and new > _RETURN * max(old, 0.0):
        return "jumps from {0} back to {1} and stays there until the run ends"
    return None


def _falls_from_rise(heights: FloatArray, at: int) -> bool:
    """Return True if a rise in small changes to level ``at`` ends in a fall to nearly 0."""
    change = np.diff(heights)
    before, after = change[max(at - _RAMP, 0) : at], change[at + 1 : at + 1 + _RAMP]
    rises = len(before) == _RAMP and (before > 0).all() and (after > 0).all()
    return bool(rises and 0 <= heights[at + 1] < _DEEP_CLIFF * heights[at])


def _rise(starts: IndexArray, change: FloatArray, at: int) -> int:
    """Steps that the rise to level ``at`` takes."""
    falls = np.flatnonzero(change[:at] <= 0)
    return int(starts[at] - starts[falls[-1] + 1 if len(falls) else 0])


def _is_spike(heights: FloatArray, at: int) -> bool:
    """Return True if the level behind the jump stands alone: between two close ones, or near 0."""
    # A warm-up of three ticks that dips before its decay: 0.33, 0.67, 0, 1, 0.99 ...
    if at + 2 >= len(heights):
        return False
    before, own, after = (float(each) for each in heights[at : at + 3])
    is_close = abs(after - before) < _JUMP * abs(own - before)
    return is_close or 0 <= own < _DEEP_CLIFF * min(before, after)


def _after_rise(old: float, new: float, *, at_once: bool, soon: bool) -> str | None:
    if (at_once and 0 <= new < _CLIFF * old) or (soon and 0 <= new <= _DEEP_CLIFF * old):
        return "falls from {0} to {1} right after its rise"
    if at_once and new > _GAP * old > 0:
        return "jumps from {0} to {1} in the middle of its rise"
    return None
