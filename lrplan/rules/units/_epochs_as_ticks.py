"""Recognises lengths that count epochs although something faster ticks."""

from __future__ import annotations

import math
from math import ceil
from typing import TYPE_CHECKING

from lrplan.lint.facts.length_kinds import AFTER
from lrplan.lint.wording import count

if TYPE_CHECKING:
    from lrplan.lint.context import Context
    from lrplan.lint.facts.lengths import Length
    from lrplan.lint.facts.tick_counts import TickCounts
    from lrplan.plan import SchedulerPlan

LEAST = 4
"""With fewer ticks an epoch the two readings are too close to tell apart."""

MANY = 20
"""From so many ticks an epoch on, nobody counts to less than the number of epochs in ticks."""

_GONE = 1e-6
_CYCLES = 100
_GROWS = {
    "CosineAnnealingWarmRestarts": "T_mult",
    "CyclicLR": "",
    "ignite:LinearCyclicalScheduler": "cycle_mult",
    "ignite:CosineAnnealingScheduler": "cycle_mult",
}
"""Schedulers whose cycles never end, and what makes each longer than the one before."""


def consequence(context: Context, length: Length, pace: TickCounts) -> str | None:
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


def _end(context: Context, length: Length, pace: TickCounts) -> str | None:
    value, ticks = length.value, length.span.ticks
    if 4 * value > ticks:
        return None
    whole = _is_whole_run(length, pace)
    after = AFTER.get(length.scheduler.type, "holds")
    if after == "waves":
        within_an_epoch = value <= pace.epochs and 2 * value <= (pace.per_epoch or 0)
        return _waves(context, length) if whole or within_an_epoch else None
    if not whole and value > pace.epochs:
        return None
    if after == "raises":
        package = "torch" if length.scheduler.row.family == "torch" else "mmengine"
        return f"{package} raises ValueError after step {value + length.begin:,}"
    end = context.value(length.scheduler, "end_factor", (int, float))
    if after == "zero" and not end:
        return f"the rate is 0 from step {value:,} on"
    what = "line" if length.scheduler.type == "LinearLR" else "schedule"
    return f"the {what} is over at step {ceil(value + length.begin):,}" if whole else None


def _waves(context: Context, length: Length) -> str:
    """How often a cosine that nothing stops comes up again: its warm-up is not part of it."""
    scheduler, ticks = length.scheduler, length.span.ticks
    warmup = context.value(scheduler, "num_warmup_steps", int) or 0
    waves = context.value(scheduler, "num_cycles", (int, float)) or 0.5
    whole = (length.value - warmup) / waves
    times = int((ticks - warmup) // whole) if whole > 0 else 0
    return (
        f"the rate comes up again {count(times, 'time')}"
        if times
        else "it is over before its warm-up"
    )


def _is_whole_run(length: Length, pace: TickCounts) -> bool:
    """Whether it is the number of epochs, or of those left when the scheduler begins."""
    begin = length.begin
    before = {0, begin, round(begin / (pace.per_epoch or 1))}
    ends = {pace.epochs, pace.plan_epochs}
    return any(abs(length.value + each - end) <= 1 for each in before for end in ends)


def _every(context: Context, length: Length, pace: TickCounts) -> str | None:
    gamma = _factor(context, length)
    if gamma is None or gamma <= 0 or gamma == 1 or not 1 < length.value <= pace.epochs:
        return None
    cuts = ceil(math.log(_GONE) / -abs(math.log(gamma)))
    gone = ceil(cuts * length.value)
    meant = pace.epochs // length.value
    if 2 * gone > length.span.ticks or meant >= cuts:
        return None
    field = context.driven(length.scheduler)
    name = "the rate" if field == "lr" else field
    extent = "a millionth of its base or less" if gamma < 1 else "a million times its base or more"
    return f"{name} is {extent} from {pace.top.interval} {gone:,} on"


def _factor(context: Context, length: Length) -> float | None:
    """What a cut multiplies by."""
    name = "decay_rate" if length.scheduler.row.family == "timm" else "gamma"
    return context.value(length.scheduler, name, (int, float))


def _cuts(context: Context, length: Length, pace: TickCounts) -> str | None:
    gamma = _factor(context, length)
    if gamma is None or not 0 < gamma < 1 or length.value > pace.plan_epochs:
        return None
    ends_late = 2 * length.value >= pace.plan_epochs
    if not ends_late and (len(length.values) == 1 or (pace.per_epoch or 0) < MANY):
        return None
    if 4 * length.value > length.span.ticks:
        return None
    epoch = ceil(length.begin + length.value) // ceil(pace.per_epoch or 1)
    return f"the last cut comes in epoch {epoch:,}, counted from 0"


def _cycle(context: Context, length: Length, pace: TickCounts) -> str | None:
    """Restarts may be short on purpose, unless they fit the epochs or are there by the hundred."""
    if _fills_the_epochs(context, length, pace):
        return f"the first restart comes at step {length.value:,}"
    times = context.value(length.scheduler, _GROWS.get(length.scheduler.type, ""), (int, float))
    cycle = length.value
    if length.scheduler.type == "CyclicLR":
        cycle += context.value(length.scheduler, "step_size_down", int) or length.value
    if length.scheduler.type not in _GROWS or (times or 1) != 1 or length.value > pace.epochs:
        return None
    if 4 * cycle > (pace.per_epoch or 0) or _CYCLES * cycle > length.span.ticks:
        return None
    return f"there are {length.span.ticks // cycle:,} cycles, each a small part of an epoch"


def _fills_the_epochs(context: Context, length: Length, pace: TickCounts) -> bool:
    """Whether restarts of that many epochs would add up to exactly the run."""
    if length.name != "T_0" or not LEAST <= pace.epochs <= (pace.per_epoch or 0):
        return False
    if length.scheduler.type != "CosineAnnealingWarmRestarts":
        return False
    times = context.value(length.scheduler, "T_mult", int) or 1
    total, cycle = length.value, length.value
    while times > 1 and total < pace.epochs:
        cycle *= times
        total += cycle
    return total == pace.epochs


def _hand_over(_: Context, length: Length, pace: TickCounts) -> str | None:
    """Two or more hand-overs, and a last phase that is not told how long it is."""
    last = list(length.scheduler.children())[-1:]
    if len(length.values) < 2 or (pace.per_epoch or 0) < MANY:
        return None
    if not 2 * length.value >= pace.epochs >= length.value - 1:
        return None
    if any(_outlasts(child, pace) for child in last):
        return None
    return f"the last phase begins at step {length.value:,}"


def _outlasts(scheduler: SchedulerPlan, pace: TickCounts) -> bool:
    """Whether it is given a length of its own that cannot be in epochs."""
    given = scheduler.arguments.values()
    return any(isinstance(value, int) and value > 2 * pace.epochs for value in given)
