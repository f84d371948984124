"""Ticks at which a scheduler is meant to change abruptly, or to rise again."""

from __future__ import annotations

import math
from itertools import chain

import numpy as np

from lrplan.arrays import BoolArray
from lrplan.lint import Context, SchedulerPlan, Span
from lrplan.lint.facts.lr_curves import AppliedCurve, acts_alone, step_or_end
from lrplan.lint.facts.plateaus import is_torch_plateau

_AT = ("milestones", "total_iters", "total_epoch", "warmup_steps", "total_steps", "anneal_epochs")


def may_jump(
    context: Context, scheduler: SchedulerPlan, before: int, tick: int, *, down: bool
) -> bool:
    """Return True if an abrupt change from its own tick ``before`` to ``tick`` is in its plan.

    A planned change may be a tick late. ``interval: batch`` ticks several times between two steps,
    so ``before`` is that of the step before.
    """
    row = scheduler.row
    if row.abrupt or _changes_at_every_tick(scheduler):
        return True
    if is_torch_plateau(scheduler):
        return down
    factor = context.number(scheduler, row.name_of("factor"))
    if factor is not None and down != (factor < 1):
        return False
    every = context.integer(scheduler, row.name_of("every") or _wave(scheduler))
    # The last multiple up to a tick later: of every 30 that is 30 for ticks 29 and 31, and 0 for
    # tick 28, from which tick 28 is too far.
    if every is not None and every > 0 and (tick + 1) // every * every >= before:
        return True
    return any(before <= planned <= tick + 1 for planned in _planned(context, scheduler))


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
    return ticks + _pieces(context, scheduler)


def _pieces(context: Context, scheduler: SchedulerPlan) -> list[int]:
    """Ticks at which the spec itself lets another piece begin: points, and a decay."""
    points = scheduler.arguments.get("points") or scheduler.arguments.get("factors")
    at = [pair[0] for pair in points if isinstance(pair, tuple)] if isinstance(points, list) else []
    ticks = [math.floor(tick) for tick in at if isinstance(tick, (int, float))]
    decay = context.integer(scheduler, "decay_steps")
    if decay is None:
        return ticks
    # TriStage decays after its warm-up and what it holds, WarmupStableDecay at the end.
    lengths = (context.integer(scheduler, name) or 0 for name in ("warmup_steps", "hold_steps"))
    total = context.integer(scheduler, "total_steps")
    return [*ticks, sum(lengths) if total is None else total - decay]


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


def may_rise(context: Context, curve: AppliedCurve) -> BoolArray:
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
