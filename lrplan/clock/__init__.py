"""The training timeline: epochs, batches, accumulation windows, steps; durations in all of them.

Whole numbers and exact fractions only. No other module converts units.
"""

from __future__ import annotations

from lrplan.clock.duration import UNITS, ClockError, Duration, Unit, parse_duration
from lrplan.clock.gaps import START, Position
from lrplan.clock.pace import LastWindow, Pace
from lrplan.clock.rate import Interval, Rate
from lrplan.clock.settings import Settings
from lrplan.clock.timeline import Clock
from lrplan.clock.training import MAX_STEPS

__all__ = [
    "MAX_STEPS",
    "START",
    "UNITS",
    "Clock",
    "ClockError",
    "Duration",
    "Interval",
    "LastWindow",
    "Pace",
    "Position",
    "Rate",
    "Settings",
    "Unit",
    "parse_duration",
]
