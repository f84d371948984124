"""A hypothesis that reproduces every row of a log, and its description length in bits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrplan.arrays import FloatArray

Name = Literal[
    "as-planned",
    "logged-one-step-late",
    "logged-one-step-early",
    "scheduler-before-optimizer",
    "skipped-updates",
    "schedule-restarted",
    "stepped-per-epoch",
    "stepped-per-batch",
    "stepped-k-times",
    "peak-scaled",
    "group-scaled",
    "constant",
    "warmup-length",
    "other-length",
    "other-schedule",
]


@dataclass(frozen=True, slots=True)
class HypothesisFit:
    """A hypothesis that gives every row of the log."""

    name: Name
    expected: FloatArray
    """The value that it gives each row and group, without the factors."""
    bits: float = 0.0
    """The length of its statement: one of two equally simple ones takes 1 bit, a digit 3.3."""
    step: int | None = None
    """The update from which on it differs from the plan."""
    offset: int = 0
    """Ticks between the update of a row and the one whose value it has."""
    count: int = 0
    """Skipped updates; the tick from which a restarted schedule goes on; ticks an update."""
    slower: bool = False
    """True if the schedule ticks once in ``count`` updates, False if ``count`` times an update."""
    ahead: bool = False
    """True if the schedule counts updates that the log does not, and not the other way round."""
    losses: tuple[tuple[int, int], ...] = ()
    """Of skipped updates: the first row after each delay, and how many are lost there."""
    factors: tuple[float, ...] = ()
    """By group: the logged rates as multiples of the planned ones."""
    message: str = ""
    """The message, if it does not follow from the name and the numbers."""
    second_causes: tuple[HypothesisFit, ...] = ()
    """Hypotheses of a second cause: each explains the rest equally."""
    has_little_evidence: bool = False
    """True if few rows support it: it is reported together with another cause, never alone."""
