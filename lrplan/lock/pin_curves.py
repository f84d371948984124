"""From plans and traces to what a lock file holds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np

from lrplan._version import __version__
from lrplan.comparison import Curve, figures_of, largest_magnitude
from lrplan.decimate import changes
from lrplan.features import breakpoints, peak
from lrplan.lock.model import LockedSchedule, Pin
from lrplan.plan import SchedulerPlan
from lrplan.specfile.expressions.expression import Expression

if TYPE_CHECKING:
    from lrplan.clock import TrainingSettings
    from lrplan.metric import Metric
    from lrplan.plan import SchedulePlan
    from lrplan.trace import FloatArray, IntArray, Trace

_DIGEST_DIGITS = 9
"""Decimal digits of a digest, counted from the first one of the peak."""
RESOLUTION = 1e-9
"""Curves with the same digest differ by less than this share of their peak."""
_HEX = 16
_CORNERS = 12
_EVEN = 32
_STAIRS = 12
_FEW_CHANGES = 0.25
"""A curve that changes at fewer than this share of its steps is a staircase."""
_LOST = np.iinfo(np.int64).min


def locked(plan: SchedulePlan, trace: Trace) -> LockedSchedule:
    """What is to be kept of a schedule and its whole run."""
    pins: dict[str, dict[str, Pin]] = {}
    for name, columns in trace.columns.items():
        following = trace.next_values.get(name, {})
        pins[name] = {group: pin(each, following.get(group)) for group, each in columns.items()}
    return LockedSchedule(
        name=plan.name,
        plan=plan_digest(plan),
        versions=versions_of(plan, trace),
        steps=trace.steps,
        steps_per_epoch=trace.steps_per_epoch,
        groups=trace.groups,
        pins=pins,
    )


def pin(values: FloatArray, following: float | None = None) -> Pin:
    """What is to be kept of one curve; ``following`` is what the step after it would get."""
    steps = sampled(values)
    return Pin(
        digest=curve_digest(values),
        figures=figures_of(Curve(values, values.size, next=following)),
        steps=steps,
        values=values[steps],
        means=means_between(values, steps),
    )


def means_between(values: FloatArray, steps: IntArray) -> FloatArray:
    """The mean of ``values`` from each of ``steps`` to before the next; the last to the end."""
    if not steps.size:
        return np.zeros(0)
    counts = np.diff(np.append(steps, values.size))
    # Divided first: the sum of huge values would overflow.
    return np.asarray(np.add.reduceat(values / np.repeat(counts, counts), steps))


def sampled(values: FloatArray) -> IntArray:
    """The steps to keep: where the curve changes its course, on both sides, and evenly between.

    Of a staircase, instead of even steps, both sides of some of its stairs: there, and nowhere
    else, a shift by one step shows.
    """
    count = values.size
    if not count:
        return np.zeros(0, dtype=np.int64)
    corners = np.asarray(breakpoints(values, _CORNERS), dtype=np.int64)
    top = peak(values)
    ends = [0, count - 1] if top is None else [0, count - 1, top.step]
    starts = changes(values)[1:]
    if starts.size == 0:
        even = np.zeros(0, dtype=np.int64)
    elif starts.size < _FEW_CHANGES * count:
        chosen = starts[_evenly(starts.size, _STAIRS)]
        even = np.concatenate([chosen, chosen - 1])
    else:
        even = _evenly(count, _EVEN)
    kept = np.concatenate([ends, corners, corners - 1, even])
    return np.unique(np.clip(kept, 0, count - 1)).astype(np.int64)


def _evenly(count: int, most: int) -> IntArray:
    return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(np.int64))


def curve_digest(values: FloatArray) -> str:
    """A digest of all values, rounded to the ninth digit of the peak."""
    top = largest_magnitude(values)
    exponent = math.floor(math.log10(top)) if top > 0 else 0
    unit = 10.0 ** max(exponent - _DIGEST_DIGITS, -300)
    known = np.isfinite(values)
    whole = np.rint(np.where(known, values, 0.0) / unit).astype(np.int64)
    return sha256(np.where(known, whole, _LOST).astype("<i8").tobytes()).hexdigest()[:_HEX]


def plan_digest(plan: SchedulePlan) -> str:
    """A digest of what the curves of ``plan`` follow from: no titles, no comments."""
    clock = plan.clock
    told = {
        "run": [
            *(clock.steps, clock.batches, clock.steps_per_epoch, clock.batches_per_epoch),
            *_loop(clock.settings),
        ],
        "optimizer": [plan.optimizer.type, _plain(plan.optimizer.arguments)],
        "groups": [[group.name, _plain(group.options)] for group in plan.optimizer.groups],
        "schedulers": [_plain(scheduler) for scheduler in plan.schedulers],
        "metrics": [_metric(metric) for _, metric in sorted(plan.metrics.items())],
    }
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_HEX]


def _loop(settings: TrainingSettings) -> list[object]:
    """What a loop other than a plain one goes by, and steps that were skipped."""
    if settings.loop == "torch" and not settings.skipped_steps:
        return []
    own = [settings.world_size, settings.split_batches, settings.step_scheduler_with_optimizer]
    window = [settings.accumulate, settings.last_window]
    return [settings.loop, *own, *window, *settings.skipped_steps]


def _metric(metric: Metric) -> object:
    return [metric.name, _plain(metric.values), _plain(metric.expression), metric.hold]


def _plain(value: object) -> object:
    """``value`` as JSON has it; a whole float is the same as that integer."""
    if isinstance(value, SchedulerPlan):
        own = [value.type, value.interval, value.frequency, value.monitor, list(value.groups)]
        return [*own, _plain(value.arguments)]
    if isinstance(value, Expression):
        return {"expression": value.text}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return repr(float(value)) if isinstance(value, (int, float)) else repr(value)


def versions_of(plan: SchedulePlan, trace: Trace) -> dict[str, str]:
    """lrplan, torch, and every other package whose schedulers the plan names, with releases."""
    found = {"lrplan": __version__}
    if trace.torch:
        found["torch"] = trace.torch
    rows = [each.row for top in plan.schedulers for each in top.walk()]
    # A row names the distribution and the release it was compared with; the installed one counts.
    for package in {row.package.partition(" ")[0] for row in rows} - {"", *found}:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))
