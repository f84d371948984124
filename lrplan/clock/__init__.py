"""The training timeline: epochs, batches, accumulation windows, steps; durations in all of them.

Only whole numbers and exact fractions are used. No other module converts units.
"""

from __future__ import annotations

from lrplan.clock.batching import Batching, LastWindow
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.call_order import call_order, metric_indices
from lrplan.clock.clock import Clock
from lrplan.clock.derive import MAX_STEPS
from lrplan.clock.duration import UNITS, ClockError, Duration, Unit, parse_duration
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
    "Unit",
    "call_order",
    "metric_indices",
    "parse_duration",
    "parse_terms",
]
