"""The metric arguments of live schedulers: ``step()`` is called with or without a metric."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from lrplan.clock import Clock
from lrplan.errors import UsageError
from lrplan.simulate.live_objects.scheduler_config import SchedulerConfig
from lrplan.simulate.stepping.tickers import with_metric

Metric = Sequence[float] | Callable[[int], float]

_METRIC_NAMES = ("metrics", "metric")
_COUNTS = {"epoch", "t", "step", "num_updates"}


class MetricFeeds:
    """The metrics handed over, and the schedulers that read them.

    Args:
        metrics: values, one per tick of the scheduler that reads them, or a function of the tick
            (from 0); or a mapping from names to such.
        clock: the run.
    """

    def __init__(self, metrics: Mapping[str, Metric] | Metric | None, clock: Clock) -> None:
        self._clock = clock
        self._unnamed = not isinstance(metrics, Mapping)
        self._metrics: Mapping[str, Metric] = {}
        if isinstance(metrics, Mapping):
            self._metrics = metrics
        elif metrics is not None:
            self._metrics = {"metrics": metrics}
        self._names_read: set[str] = set()

    def tick_of(self, config: SchedulerConfig, scheduler: Any) -> Callable[[], object]:
        """Return the function that ticks ``scheduler``, the copy of the one configured.

        Raises:
            UsageError: it needs a metric that is not there or too short, or arguments that only
                the loop of its own package knows.
        """
        step = scheduler.step
        parameter = self._parameter(config, step)
        if parameter is None:
            tick: Callable[[], object] = step
            return tick
        metric = self._metric(config)
        takes_metric = _by_name(step, parameter) if parameter else step
        return with_metric(takes_metric, metric, count())

    def check_all_read(self) -> None:
        """Refuse metrics that no scheduler reads.

        Raises:
            UsageError: there is one.
        """
        unread = [name for name in self._metrics if name not in self._names_read]
        if unread:
            raise UsageError(f"no scheduler reads {', '.join(unread)}; leave it out")

    def _parameter(self, config: SchedulerConfig, step: Callable[..., object]) -> str | None:
        """The parameter of ``step`` that takes a metric: empty for its first, None without one."""
        parameters = _parameters(step)
        needed = [each.name for each in parameters if _is_needed(each)]
        if len(needed) > 1 or _COUNTS.intersection(needed):
            wanted = f"{config.name}.step() needs {' and '.join(needed)}"
            hint = "hand over an object whose step() calls it as your loop does"
            raise UsageError(f"{wanted}; {hint}")
        # `step(metrics, epoch=None)` of a plateau gets the metric by that name; `step(val)`, which
        # needs one argument of another name, gets it as its first. `step(epoch=None)` needs nothing
        # and gets none, unless the configuration names a monitor.
        named = next((each.name for each in parameters if each.name in _METRIC_NAMES), None)
        if named is not None and (needed or self._metrics):
            return named
        return "" if needed or config.monitor is not None else None

    def _metric(self, config: SchedulerConfig) -> Callable[[int], float]:
        ticks = self._clock.ticks(config.interval) // config.frequency
        every = (
            config.interval if config.frequency == 1 else f"{config.frequency} {config.interval}s"
        )
        wanted = f"{ticks}, one per {every}"
        if not self._metrics:
            raise UsageError(f"{config.name} reads a metric: give metrics: {wanted}")
        name = self._name(config)
        self._names_read.add(name)
        metric = self._metrics[name]
        if callable(metric):
            return metric
        values = [float(value) for value in metric]
        if len(values) < ticks:
            has = f"{name} has {len(values)} value{'' if len(values) == 1 else 's'}"
            raise UsageError(f"{has}, but {config.name} reads {wanted}")
        return values.__getitem__

    def _name(self, config: SchedulerConfig) -> str:
        names = tuple(self._metrics)
        if len(names) == 1 and (self._unnamed or config.monitor is None):
            return names[0]
        if config.monitor in names:
            return str(config.monitor)
        reads = "one of the" if config.monitor is None else f"{config.monitor!r}, not among the"
        hint = "say which by a mapping with its `monitor`"
        raise UsageError(f"{config.name} reads {reads} metrics {', '.join(names)}; {hint}")


def _parameters(step: Callable[..., object]) -> Sequence[inspect.Parameter]:
    try:
        return tuple(inspect.signature(step).parameters.values())
    except (TypeError, ValueError):
        return ()  # a builtin may have no signature


def _is_needed(parameter: inspect.Parameter) -> bool:
    takes_one = parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    return takes_one and parameter.default is parameter.empty


def _by_name(step: Callable[..., object], parameter: str) -> Callable[[float], object]:
    return lambda value: step(**{parameter: value})
