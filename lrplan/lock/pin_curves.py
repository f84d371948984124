"""Plans and traces turned into the pins of a lock file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np

from lrplan._version import __version__
from lrplan.comparison import Curve, largest_magnitude, summary_of
from lrplan.decimate import changes
from lrplan.features import breakpoints, peak
from lrplan.lock.model import LockedSchedule, Pin
from lrplan.plan import SchedulerPlan
from lrplan.specfile.expressions.expression import Expression

if TYPE_CHECKING:
    from lrplan.arrays import FloatArray, IntArray
    from lrplan.clock import TrainingSettings
    from lrplan.metric import Metric
    from lrplan.plan import SchedulePlan
    from lrplan.trace import Trace

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
_NOT_FINITE = np.iinfo(np.int64).min


def lock_schedule(plan: SchedulePlan, trace: Trace) -> LockedSchedule:
    """The part of a lock file for a schedule and its whole run."""
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
    """The pin of one curve; ``following`` is the value that the step after it would have."""
    steps = steps_to_keep(values)
    return Pin(
        digest=curve_digest(values),
        figures=summary_of(Curve(values, values.size, next=following)),
        steps=steps,
        values=values[steps],
        means=means_between(values, steps),
    )


def means_between(values: FloatArray, steps: IntArray) -> FloatArray:
    """The mean of ``values`` from each of ``steps`` to before the next; the last to the end."""
    if not steps.size:
        return np.zeros(0)
    # Steps 0, 4, 6 of 10 values: counts 4, 2, 4, and reduceat sums values 0..3, 4..5 and 6..9.
    counts = np.diff(np.append(steps, values.size))
    # Divided first: the sum of huge values would overflow.
    return np.asarray(np.add.reduceat(values / np.repeat(counts, counts), steps))


def steps_to_keep(values: FloatArray) -> IntArray:
    """The steps of a pin: both sides of each breakpoint, the peak, both ends, and some between.

    Between are 32 steps at even distances; of a staircase, instead, both sides of 12 of its stairs.
    A StepLR that drops at steps 30 and 60 keeps 29, 30, 59 and 60: a drop that comes one step late
    changes the value of a step that is kept, which even distances would miss.
    """
    count = values.size
    if not count:
        return np.zeros(0, dtype=np.int64)
    corners = np.asarray(breakpoints(values, _CORNERS), dtype=np.int64)
    # A breakpoint is the first step of what is new; the step before it is the last of the old.
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
    steps = np.concatenate([ends, corners, corners - 1, even])
    return np.unique(np.clip(steps, 0, count - 1)).astype(np.int64)


def _evenly(count: int, most: int) -> IntArray:
    return np.unique(np.linspace(0, count - 1, min(most, count)).round().astype(np.int64))


def curve_digest(values: FloatArray) -> str:
    """A digest of all values, rounded to the ninth digit of the peak.

    A curve with a peak of 3e-4 is counted in units of 1e-13. Its values are then integers, and the
    last bits of another platform do not change them, but for values at the edge of a unit.
    """
    top = largest_magnitude(values)
    exponent = math.floor(math.log10(top)) if top > 0 else 0
    # 3e-4 has the exponent -4, and 9 digits below it are units of 1e-13. The bound keeps the unit
    # above 0 for the smallest peaks. "<i8" below: the same bytes on every platform.
    unit = 10.0 ** max(exponent - _DIGEST_DIGITS, -300)
    finite = np.isfinite(values)
    units = np.rint(np.where(finite, values, 0.0) / unit).astype(np.int64)
    return sha256(np.where(finite, units, _NOT_FINITE).astype("<i8").tobytes()).hexdigest()[:_HEX]


def plan_digest(plan: SchedulePlan) -> str:
    """A digest of everything that determines the curves of ``plan``: no titles, no comments."""
    clock = plan.clock
    inputs = {
        "run": [
            *(clock.steps, clock.batches, clock.steps_per_epoch, clock.batches_per_epoch),
            *_loop(clock.settings),
        ],
        "optimizer": [plan.optimizer.type, _plain(plan.optimizer.arguments)],
        "groups": [[group.name, _plain(group.options)] for group in plan.optimizer.groups],
        "schedulers": [_plain(scheduler) for scheduler in plan.schedulers],
        "metrics": [_metric(metric) for _, metric in sorted(plan.metrics.items())],
    }
    return sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:_HEX]


def _loop(settings: TrainingSettings) -> list[object]:
    """The settings that only other loops than the plain one read, and skipped steps."""
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
    # Before numbers: True is an int, and would become "1.0".
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return repr(float(value)) if isinstance(value, (int, float)) else repr(value)


def versions_of(plan: SchedulePlan, trace: Trace) -> dict[str, str]:
    """lrplan, torch, and every other package whose schedulers the plan names, with releases."""
    versions = {"lrplan": __version__}
    if trace.torch:
        versions["torch"] = trace.torch
    rows = [each.row for top in plan.schedulers for each in top.walk()]
    # A row names the distribution and the release it was compared with; the installed one counts.
    for package in {row.package.partition(" ")[0] for row in rows} - {"", *versions}:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return dict(sorted(versions.items()))
