"""The values of metrics that the plateau schedulers of a plan read, and when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

import numpy as np

from lrplan.clock import metric_indices
from lrplan.metric import Metric, MetricError
from lrplan.plan import SchedulePlan, SchedulerPlan
from lrplan.trace import MetricReads

_MOST_READS = 20_000
"""Schedulers that read a metric more often are left out: a picture cannot show more values."""


def metrics_read(plan: SchedulePlan, steps: int) -> Mapping[str, MetricReads]:
    """By name, the metrics read before the first ``steps`` optimizer steps."""
    return {
        metric.name: _reads(plan, scheduler, metric, steps)
        for scheduler in plan.schedulers
        if scheduler.row.reads_metric
        and (metric := plan.metrics.get(scheduler.monitor or "")) is not None
        and 0 < plan.clock.calls_in_run(scheduler.cadence) <= _MOST_READS
    }


def _reads(plan: SchedulePlan, scheduler: SchedulerPlan, metric: Metric, steps: int) -> MetricReads:
    # Example: 2 steps an epoch, read once an epoch. Before steps 0 to 4 there were 0, 0, 1, 1 and 2
    # calls: the counts rise at the steps 2 and 4, which are the first that feel calls 0 and 1.
    calls = plan.clock.calls_before(scheduler.cadence)[:steps]
    first_after = np.flatnonzero(np.diff(calls)) + 1
    indices = list(islice(metric_indices(plan.clock, scheduler.cadence), int(calls[-1:].sum())))
    values = _values(metric, (indices[call - 1] for call in calls[first_after]))
    return MetricReads(first_after[: len(values)], np.array(values, dtype=np.float64))


def _values(metric: Metric, indices: Iterable[int]) -> list[float]:
    """The values at ``indices``, up to the first one that the metric does not have."""
    values: list[float] = []
    for index in indices:
        try:
            values.append(metric.at(index))
        except MetricError:
            break
    return values
