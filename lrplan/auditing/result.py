"""The result of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["as-planned", "explained", "differs", "unexplained"]
"""``as-planned``: every logged value is the plan's. ``explained``: the plan's rates, moved by
something harmless or counted. ``differs``: other rates, with the cause. ``unexplained``: other
rates, and no known cause."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason why the log differs from the plan.

    ``alternatives`` are the names of other causes that explain the log equally well.
    """

    name: str
    message: str
    step: int | None = None
    """The update of the plan, from 0, from which on it shows."""
    rule: str | None = None
    """The rule about the same pitfall, if there is one."""
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The verdict on a log: whether its run had the learning rates of its plan, and if not, why."""

    verdict: Verdict
    sentence: str
    causes: tuple[Cause, ...] = ()
    largest_difference: float = 0.0
    """Between the logged values and the plan, explained or not, as a learning rate."""
    logged_steps: int = 0
    """Rows of the log that were compared."""
    offset: int = 0
    """In updates, beyond the convention of the log's format."""
    groups: Mapping[str, str] = field(default_factory=dict)
    """The parameter group of the plan by the column of the log."""
