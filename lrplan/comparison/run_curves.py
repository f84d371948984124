"""The curves of one schedule as ``compare`` takes them, from a run or from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison.curve_pair import largest_magnitude
from lrplan.features import Peak, opening_rise, peak
from lrplan.trace import Trace

_NO_FACTS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class CurveSummary:
    """The key figures of a curve, by which two versions of it are compared."""

    peak: Peak | None
    last: float | None
    mean: float | None
    """The mean of the finite values."""
    warmup: float
    """Share (0..1) of the run before the top of the rise that opens it; 0 without one."""

    def number(self, name: str) -> float | None:
        """The ``peak``, ``last`` or ``mean`` value."""
        numbers = {
            "peak": None if self.peak is None else self.peak.value,
            "last": self.last,
            "mean": self.mean,
        }
        return numbers[name]


class Digests(Protocol):
    """Digests of the steps between those whose values a file has."""

    def changed_steps(self, now: FloatArray) -> Sequence[tuple[int, int]] | None:
        """The stretches, first and last step, in which some value of ``now`` is another one.

        None if an unequal digest may come from rounding.
        """
        ...

    def changed_from(self, other: Digests, steps: int) -> Sequence[tuple[int, int]] | None:
        """The same for the digests of another file; None if the two cannot be compared."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RunCurve:
    """The values of one field of one group: at every step, or at some of them."""

    values: FloatArray
    total: int
    """Steps of the run."""
    steps: IntArray | None = None
    """The steps (from 0, ascending) that ``values`` belong to; None: all of them."""
    next: float | None = None
    """The value that the step after the last would have, if it is known."""
    figures: CurveSummary | None = None
    """Key figures that are known although not every value is; None: computed from ``values``."""
    digests: Digests | None = None
    """Digests that decide about the steps whose values are not known; None: nothing does."""

    @property
    def at(self) -> IntArray:
        """The steps that ``values`` belong to."""
        return np.arange(self.values.size) if self.steps is None else self.steps


@dataclass(frozen=True, slots=True, eq=False)
class RunCurves:
    """The curves of one schedule: ``columns[field][group]``."""

    label: str
    """The name in a comparison: the file, and the schedule in it."""
    name: str
    """The schedule's own name."""
    groups: tuple[str, ...]
    columns: Mapping[str, Mapping[str, RunCurve]]
    steps: int
    epochs: FloatArray | None = field(default=None, repr=False)
    """The epoch (a fraction) at which each step begins: shape ``(steps,)``; None without epochs."""
    steps_per_epoch: int | None = None
    hidden: int = 0
    """Steps by which the run may be longer than its file shows, which has every n-th step only."""
    has_all_fields: bool = False
    """True if a field without a column is one that the optimizer does not have."""
    tolerance: float = 0.0
    """The share of the peak by which the file may be off; smaller differences mean nothing."""
    tolerance_reason: str = "was locked with this tolerance"
    """The clause that says why; it follows the name of the run."""
    facts: Mapping[int, str] = field(default_factory=lambda: _NO_FACTS)
    """Numbers of steps that mean something in this run: ``{100: "an epoch has 100 steps"}``."""
    ratios: Mapping[int, str] = field(default_factory=lambda: _NO_FACTS)
    """Numbers by which a forgotten unit stretches a curve: ``{4: "a step takes 4 batches"}``."""
    has_nulls: bool = False
    """True if NaN stands for any value that is not finite, as in JSON."""
    unit: Literal["step", "epoch"] = "step"
    """The unit of the steps of the curves; ``epoch`` for a log that has no steps."""
    is_log: bool = False
    """True if the values between those of the file are unknown: they are drawn as points."""


def run_of(trace: Trace, label: str = "", ratios: Mapping[int, str] = _NO_FACTS) -> RunCurves:
    """The curves of ``trace``; the length of its epochs is a fact."""
    columns = {
        name: {
            group: RunCurve(values, trace.steps, next=trace.next_values.get(name, {}).get(group))
            for group, values in columns.items()
        }
        for name, columns in trace.columns.items()
    }
    return RunCurves(
        label=label or trace.name,
        name=trace.name,
        groups=trace.groups,
        columns=columns,
        steps=trace.steps,
        epochs=trace.epoch_axis(),
        steps_per_epoch=trace.steps_per_epoch,
        has_all_fields=True,
        facts=epoch_fact(trace.steps_per_epoch),
        ratios=ratios,
    )


def epoch_fact(steps_per_epoch: int | None) -> dict[int, str]:
    """The length of an epoch as a fact of ``RunCurves``; empty if it is one step or unknown."""
    per_epoch = steps_per_epoch or 1
    return {per_epoch: f"an epoch has {per_epoch} steps"} if per_epoch > 1 else {}


def summary_of(curve: RunCurve) -> CurveSummary:
    """The key figures of ``curve``; if only some steps are known, those of these steps."""
    if curve.figures is not None:
        return curve.figures
    values = curve.values
    top = peak(values)
    rise = opening_rise(values, curve.next)
    # Only a finished warm-up counts: a rise that never ends, or of a cyclic schedule, has share 0.
    ramp = rise.step if rise is not None and rise.kind == "warm-up" else 0
    at = curve.at
    return CurveSummary(
        peak=None if top is None else type(top)(int(at[top.step]), top.value),
        last=float(values[-1]) if values.size and curve.steps is None else _at_end(curve),
        mean=mean(values),
        # A rise that began before the first value that is known has no known length.
        warmup=int(at[ramp]) / max(curve.total, 1) if ramp and at[0] == 0 else 0.0,
    )


def _at_end(curve: RunCurve) -> float | None:
    has_last_step = curve.values.size > 0 and int(curve.at[-1]) == curve.total - 1
    return float(curve.values[-1]) if has_last_step else None


def mean(values: FloatArray) -> float | None:
    """The mean of the finite values; None when no value is finite."""
    finite = values[np.isfinite(values)]
    scale = largest_magnitude(finite) or 1.0
    # Divided first: the sum of huge values would overflow.
    return float(np.mean(finite / scale)) * scale if finite.size else None
