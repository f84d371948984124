"""What happens between two optimizer steps: schedulers tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrplan.simulate.quick import quick

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.build.objects import Built, Driver
    from lrplan.simulate.loop import Ticks
    from lrplan.spec.plan import SchedulePlan


def tickers(plan: SchedulePlan, built: Built, *, start: int = 0, exact: bool = False) -> Ticks:
    """For each scheduler, in the spec's order, what is called at each of its ticks.

    Args:
        plan: the schedule.
        built: its objects.
        start: the step before which these objects take over; metrics go on from there.
        exact: call nothing but the schedulers' own ``step()``.
    """
    return [_ticker(plan, driver, start, exact=exact) for driver in built.drivers]


def _ticker(plan: SchedulePlan, driver: Driver, start: int, *, exact: bool) -> Callable[[], object]:
    scheduler = driver.plan
    if not scheduler.row.metric or scheduler.monitor is None:
        step: Callable[[], object] = driver.scheduler.step
        return step if exact else quick(driver.scheduler)
    ticks = plan.clock.ticks_at(scheduler.interval, np.array([start]))
    called = int(plan.clock.made(scheduler.rate, ticks)[0])
    metric = plan.metrics[scheduler.monitor].at
    return fed(driver.scheduler.step, metric, repeats=plan.clock.repeats, called=called)


def fed(
    step: Callable[[float], object],
    metric: Callable[[int], float],
    *,
    repeats: int = 1,
    called: int = 0,
) -> Callable[[], object]:
    """``step`` called with the metric of each tick, counted from 0.

    Args:
        step: what takes the metric.
        metric: its value for a tick.
        repeats: calls made one after the other for each tick.
        called: calls made before the first.
    """

    def call() -> None:
        nonlocal called
        tick = called // repeats
        called += 1
        step(metric(tick))

    return call
