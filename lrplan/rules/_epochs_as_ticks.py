"""Recognises lengths that count epochs although something faster ticks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lrplan.rules._expressions import factors, spread
from lrplan.rules._factors import value_at
from lrplan.rules._plain_words import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.rules._context import Context
    from lrplan.rules._expressions import Factor
    from lrplan.rules._lengths import Length
    from lrplan.rules._tempo import Tempo
    from lrplan.spec.expression import Expression
    from lrplan.spec.plan import SchedulerPlan

LEAST = 4
"""With fewer ticks an epoch the two readings are too close to tell apart."""

MANY = 20
"""From so many ticks an epoch on, nobody counts to less than the number of epochs in ticks."""

_GONE = 1e-6
_MOST_EPOCHS = 20_000


def consequence(context: Context, length: Length, pace: Tempo) -> str | None:
    """What comes of reading ``length`` as ticks when it counts epochs; None when it does not."""
    by_kind = {
        "end": _end,
        "every": _every,
        "cuts": _cuts,
        "cycle": _cycle,
        "hand-over": _hand_over,
    }
    check = by_kind.get(length.kind)
    return None if check is None else check(context, length, pace)


def lambda_in_epochs(context: Context, pace: Tempo) -> Iterator[tuple[Factor, str]]:
    """Expressions of ``pace.top`` whose shape ends with the number of epochs, and how."""
    if not 2 < pace.epochs <= _MOST_EPOCHS:
        return
    for factor in factors(context, "LambdaLR", "LambdaParamScheduler"):
        if factor.span.top is pace.top and factor.span.begin == 0:
            said = _lambda(factor.expression, pace)
            if said is not None:
                yield factor, said


def _end(context: Context, length: Length, pace: Tempo) -> str | None:
    value, ticks = length.value, length.span.ticks
    if 4 * value > ticks:
        return None
    kind = length.scheduler.type
    whole = _is_whole_run(length, pace)
    if kind in {"CosineAnnealingLR", "WarmupCosine"}:
        within_an_epoch = value <= pace.epochs and 2 * value <= (pace.per_epoch or 0)
        said = f"the rate comes up again {count(ticks // (2 * value), 'time')}"
        return said if whole or within_an_epoch else None
    if not whole and value > pace.epochs:
        return None
    if kind == "OneCycleLR":
        return f"torch raises ValueError after step {value:,}"
    end = context.value(length.scheduler, "end_factor", (int, float))
    if kind == "LinearLR" and end:
        return f"the line is over at step {value:,}" if whole else None
    return f"the rate is 0 from step {value:,} on"


def _is_whole_run(length: Length, pace: Tempo) -> bool:
    """Whether it is the number of epochs, or of those left when the scheduler begins."""
    begin = length.span.begin
    before = {0, begin, round(begin / (pace.per_epoch or 1))}
    ends = {pace.epochs, pace.plan_epochs}
    return any(abs(length.value + each - end) <= 1 for each in before for end in ends)


def _every(context: Context, length: Length, pace: Tempo) -> str | None:
    gamma = context.value(length.scheduler, "gamma", (int, float))
    if gamma is None or gamma <= 0 or gamma == 1 or not 1 < length.value <= pace.epochs:
        return None
    cuts = math.ceil(math.log(_GONE) / -abs(math.log(gamma)))
    gone = cuts * length.value
    meant = pace.epochs // length.value
    if 2 * gone > length.span.ticks or meant >= cuts:
        return None
    field = context.driven(length.scheduler)
    name = "the rate" if field == "lr" else field
    extent = "a millionth of its base or less" if gamma < 1 else "a million times its base or more"
    return f"{name} is {extent} from {pace.top.interval} {gone:,} on"


def _cuts(context: Context, length: Length, pace: Tempo) -> str | None:
    gamma = context.value(length.scheduler, "gamma", (int, float))
    if gamma is None or not 0 < gamma < 1 or length.value > pace.plan_epochs:
        return None
    ends_late = 2 * length.value >= pace.plan_epochs
    if not ends_late and (len(length.values) == 1 or (pace.per_epoch or 0) < MANY):
        return None
    if 4 * length.value > length.span.ticks:
        return None
    epoch = (length.span.begin + length.value) // math.ceil(pace.per_epoch or 1)
    return f"the last cut comes in epoch {epoch:,}, counted from 0"


def _cycle(context: Context, length: Length, pace: Tempo) -> str | None:
    """Restarts may be short on purpose, unless they fit the epochs to the last one."""
    if length.name != "T_0" or pace.epochs > (pace.per_epoch or 0):
        return None
    if length.scheduler.type != "CosineAnnealingWarmRestarts" or pace.epochs < LEAST:
        return None
    times = context.value(length.scheduler, "T_mult", int) or 1
    total, cycle = length.value, length.value
    while times > 1 and total < pace.epochs:
        cycle *= times
        total += cycle
    if total != pace.epochs:
        return None
    return f"the first restart comes at step {length.value:,}"


def _hand_over(_: Context, length: Length, pace: Tempo) -> str | None:
    """Two or more hand-overs, and a last phase that is not told how long it is."""
    last = list(length.scheduler.children())[-1:]
    if len(length.values) < 2 or (pace.per_epoch or 0) < MANY:
        return None
    if not 2 * length.value >= pace.epochs >= length.value - 1:
        return None
    if any(_outlasts(child, pace) for child in last):
        return None
    return f"the last phase begins at step {length.value:,}"


def _outlasts(scheduler: SchedulerPlan, pace: Tempo) -> bool:
    """Whether it is given a length of its own that cannot be in epochs."""
    given = scheduler.arguments.values()
    return any(isinstance(value, int) and value > 2 * pace.epochs for value in given)


def _lambda(expression: Expression, pace: Tempo) -> str | None:
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
