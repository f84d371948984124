"""What happens between two optimizer steps: schedulers tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.build.objects import Built, Driver
    from lrplan.spec.plan import Interval, SchedulePlan

Ticks = dict["Interval", "list[Callable[[], object]]"]


def tickers(plan: SchedulePlan, built: Built) -> Ticks:
    """For each interval, what is called at each of its ends, in the spec's order."""
    calls: Ticks = {"step": [], "batch": [], "epoch": []}
    for driver in built.drivers:
        calls[driver.plan.interval].append(_ticker(plan, driver))
    return calls


def _ticker(plan: SchedulePlan, driver: Driver) -> Callable[[], object]:
    step = driver.scheduler.step
    if driver.plan.row.metric and driver.plan.monitor is not None:
        step = fed(step, plan.metrics[driver.plan.monitor].at)
    return thinned(step, driver.plan.frequency)


def fed(step: Callable[[float], object], metric: Callable[[int], float]) -> Callable[[], object]:
    """``step`` called with the metric of each tick, counted from 0."""
    tick = -1

    def call() -> None:
        nonlocal tick
        tick += 1
        step(metric(tick))

    return call


def thinned(step: Callable[[], object], frequency: int) -> Callable[[], object]:
    """``step`` at every so many calls."""
    if frequency == 1:
        return step
    left = frequency

    def call() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            left = frequency
            step()

    return call
