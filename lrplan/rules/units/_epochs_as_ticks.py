"""Recognises lengths that count epochs although something faster ticks."""

from __future__ import annotations

import math
from dataclasses import replace
from math import ceil

from lrplan.lint import Context, SchedulerPlan, count
from lrplan.lint.facts.lengths import UnitlessLength
from lrplan.lint.facts.tick_counts import TickCounts

LEAST = 4
"""With fewer ticks an epoch the two readings are too close to each other."""

MANY = 20
"""From this many ticks an epoch on, nobody counts to less than the number of epochs in ticks."""

_GONE = 1e-6
_CYCLES = 100
_BOTH = 2
_GROWS = {
    "CosineAnnealingWarmRestarts": "T_mult",
    "CyclicLR": "",
    "ignite:LinearCyclicalScheduler": "cycle_mult",
    "ignite:CosineAnnealingScheduler": "cycle_mult",
}
"""Schedulers whose cycles never end, and what makes each longer than the one before."""


def consequence(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    """The effect of ticking ``length`` when it counts epochs; None when it does not count them."""
    by_kind = {
        "end": _end,
        "every": _every,
        "cuts": _cuts,
        "cycle": _cycle,
        "hand-over": _hand_over,
        "ramp": _ramp,
        "part": _part,
    }
    check = by_kind.get(length.kind)
    return None if check is None else check(context, length, counts)


def _end(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    value, ticks = length.value, length.span.ticks
    if 4 * value > ticks:
        return None
    whole = _is_whole_run(length, counts)
    after = length.scheduler.row.past_end
    if after == "waves":
        within_an_epoch = value <= counts.epochs and 2 * value <= (counts.per_epoch or 0)
        return _waves(context, length) if whole or within_an_epoch else None
    if not whole and value > counts.epochs:
        return None
    if after == "raises":
        package = "torch" if length.scheduler.row.family == "torch" else "mmengine"
        return f"{package} raises ValueError after step {ceil(value + length.begin):,}"
    end = context.number(length.scheduler, "end_factor")
    if after == "zero" and not end:
        return f"the lr is 0 from step {value:,} on"
    what = "line" if length.scheduler.row.name_of("end factor") else "schedule"
    return f"the {what} is over at step {ceil(value + length.begin):,}" if whole else None


def _part(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    """Parts of a schedule without an end of its own that add up to the epochs of the run."""
    # A tri-stage schedule with 3 steps of warm-up, 12 at the base lr and 15 of decay, in 30 epochs.
    # A part of a schedule that has an end goes along with that.
    scheduler, row = length.scheduler, length.scheduler.row
    if any(context.number(scheduler, each.name) for each in row.arguments if each.role == "end"):
        return None
    parts = (each.name for each in row.arguments if each.role in ("warm-up", "part"))
    total = sum(context.integer(scheduler, name) or 0 for name in parts)
    if 4 * total > length.span.ticks or not _is_whole_run(replace(length, values=(total,)), counts):
        return None
    return f"the schedule is over at step {ceil(total + length.begin):,}"


def _ramp(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    """A decay, or a ramp of the weight decay, over the number of epochs of the run in ticks.

    A momentum or an lr that rises may well do so within the first steps of a run.
    """
    field, value = context.field_of(length.scheduler), length.value
    few = (counts.per_epoch or 0) < MANY or 4 * value > length.span.ticks
    if few or not _is_whole_run(length, counts):
        return None
    if field == "weight_decay" or (field == "lr" and _falls(context, length.scheduler)):
        name = "the lr" if field == "lr" else field
        return f"{name} is at its last value from step {ceil(value + length.begin):,} on"
    return None


def _falls(context: Context, scheduler: SchedulerPlan) -> bool:
    """Return True if the value at its end is below all that it starts from."""
    end = context.number(scheduler, scheduler.row.name_of("end value"))
    base = [context.base_values().get(group) for group in scheduler.groups]
    start = context.number(scheduler, "start_value")
    starts = base if start is None else [start]
    return end is not None and all(each is not None and end < each for each in starts)


def _waves(context: Context, length: UnitlessLength) -> str:
    """The number of times that a cosine rises again; its warm-up is not part of the wave."""
    scheduler, ticks = length.scheduler, length.span.ticks
    warmup = context.integer(scheduler, "num_warmup_steps") or 0
    waves = context.number(scheduler, "num_cycles") or 0.5
    # T_max 90 is half a wave, so a whole one takes 180 ticks: 9,000 ticks hold 50, and each of them
    # comes up once.
    whole = (length.value - warmup) / waves
    times = int((ticks - warmup) // whole) if whole > 0 else 0
    return (
        f"the lr comes up again {count(times, 'time')}"
        if times
        else "it is over before its warm-up"
    )


def _is_whole_run(length: UnitlessLength, counts: TickCounts) -> bool:
    """Return True if it is the number of epochs, or of those left when the scheduler begins."""
    begin = length.begin
    # In 90 epochs after a warm-up of 5: 90 (the whole run) and 85 (what is left) both count epochs.
    # The begin may itself be in ticks (500 of 100 an epoch, so 5 epochs) or, mistaken, in epochs.
    offsets = {0, begin, round(begin / (counts.per_epoch or 1))}
    ends = {counts.epochs, counts.plan_epochs}
    return any(abs(length.value + each - end) <= 1 for each in offsets for end in ends)


def _every(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    gamma = _factor(context, length)
    if gamma is None or gamma <= 0 or gamma == 1 or not 1 < length.value <= counts.epochs:
        return None
    # gamma 0.1 needs 6 cuts to reach a millionth. With step_size 30 at every step that is step 180:
    # nothing is left for the rest of 9,000 steps, while 90 epochs would have seen 3 cuts.
    cuts = ceil(math.log(_GONE) / -abs(math.log(gamma)))
    gone = ceil(cuts * length.value)
    meant = counts.epochs // length.value
    if 2 * gone > length.span.ticks or meant >= cuts:
        return None
    field = context.field_of(length.scheduler)
    name = "the lr" if field == "lr" else field
    extent = "a millionth of its base or less" if gamma < 1 else "a million times its base or more"
    return f"{name} is {extent} from {counts.top.interval} {gone:,} on"


def _factor(context: Context, length: UnitlessLength) -> float | None:
    """The factor of one cut."""
    return context.number(length.scheduler, length.scheduler.row.name_of("factor"))


def _cuts(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    gamma = _factor(context, length)
    if gamma is None or not 0 < gamma < 1 or length.value > counts.plan_epochs:
        return None
    ends_late = 2 * length.value >= counts.plan_epochs
    if not ends_late and (len(length.values) == 1 or (counts.per_epoch or 0) < MANY):
        return None
    if 4 * length.value > length.span.ticks:
        return None
    epoch = ceil(length.begin + length.value) // ceil(counts.per_epoch or 1)
    return f"the last cut comes in epoch {epoch:,}, counted from 0"


def _cycle(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    """Restarts may be short on purpose, unless they fit the epochs or are there by the hundred."""
    if _fills_the_epochs(context, length, counts):
        return f"the first restart comes at step {length.value:,}"
    times = context.number(length.scheduler, _GROWS.get(length.scheduler.type, ""))
    cycle = length.value
    if length.scheduler.type == "CyclicLR":
        cycle += context.integer(length.scheduler, "step_size_down") or length.value
    if length.scheduler.type not in _GROWS or (times or 1) != 1 or length.value > counts.epochs:
        return None
    if 4 * cycle > (counts.per_epoch or 0) or _CYCLES * cycle > length.span.ticks:
        return None
    return f"there are {length.span.ticks // cycle:,} cycles, each a small part of an epoch"


def _fills_the_epochs(context: Context, length: UnitlessLength, counts: TickCounts) -> bool:
    """Return True if restarts of that many epochs would add up to exactly the run."""
    if length.name != "T_0" or not LEAST <= counts.epochs <= (counts.per_epoch or 0):
        return False
    if length.scheduler.type != "CosineAnnealingWarmRestarts":
        return False
    times = context.integer(length.scheduler, "T_mult") or 1
    # T_0: 10 and T_mult: 2 give cycles of 10, 20 and 40: with 70 epochs they fill the run exactly.
    total, cycle = length.value, length.value
    while times > 1 and total < counts.epochs:
        cycle *= times
        total += cycle
    return total == counts.epochs


def _hand_over(context: Context, length: UnitlessLength, counts: TickCounts) -> str | None:
    """Two or more hand-overs, and a last phase whose length is not given.

    Or a single one, if a phase beside it is given its length in another unit, and it is as long.
    """
    if _fits_its_phases(context, length, counts):
        return f"the next phase begins at step {length.values[0]:,}"
    last = list(length.scheduler.children())[-1:]
    if len(length.values) < 2 or (counts.per_epoch or 0) < MANY:
        return None
    if not 2 * length.value >= counts.epochs >= length.value - 1:
        return None
    if any(_outlasts(child, counts) for child in last):
        return None
    return f"the last phase begins at step {length.value:,}"


def _fits_its_phases(context: Context, length: UnitlessLength, counts: TickCounts) -> bool:
    """Return True if a phase takes just those epochs, or all that are left after them."""
    members = list(length.scheduler.children())
    if counts.per_epoch is None or len(length.values) != 1 or len(members) != _BOTH:
        return False
    before, after = (
        context.integer(each, each.row.name_of("end", "warm-up")) or 0 for each in members
    )
    begin = length.value * counts.per_epoch
    return before == begin or (after > 0 and begin + after == counts.ticks)


def _outlasts(scheduler: SchedulerPlan, counts: TickCounts) -> bool:
    """Return True if it is given a length of its own that cannot be in epochs."""
    arguments = scheduler.arguments.values()
    return any(isinstance(value, int) and value > 2 * counts.epochs for value in arguments)
