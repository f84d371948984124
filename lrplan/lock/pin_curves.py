"""Turns the curves of a trace into the pins of a lock file."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.comparison import RunCurve, largest_magnitude, summary_of
from lrplan.lock.block_curve import block_curve
from lrplan.lock.fingerprint import loop_of, metric_digests, plan_digest, versions_of
from lrplan.lock.model import LockedSchedule, Pin
from lrplan.lock.piece_curve import PieceCurve, fit_curve
from lrplan.plan import SchedulePlan
from lrplan.trace import Trace

_SAME = 1e-12
_FACTOR_DIGITS = 15
_SAMPLES = 64


def lock_schedule(plan: SchedulePlan, trace: Trace, tolerance: float) -> LockedSchedule:
    """The part of a lock file for a schedule and its whole run."""
    return LockedSchedule(
        name=plan.name,
        tolerance=tolerance,
        plan=plan_digest(plan),
        metrics=metric_digests(plan),
        loop=loop_of(plan, trace),
        versions=versions_of(plan, trace),
        steps=trace.steps,
        steps_per_epoch=trace.steps_per_epoch,
        groups=trace.groups,
        pins={
            name: pins_of(columns, trace.next_values.get(name, {}), tolerance)
            for name, columns in trace.columns.items()
        },
    )


def pins_of(
    columns: Mapping[str, FloatArray], following: Mapping[str, float], tolerance: float
) -> dict[str, Pin]:
    """The pins of one field, in the order of the file: a group is like those before it only.

    Args:
        columns: the values of each group.
        following: the value that the step after the last would have, where it is known.
        tolerance: what later checks allow, as a share of the peak.
    """
    pins: dict[str, Pin] = {}
    # A column may be computed each time it is read: a few values of it rule out most pairs.
    samples: dict[str, FloatArray] = {}
    for group in sorted(columns):
        values = columns[group]
        few = values[np.linspace(0, values.size - 1, _SAMPLES).astype(np.int64)]
        near = [name for name in samples if _factor(samples[name], few, tolerance) is not None]
        found = _multiple(values, columns, {name: pins[name] for name in near}, tolerance)
        pins[group] = found or pin(values, tolerance, following.get(group))
        if pins[group].like is None:
            samples[group] = few
    return pins


def pin(values: FloatArray, tolerance: float, following: float | None = None) -> Pin:
    """The pin of one curve; ``following`` is the value that the step after it would have."""
    return Pin(
        curve=fit_curve(values, tolerance) or block_curve(values, tolerance),
        figures=summary_of(RunCurve(values, values.size, next=following)),
    )


def _multiple(
    values: FloatArray,
    columns: Mapping[str, FloatArray],
    pins: Mapping[str, Pin],
    tolerance: float,
) -> Pin | None:
    """The pin of ``values`` as a multiple of the curve of a group before; None without one."""
    for group, model in pins.items():
        if model.like or (isinstance(model.curve, PieceCurve) and model.curve.constant is not None):
            continue
        factor = _factor(columns[group], values, min(_SAME, tolerance / 64))
        if factor is not None:
            return model.multiple(group, factor)
    return None


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _factor(model: FloatArray, values: FloatArray, tolerance: float) -> float | None:
    """The factor above 0 from ``model`` to ``values`` at every step; None without one."""
    peak = largest_magnitude(values)
    top = int(np.argmax(np.where(np.isfinite(values), np.abs(values), -1)))
    ratio = float(values[top] / model[top])
    if not (np.isfinite(ratio) and ratio > 0):
        return None
    factor = float(f"{ratio:.{_FACTOR_DIGITS}g}")
    near = np.abs(factor * model - values) <= tolerance * peak
    both_nan = np.isnan(model) & np.isnan(values)
    return factor if bool((near | both_nan | (model == values)).all()) else None
