"""The metric that a plateau scheduler reads: one value for each of its ticks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lrplan.text import quantity


class MetricError(ValueError):
    """A metric has no value for a tick; the text says why."""


@dataclass(frozen=True)
class Metric:
    """A metric: one value per tick of the scheduler that reads it.

    Args:
        name: its key in the spec.
        values: the values listed, one per tick; None for an expression.
        expression: a function of the tick; None for a list.
        hold: the last value is repeated when the list ends.
    """

    name: str
    values: tuple[float, ...] | None
    expression: Callable[[int], float] | None = None
    hold: bool = False

    def at(self, tick: int) -> float:
        """The value for a tick, counted from 0.

        Raises:
            MetricError: the list is too short and is not held, or the expression has no value.
        """
        if self.expression is not None:
            try:
                return self.expression(tick)
            except ValueError as error:
                raise MetricError(f"metric `{self.name}`: {error}") from None
        values = self.values or ()
        if 0 <= tick < len(values):
            return values[tick]
        if self.hold and values and tick >= 0:
            return values[-1]
        raise MetricError(
            f"metric `{self.name}` has {quantity(len(values), 'value')}, none for tick {tick}"
        )

    def check_length(self, ticks: int) -> str | None:
        """Return a message if a run that reads ``ticks`` values needs more; None otherwise."""
        if self.values is None or self.hold or len(self.values) >= ticks:
            return None
        has = quantity(len(self.values), "value")
        return (
            f"metric `{self.name}` has {has}, but the run reads {ticks};"
            " list them all, or say `then: hold` to repeat the last one"
        )
