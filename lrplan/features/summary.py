"""The shape of a curve in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.features.noise import Extent, extent, first_at_top
from lrplan.features.warmup import Rise, opening_rise


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
    """The value that the step after the last would have."""
    min: float | None
    """The smallest finite value."""
    peak: Peak | None
    warmup: Rise | None
    """The rise at the start of the run, a warm-up or not."""
    warmup_share: float
    """Steps before the end of the warm-up as a share (0..1) of the run; 0 without a warm-up."""
    zeros: int
    """Steps whose value is exactly 0."""
    mean_of_peak: float | None
    """The mean of the finite values divided by the peak."""
    last_of_peak: float | None
    """The last value divided by the peak."""


def peak(values: FloatArray) -> Peak | None:
    """The first step at the maximum of the finite values, or None when nothing is finite."""
    return _peak(values, extent(values))


def _peak(values: FloatArray, span: Extent) -> Peak | None:
    if not span.has_finite:
        return None
    step = first_at_top(values, span.magnitude)
    return Peak(step, float(values[step]))


def summarize(values: FloatArray, next_value: float | None) -> Summary:
    """The key figures of a curve.

    Args:
        values: applied values, shape ``(steps,)``.
        next_value: the value that the step after the last would have; None if unknown.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        span = extent(values)
        top = _peak(values, span)
        rise = opening_rise(values, next_value)
        ramp = rise.step if rise is not None and rise.kind == "warm-up" else 0
        scale = top.value if top is not None and top.value != 0 else None
        return Summary(
            steps=values.size,
            first=float(values[0]) if values.size else None,
            last=float(values[-1]) if values.size else None,
            next=next_value,
            min=span.low if span.has_finite else None,
            peak=top,
            warmup=rise,
            warmup_share=ramp / max(values.size, 1),
            zeros=int(values.size - np.count_nonzero(values)),
            mean_of_peak=None if scale is None else _mean(values, span, scale),
            last_of_peak=float(values[-1]) / scale if scale is not None else None,
        )


def _mean(values: FloatArray, span: Extent, scale: float) -> float:
    """The mean of the finite values as a share of ``scale``; the sum of huge ones may overflow."""
    finite = values if span.all_finite else values[np.isfinite(values)]
    return float(np.mean(finite / scale))
