"""The calls that tick live schedulers between two optimizer steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from lrplan.clock import START, Moment, metric_indices
from lrplan.plan import SchedulePlan
from lrplan.simulate.stepping.loop import Ticks
from lrplan.torch_objects.builder import LiveSchedule, LiveScheduler
from lrplan.torch_objects.user_code.classes import takes_metric


def tickers(
    plan: SchedulePlan,
    live: LiveSchedule,
    *,
    since: Moment = START,
    values_read: Sequence[int] = (),
) -> Ticks:
    """Return for each scheduler, in the spec's order, the function to call at each of its ticks.

    Args:
        plan: the schedule.
        live: its objects.
        since: how far the run has come when these objects take over.
        values_read: for each scheduler, how many values of its metric were read until then.
    """
    firsts = values_read or repeat(0, len(live.drivers))
    return [
        _ticker(plan, driver, since, first)
        for driver, first in zip(live.drivers, firsts, strict=True)
    ]


def _ticker(
    plan: SchedulePlan, driver: LiveScheduler, since: Moment, first: int
) -> Callable[[], object]:
    scheduler = driver.plan
    step: Callable[..., object] = driver.scheduler.step
    if not scheduler.row.metric or scheduler.monitor is None:
        return step
    step = takes_metric(step)
    metric = plan.metrics[scheduler.monitor].at
    indices = metric_indices(plan.clock, scheduler.cadence, since)
    return with_metric(step, metric, (first + index for index in indices))


def with_metric(
    step: Callable[[float], object], metric: Callable[[int], float], indices: Iterable[int]
) -> Callable[[], object]:
    """Return ``step`` as a function that is called with the next value of ``metric`` each time.

    Args:
        step: the function that takes the metric.
        metric: its value by index, from 0.
        indices: which value comes at each call.
    """
    following = iter(indices)
    return lambda: step(metric(next(following)))
