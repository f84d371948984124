"""Which of transformers' own schedules a curve is: by its numbers, not by its name in a spec."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lrplan.export.code.trainer.hf_schedules import DECAYS, KINDS, Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.export.code.trainer.hf_schedules import Options
    from lrplan.trace import FloatArray, IntArray

TOLERANCE = 1e-9
"""A curve is a schedule when they differ by no more than this share of the curve's peak."""

_POWERS = (0.5, 1.0, 2.0, 3.0)
_POWER_RANGE = (0.01, 16.0)
_BISECTIONS = 48
_SAMPLES = 2000
_MOST_CYCLES = 1000


@dataclass(frozen=True, slots=True)
class Fit:
    """A schedule and how far a curve is from it."""

    shape: Shape
    difference: float
    """The largest difference, in the unit of the curve."""
    step: int
    """The step where it is."""
    share: float
    """The same as a share of the curve's peak."""

    @property
    def exact(self) -> bool:
        """Whether the curve is that schedule."""
        return self.share <= TOLERANCE


def nearest_shape(values: FloatArray, base: float) -> Fit:
    """The schedule that ``values`` are, or the nearest of those tried.

    Args:
        values: learning rate of every step of the run: finite, shape ``(steps,)``, one at least.
        base: learning rate that the optimizer was given.
    """
    every = np.arange(values.size, dtype=np.int64)
    some = np.unique(np.linspace(0, values.size - 1, _SAMPLES).astype(np.int64))
    nearest = _fit(values, Shape("constant", base), some)
    for shape in sorted(_candidates(values, base), key=lambda each: KINDS.index(each.kind)):
        fit = _fit(values, shape, some)
        if fit.exact:
            fit = _fit(values, shape, every)
            if fit.exact:
                return fit
        nearest = min(nearest, fit, key=lambda each: each.share)
    return _fit(values, nearest.shape, every)


def _fit(values: FloatArray, shape: Shape, steps: IntArray) -> Fit:
    difference = np.abs(values[steps] - shape.values(steps, values.size))
    worst = int(np.argmax(difference))
    largest, peak = float(difference[worst]), float(np.abs(values).max())
    share = largest / peak if peak else math.inf if largest else 0.0
    return Fit(shape, largest, int(steps[worst]), share)


def _candidates(values: FloatArray, base: float) -> Iterator[Shape]:
    """Every schedule that agrees with the curve at the few steps that its numbers come from."""
    top = float(values.max())
    peaks = [base] if math.isclose(top, base, rel_tol=1e-12) else [base, _snapped(top)]
    for peak in (each for each in peaks if each > 0):
        yield Shape("constant", peak)
        for warmup in _warmups(values, peak):
            yield from _plain(peak, warmup)
            if warmup < values.size - 1:
                yield from _with_floor(values, peak, warmup)
                yield from _polynomials(values, peak, warmup)
                yield from _stable(values, peak, warmup)


def _warmups(values: FloatArray, peak: float) -> Iterable[int]:
    """Steps of warm-up: up to the first step at the top, one more, or as the first rise says."""
    top = int(np.argmax(values >= values.max() * (1 - 1e-12)))
    found = {0, top, top + 1}
    if values.size > 1 and values[1] > values[0]:
        found.add(round(peak / float(values[1] - values[0])))
    return sorted(each for each in found if each < 1e12)


def _plain(peak: float, warmup: int) -> Iterator[Shape]:
    if warmup:
        yield Shape("constant_with_warmup", peak, warmup)
    for kind in ("linear", "cosine", "inverse_sqrt"):
        yield Shape(kind, peak, warmup)


def _with_floor(values: FloatArray, peak: float, warmup: int) -> Iterator[Shape]:
    for kind in ("cosine_with_min_lr", "cosine_warmup_with_min_lr"):
        floor = _floor(values, Shape(kind, peak, warmup, {"min_lr": 0.0}))
        if floor is not None:
            yield Shape(kind, peak, warmup, {"min_lr": floor})
    restarts = np.count_nonzero(np.diff(values[warmup:]) > 0)
    if 0 < restarts < _MOST_CYCLES:
        yield Shape("cosine_with_restarts", peak, warmup, {"num_cycles": int(restarts) + 1})


def _polynomials(values: FloatArray, peak: float, warmup: int) -> Iterator[Shape]:
    for power in (*_POWERS, *_power(values, peak, warmup)):
        shape = _polynomial(values, peak, warmup, power)
        if shape is not None:
            yield shape


def _polynomial(values: FloatArray, peak: float, warmup: int, power: float) -> Shape | None:
    """The fall with that power that ends where the curve does."""
    to_zero = Shape("polynomial", peak, warmup, {"lr_end": 0.0, "power": power})
    end = _floor(values, to_zero)
    return None if end is None else replace(to_zero, options={"lr_end": end, "power": power})


def _power(values: FloatArray, peak: float, warmup: int) -> Iterator[float]:
    """The power of the fall that has the curve's value half-way, by bisection."""
    half = np.asarray([(warmup + values.size) // 2], dtype=np.int64)
    low, high = _POWER_RANGE
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        shape = _polynomial(values, peak, warmup, middle)
        # The higher the power, the lower the curve; too low a power ends above the last value.
        above = shape is None or shape.values(half, values.size)[0] > values[half[0]]
        low, high = (middle, high) if above else (low, middle)
    yield round(low, 9)


def _stable(values: FloatArray, peak: float, warmup: int) -> Iterator[Shape]:
    at_top = np.flatnonzero(values >= peak * (1 - 1e-12))
    decay = values.size - int(at_top[-1]) if at_top.size else 0
    if not 1 < decay <= values.size - warmup:
        return
    for kind in DECAYS:
        options: Options = {"num_decay_steps": decay, "decay_type": kind, "min_lr_ratio": 0.0}
        shape = Shape("warmup_stable_decay", peak, warmup, options)
        end = _floor(values, shape)
        if end is not None:
            ratio = _snapped(end / peak)
            yield replace(shape, options={**options, "min_lr_ratio": ratio})


def _floor(values: FloatArray, to_zero: Shape) -> float | None:
    """The floor with which a schedule that falls to 0 has the curve's last value instead."""
    last = np.asarray([values.size - 1], dtype=np.int64)
    share = float(to_zero.values(last, values.size)[0]) / to_zero.peak
    if share >= 1:
        return None
    floor = _snapped((float(values[-1]) - to_zero.peak * share) / (1 - share))
    # What is left of a fall to 0 after rounding is 0.
    floor = 0.0 if abs(floor) < 1e-12 * to_zero.peak else floor
    return floor if 0 <= floor < to_zero.peak else None


def _snapped(value: float) -> float:
    """To the 12 digits that a person would have written at most."""
    return float(f"{value:.12g}")
