"""Recognises formulas that count epochs although something faster ticks."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context
from lrplan.lint.facts.expressions import Factor, factors_on_base, sampled_ticks, value_at
from lrplan.lint.facts.tick_counts import TickCounts
from lrplan.rules.units._epochs_as_ticks import MANY
from lrplan.specfile.expressions.expression import Expression

_MOST_EPOCHS = 20_000


def lambda_in_epochs(context: Context, counts: TickCounts) -> Iterator[tuple[Factor, str]]:
    """Expressions of ``counts.top`` whose shape ends with the number of epochs, and how."""
    if not 2 < counts.epochs <= _MOST_EPOCHS:
        return
    for factor in factors_on_base(context):
        if factor.span.top is counts.top and factor.span.begin == 0:
            description = _lambda(factor.expression, counts)
            if description is not None:
                yield factor, description


def _lambda(expression: Expression, counts: TickCounts) -> str | None:
    # A power such as (1 - epoch / 100) ** 0.9 has values until it reaches 0, and none after.
    finite: list[float] = []
    for tick in range(counts.epochs + 2):
        value = value_at(expression, tick)
        if value is None:
            break
        finite.append(value)
    whole = len(finite) == counts.epochs + 2
    if 4 * counts.epochs > counts.ticks or max(finite, default=0.0) <= 0:
        return None
    top = finite.index(max(finite))
    # Three shapes end with the epochs: one that reaches 0 there, one with its lowest value there,
    # and stairs whose last cut comes within them and that never change again.
    over = next((t for t in range(top, len(finite)) if finite[t] <= 1e-9 * finite[top]), None)
    if over is not None and abs(over - counts.epochs) <= 1:
        return f"reaches 0 at {counts.top.interval} {over:,}"
    if not whole:
        return None
    low = _bottom(expression, counts.epochs)
    if low is not None and abs(low - counts.epochs) <= 1:
        return f"reaches its lowest value at {counts.top.interval} {low:,}"
    cut = _last_cut(finite)
    if cut is None or 3 * cut < counts.epochs or (counts.per_epoch or 0) < MANY:
        return None
    later = {
        value_at(expression, tick) for tick in sampled_ticks(counts.ticks) if tick >= counts.epochs
    }
    return f"changes last at {counts.top.interval} {cut:,}" if later == {finite[-1]} else None


def _bottom(expression: Expression, epochs: int) -> int | None:
    """The tick at which a smooth fall to less than a half is over, within twice the epochs."""
    values = [value_at(expression, tick) for tick in range(2 * epochs + 2)]
    finite = [value for value in values if value is not None]
    if len(finite) < len(values):
        return None
    top, least = finite.index(max(finite)), min(finite)
    low = next(t for t, value in enumerate(finite) if value <= least + 1e-9 * finite[top])
    falls = [finite[t] > finite[t + 1] for t in range(top, low)]
    smooth = sum(falls) > 0.8 * len(falls)
    return low if top < low < 2 * epochs and smooth and least < 0.5 * finite[top] else None


def _last_cut(values: list[float]) -> int | None:
    """The last of two or more cuts in stairs that only go down; None for any other shape."""
    steps = [tick for tick in range(1, len(values)) if values[tick] != values[tick - 1]]
    falls = all(values[tick] < values[tick - 1] for tick in steps)
    return steps[-1] if falls and 2 <= len(steps) <= len(values) // 3 else None
