"""Ticks at which a scheduler is meant to change abruptly, or to rise again."""

from __future__ import annotations

from itertools import chain

import numpy as np

from lrplan.arrays import BoolArray
from lrplan.lint import Context, SchedulerPlan, Span
from lrplan.lint.facts.lr_curves import Curve, acts_alone, step_or_end
from lrplan.lint.facts.plateaus import is_torch_plateau

_AT = ("milestones", "total_iters", "total_epoch", "warmup_steps", "total_steps", "anneal_epochs")


def may_jump(context: Context, scheduler: SchedulerPlan, tick: int, *, down: bool) -> bool:
    """Return True if an abrupt change within a tick of its own ``tick`` belongs to its plan."""
    row = scheduler.row
    if row.abrupt or _changes_at_every_tick(scheduler):
        return True
    if is_torch_plateau(scheduler):
        return down
    factor = context.number(scheduler, row.name_of("factor"))
    if factor is not None and down != (factor < 1):
        return False
    every = context.integer(scheduler, row.name_of("every") or _wave(scheduler))
    # The distance to the nearest multiple: of every 30, tick 29 has min(29, 1) and tick 31 has
    # min(1, 29): both are within a tick of it.
    if every is not None and every > 0 and min(tick % every, -tick % every) <= 1:
        return True
    return any(abs(tick - planned) <= 1 for planned in _planned(context, scheduler))


def _changes_at_every_tick(scheduler: SchedulerPlan) -> bool:
    """Return True if it multiplies by a factor and no argument says when, as ExponentialLR does."""
    row = scheduler.row
    return bool(row.name_of("factor")) and not row.name_of("every", "cuts", "patience")


def _wave(scheduler: SchedulerPlan) -> str:
    """The argument after which a cosine turns, again and again; empty for other shapes."""
    row = scheduler.row
    waves = row.past_end == "waves" and not row.name_of("warm-up")
    return row.name_of("end") if waves else ""


def _planned(context: Context, scheduler: SchedulerPlan) -> list[int]:
    arguments = [scheduler.arguments.get(name, context.integer(scheduler, name)) for name in _AT]
    each = chain.from_iterable(value if isinstance(value, list) else [value] for value in arguments)
    ticks = [tick for tick in each if isinstance(tick, int) and not isinstance(tick, bool)]
    if scheduler.row.past_end == "raises":
        ticks += _one_cycle(context, scheduler, ticks)
    return ticks


def _one_cycle(context: Context, scheduler: SchedulerPlan, arguments: list[int]) -> list[int]:
    epochs = context.integer(scheduler, "epochs") or 0
    total = (
        arguments[0] if arguments else epochs * (context.integer(scheduler, "steps_per_epoch") or 0)
    )
    share = context.number(scheduler, "pct_start") or 0.0
    peak = share * total - 1
    # total_steps 100 and pct_start 0.3: the peak at 29, the end of the fall of three_phase at 58,
    # and the end. Without three_phase nothing happens at 58; a jump there would be left alone.
    return [int(peak), int(2 * peak), total]


def may_rise(context: Context, curve: Curve) -> BoolArray:
    """For each step, whether its lr may be higher than that of the step before."""
    # Each scheduler marks the steps in which it is meant to rise: a warm-up until its last tick, a
    # cycle everywhere, a SequentialLR around each milestone. What is not marked is a fault.
    allowed = np.zeros(len(curve.values), dtype=bool)
    for span in context.spans():
        if span.top not in curve.drivers:
            continue
        for begin, end in _rises(context, span, alone=acts_alone(curve)):
            allowed[step_or_end(context, span, begin) : step_or_end(context, span, end) + 1] = True
    return allowed


def _rises(context: Context, span: Span, *, alone: bool) -> list[tuple[int, int]]:
    """Stretches of its own ticks in which it is meant to rise."""
    scheduler, row = span.scheduler, span.scheduler.row
    gamma = context.number(scheduler, "gamma")
    if row.abrupt or row.name_of("ramp") or (gamma is not None and gamma > 1):
        return [(0, span.ticks)]
    if _wave(scheduler):
        # The rise of a cosine past T_max is left to cosine-past-t-max-rises.
        period = context.integer(scheduler, _wave(scheduler)) or 0
        return [(period, span.ticks)] if span.ticks > period else []
    if row.container == "sequential":
        return [(max(tick - 1, 0), tick + 1) for tick in _planned(context, scheduler)]
    if row.name_of("hold") and (span.begin == 0 or not alone):
        end = context.integer(scheduler, row.name_of("hold")) or 0
        return [(max(end - 1, 0), end + 1)]
    if row.extra:
        return []
    # A line from one factor to another may rise until it is over.
    length = row.name_of("warm-up") or (row.name_of("end") if row.name_of("end factor") else "")
    last = context.integer(scheduler, length)
    return [] if last is None else [(0, last + 1)]
