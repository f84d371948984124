"""The shape of a curve in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

NOISE = 1e-12
"""Differences below this share of the curve's largest magnitude are rounding, not change."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The largest finite value of a curve, and the first step (from 0) that holds it."""

    step: int
    value: float


@dataclass(frozen=True, slots=True)
class Summary:
    """A curve in a few numbers; what is undefined (no finite value, a peak of 0) is None."""

    steps: int
    first: float | None
    last: float | None
    next: float | None
    """What the step after the last one would have been given."""
    min: float | None
    """The smallest finite value."""
    peak: Peak | None
    warmup_end: int | None
    """The step where the initial rise reaches its top."""
    warmup_share: float
    """Steps before ``warmup_end`` as a share (0..1) of the run; 0 without a warm-up."""
    zeros: int
    """Steps whose value is exactly 0."""
    mean_of_peak: float | None
    """The mean of the finite values divided by the peak."""
    last_of_peak: float | None
    """The last value divided by the peak: what is left after all decay."""
    distinct: int
    """Number of different finite values."""


def noise_floor(values: FloatArray) -> float:
    """The difference up to which two values of this curve count as the same."""
    finite = values[np.isfinite(values)]
    return NOISE * float(np.abs(finite).max()) if finite.size else 0.0


def peak(values: FloatArray) -> Peak | None:
    """The first step at the maximum of the finite values, or None when nothing is finite."""
    finite = np.where(np.isfinite(values), values, -np.inf)
    top = float(finite.max(initial=-np.inf))
    if top == -np.inf:
        return None
    step = int(np.argmax(finite >= top - noise_floor(values)))
    return Peak(step, float(values[step]))


# Values near the end of float64's range differ by more than it holds: then by infinity.
@np.errstate(over="ignore")
def warmup_end(values: FloatArray) -> int | None:
    """The step where the rise that opens the run reaches its top, or None without such a rise.

    The rise is the longest stretch from step 0 on that never decreases; stairs of a warm-up that
    ticks per epoch belong to it, a hold at its top does not. A value that is not finite ends it.
    """
    floor = noise_floor(values)
    broken = ~np.isfinite(values)
    broken[1:] |= ~(np.diff(np.where(broken, np.nan, values)) >= -floor)
    rise = values[: int(np.argmax(broken))] if broken.any() else values
    if rise.size < 2 or rise.max() - rise[0] <= floor:
        return None
    return int(np.argmax(rise >= rise.max() - floor))


@np.errstate(over="ignore")
def summarize(values: FloatArray, next_value: float | None) -> Summary:
    """The curve in a few numbers; ``next_value`` is what the step after the last would get."""
    finite = values[np.isfinite(values)]
    top = peak(values)
    ramp = warmup_end(values)
    scale = top.value if top is not None and top.value != 0 else None
    return Summary(
        steps=values.size,
        first=float(values[0]) if values.size else None,
        last=float(values[-1]) if values.size else None,
        next=next_value,
        min=float(finite.min()) if finite.size else None,
        peak=top,
        warmup_end=ramp,
        warmup_share=(ramp or 0) / max(values.size, 1),
        zeros=int(np.count_nonzero(values == 0)),
        mean_of_peak=float(np.mean(finite / scale)) if scale is not None else None,
        last_of_peak=float(values[-1]) / scale if scale is not None else None,
        distinct=int(np.unique(finite).size),
    )
