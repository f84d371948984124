"""Plateau schedulers: the metric as they read it, and the calls at which they cut."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import inf

from lrplan.clock import Cadence, Clock, metric_indices
from lrplan.lint import Context, Span, child_path
from lrplan.lint.facts.plateaus import argument_names
from lrplan.metric import Metric, MetricError


@dataclass(frozen=True, slots=True)
class Settings:
    """The arguments of a plateau that decide when it cuts."""

    mode: str
    threshold: float
    threshold_mode: str
    patience: int
    cooldown: int

    def better(self, value: float, best: float) -> bool:
        """Return True if ``value`` is an improvement on ``best``, as torch sees it.

        A ``threshold_mode`` of ``size`` is what ``rel`` should be: a share of ``abs(best)``.
        """
        # inf - 1e-4 * inf is NaN, and no value is less than NaN; torch's inf * (1 - 1e-4) stays
        # inf.
        if best in (inf, -inf):
            target = best
        else:
            unit = {"rel": best, "size": abs(best)}.get(self.threshold_mode, 1.0)
            target = best + (-1 if self.mode == "min" else 1) * self.threshold * unit
        return value < target if self.mode == "min" else value > target

    def best_at_first(self) -> float:
        """The best value before the first one is read."""
        return inf if self.mode == "min" else -inf


def plateau_settings(context: Context, span: Span) -> Settings | None:
    """The arguments of the plateau, or None when one of them is not a number."""
    scheduler, called = span.scheduler, argument_names(span.scheduler)
    mode = context.value(scheduler, called.mode, str)
    threshold = context.number(scheduler, called.threshold)
    relative = context.value(scheduler, called.threshold_mode, str) or "rel"
    patience = context.integer(scheduler, called.patience)
    cooldown = context.integer(scheduler, called.cooldown)
    if mode is None or threshold is None or patience is None or cooldown is None:
        return None
    return Settings(called.understood(mode), float(threshold), relative, patience, cooldown)


def step_of_call(context: Context, span: Span, call: int) -> int | None:
    """The first step after the plateau has read its ``call``-th value; None if there is none."""
    return context.step(span, _unread(context, span) + call)


def metric_name(span: Span) -> str | None:
    """The metric that the plateau reads; it is known on the outermost scheduler."""
    return span.top.monitor or span.scheduler.monitor


def metric_path(context: Context, name: str) -> str:
    """The path of the metric in the spec."""
    return child_path(child_path(context.plan.path, "metrics"), name)


def metric_values(context: Context, span: Span) -> tuple[float, ...]:
    """The values that the plateau is given in this run, one for each of its calls.

    They end where the metric has none; one behind a warm-up sees nothing of the warm-up.
    """
    name = metric_name(span)
    metric = context.plan.metrics.get(name) if name is not None else None
    begin = span.begin + _unread(context, span)
    return (
        () if metric is None else _values(metric, context.clock, span.top.cadence, span.end)[begin:]
    )


def cutting_calls(values: tuple[float, ...], settings: Settings) -> list[int]:
    """The calls, counted from 1, at which ``ReduceLROnPlateau`` cuts when it reads ``values``."""
    # The loop of ReduceLROnPlateau.step without its optimizer. patience: 2 and values 1, 1, 1, 1:
    # the first is the best, three bad ones follow, and the third is one more than the patience, so
    # the cut comes at call 4. During a cooldown bad values are not counted.
    best, bad, cooling = settings.best_at_first(), 0, 0
    calls = []
    for call, value in enumerate(values, 1):
        improved = settings.better(value, best)
        best, bad = (value, 0) if improved else (best, bad + 1)
        if cooling > 0:
            cooling, bad = cooling - 1, 0
        if bad > settings.patience:
            calls.append(call)
            cooling, bad = settings.cooldown, 0
    return calls


def _unread(context: Context, span: Span) -> int:
    # A warm-up of 2.5 ticks takes ticks 1 and 2; the metric is read from tick 3 on.
    return math.floor(context.number(span.scheduler, argument_names(span.scheduler).warmup) or 0)


@lru_cache(maxsize=16)
def _values(metric: Metric, clock: Clock, rate: Cadence, calls: int) -> tuple[float, ...]:
    """The value that each of the first ``calls`` calls is given."""
    return tuple(_each(metric, islice(metric_indices(clock, rate), calls)))


def _each(metric: Metric, indices: Iterable[int]) -> Iterator[float]:
    for index in indices:
        try:
            yield metric.at(index)
        except MetricError:
            return
