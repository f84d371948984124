"""The training timeline: epochs, batches, accumulation windows, steps; durations in all of them.

A length such as ``5ep`` is parsed by ``duration`` (a sum of lengths by ``terms``) and converted by
``Clock.resolve``. ``timeline`` has the order of steps and ticks, ``loops`` what each training loop
makes of them. Only whole numbers and exact fractions are used, and no other package converts units.
"""

from __future__ import annotations

from lrplan.clock.batching import Batching, LastWindow
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.call_order import call_order, metric_indices
from lrplan.clock.clock import Clock
from lrplan.clock.derive import MAX_STEPS
from lrplan.clock.duration import UNITS, ClockError, Duration, parse_duration
from lrplan.clock.ramp import Ramp
from lrplan.clock.terms import REST, parse_terms
from lrplan.clock.ticks_between_steps import START, Moment
from lrplan.clock.training_settings import TrainingSettings

__all__ = [
    "MAX_STEPS",
    "REST",
    "START",
    "UNITS",
    "Batching",
    "Cadence",
    "Clock",
    "ClockError",
    "Duration",
    "Interval",
    "LastWindow",
    "Moment",
    "Ramp",
    "TrainingSettings",
    "call_order",
    "metric_indices",
    "parse_duration",
    "parse_terms",
]
