"""Recognises formulas that count epochs although something faster ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.lint.facts.expressions import factors, spread
from lrplan.lint.facts.factors import value_at
from lrplan.rules.units._epochs_as_ticks import MANY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.lint.facts.expressions import Factor
    from lrplan.lint.facts.tick_counts import TickCounts
    from lrplan.specfile.expressions.expression import Expression

_MOST_EPOCHS = 20_000


def lambda_in_epochs(context: Context, pace: TickCounts) -> Iterator[tuple[Factor, str]]:
    """Expressions of ``pace.top`` whose shape ends with the number of epochs, and how."""
    if not 2 < pace.epochs <= _MOST_EPOCHS:
        return
    for factor in factors(context, "LambdaLR", "LambdaParamScheduler"):
        if factor.span.top is pace.top and factor.span.begin == 0:
            said = _lambda(factor.expression, pace)
            if said is not None:
                yield factor, said


def _lambda(expression: Expression, pace: TickCounts) -> str | None:
    values = [value_at(expression, tick) for tick in range(pace.epochs + 2)]
    known = [value for value in values if value is not None]
    if len(known) < len(values) or 4 * pace.epochs > pace.ticks or max(known) <= 0:
        return None
    top = known.index(max(known))
    over = next((t for t in range(top, len(known)) if known[t] <= 1e-9 * known[top]), None)
    if over is not None and abs(over - pace.epochs) <= 1:
        return f"reaches 0 at {pace.top.interval} {over:,}"
    low = _bottom(expression, pace.epochs)
    if low is not None and abs(low - pace.epochs) <= 1:
        return f"comes to its lowest at {pace.top.interval} {low:,}"
    cut = _last_cut(known)
    if cut is None or 3 * cut < pace.epochs or (pace.per_epoch or 0) < MANY:
        return None
    later = {value_at(expression, tick) for tick in spread(pace.ticks) if tick >= pace.epochs}
    return f"changes last at {pace.top.interval} {cut:,}" if later == {known[-1]} else None


def _bottom(expression: Expression, epochs: int) -> int | None:
    """Where a smooth fall to less than a half is over, within twice the epochs."""
    values = [value_at(expression, tick) for tick in range(2 * epochs + 2)]
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return None
    top, least = known.index(max(known)), min(known)
    low = next(t for t, value in enumerate(known) if value <= least + 1e-9 * known[top])
    falls = [known[t] > known[t + 1] for t in range(top, low)]
    smooth = sum(falls) > 0.8 * len(falls)
    return low if top < low < 2 * epochs and smooth and least < 0.5 * known[top] else None


def _last_cut(values: list[float]) -> int | None:
    """The last of two or more cuts in stairs that only go down; None for any other shape."""
    steps = [tick for tick in range(1, len(values)) if values[tick] != values[tick - 1]]
    falls = all(values[tick] < values[tick - 1] for tick in steps)
    return steps[-1] if falls and 2 <= len(steps) <= len(values) // 3 else None
