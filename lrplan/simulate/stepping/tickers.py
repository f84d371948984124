"""What happens between two optimizer steps: schedulers tick."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from lrplan.clock import START
from lrplan.simulate.stepping.fast_step import quick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lrplan.clock import Position
    from lrplan.plan import SchedulePlan
    from lrplan.simulate.stepping.loop import Ticks
    from lrplan.torch_objects.builder import LiveSchedule, LiveScheduler


def tickers(
    plan: SchedulePlan,
    built: LiveSchedule,
    *,
    since: Position = START,
    values_read: Sequence[int] = (),
    exact: bool = False,
) -> Ticks:
    """For each scheduler, in the spec's order, what is called at each of its ticks.

    Args:
        plan: the schedule.
        built: its objects.
        since: how far the run has come when these objects take over.
        values_read: for each scheduler, how many values of its metric were read until then.
        exact: call nothing but the schedulers' own ``step()``.
    """
    firsts = values_read or repeat(0, len(built.drivers))
    return [
        _ticker(plan, driver, since, first, exact=exact)
        for driver, first in zip(built.drivers, firsts, strict=True)
    ]


def _ticker(
    plan: SchedulePlan, driver: LiveScheduler, since: Position, first: int, *, exact: bool
) -> Callable[[], object]:
    scheduler = driver.plan
    if not scheduler.row.metric or scheduler.monitor is None:
        step: Callable[[], object] = driver.scheduler.step
        return step if exact else quick(driver.scheduler)
    metric = plan.metrics[scheduler.monitor].at
    indices = plan.clock.metric_indices(scheduler.rate, since)
    return with_metric(driver.scheduler.step, metric, (first + index for index in indices))


def with_metric(
    step: Callable[[float], object], metric: Callable[[int], float], indices: Iterable[int]
) -> Callable[[], object]:
    """``step``, each time called with the next value of ``metric``.

    Args:
        step: what takes the metric.
        metric: its value by index, from 0.
        indices: which value comes at each call.
    """
    following = iter(indices)
    return lambda: step(metric(next(following)))
