"""What happens between two optimizer steps: schedulers tick."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.build.objects import Built, Driver
    from lrplan.spec.metrics import Metric
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
        step = _fed(step, plan.metrics[driver.plan.monitor])
    return step if driver.plan.frequency == 1 else _thinned(step, driver.plan.frequency)


def _fed(step: Callable[[float], object], metric: Metric) -> Callable[[], object]:
    tick = -1

    def call() -> None:
        nonlocal tick
        tick += 1
        step(metric.at(tick))

    return call


def _thinned(step: Callable[[], object], frequency: int) -> Callable[[], object]:
    left = frequency

    def call() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            left = frequency
            step()

    return call
