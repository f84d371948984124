"""Bounds of ``CyclicLR`` that are upside down, equal, or too far apart for the run.

``base_lr`` is the lowest value of each triangle and ``max_lr`` its top. torch does not compare
them, nor ``step_size_up`` with the length of the run; its default is 2000 ticks.

## Why it matters

``base_lr`` 0.1 with ``max_lr`` 1e-4 starts at 0.1 and falls first. With the default of 2000 ticks
up, from 1e-4 to 0.1, a run of 50 steps reaches 0.0025.

## How to fix it

Put the smaller learning rate into ``base_lr``, and let ``step_size_up`` be a fraction of the run,
between two and ten epochs in the paper.

## When it is fine

Runs that reach nine tenths of the rise, and those with a longer ``training.horizon``.

## References

Smith 2017, arXiv 1506.01186; Lightning-AI/pytorch-lightning#5631
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    SchedulerPlan,
    Severity,
    Span,
    count,
    unit,
    write_values,
)
from lrplan.lint.facts.cycle_lrs import lowest_lrs, max_lrs
from lrplan.lint.facts.steps_as_ticks import counts_steps
from lrplan.lint.facts.tick_usage import last_planned_tick

BAD = """\
training: {epochs: 10, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: CyclicLR, interval: step, base_lr: 0.1, max_lr: 0.001, step_size_up: 250}
"""
BAD_LONG = """\
training: {epochs: 5, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
    scheduler: {type: CyclicLR, interval: step, base_lr: 0.001, max_lr: 0.1}
"""
_ENOUGH = 0.9
_MOMENTA = ("base_momentum", "max_momentum")


def check(context: Context) -> Iterator[Hit]:
    """Bounds in the wrong order for some group, or a rise that the run does not hold."""
    yield from _momentum(context)
    for span in context.spans("CyclicLR"):
        lows, highs = lowest_lrs(context, span.scheduler), max_lrs(span.scheduler)
        wrong = [name for name in lows if name in highs and lows[name] >= highs[name]]
        if wrong:
            yield _inverted(context, span, lows[wrong[0]], highs[wrong[0]])
            continue
        rise = context.integer(span.scheduler, "step_size_up")
        last = last_planned_tick(context, span)
        if rise is None or not 0 <= last < _ENOUGH * rise:
            continue
        if not counts_steps(context, span, "step_size_up"):
            group = next(iter(lows))
            reached = lows[group] + (highs[group] - lows[group]) * last / rise
            yield _too_long(context, span, rise, reached, highs[group])


def _momentum(context: Context) -> Iterator[Hit]:
    """Momentum that is given upside down: it then goes along with the lr, not against it."""
    for span in context.spans():
        low, high = (context.number(span.scheduler, name) for name in _MOMENTA)
        given = context.is_given(span.scheduler, _MOMENTA[0])
        if given and low is not None and high is not None and low > high:
            yield Hit(
                path=context.path_of(span.scheduler, _MOMENTA[0]),
                message=(
                    f"base_momentum {low:g} is above max_momentum {high:g}: the momentum rises and"
                    " falls with the lr, and not against it"
                ),
                fix=f"base_momentum: {high:g} and max_momentum: {low:g}",
            )


def _inverted(context: Context, span: Span, low: float, high: float) -> Hit:
    message = (
        f"base_lr and max_lr are both {low:.4g}: the lr never moves"
        if low == high
        else f"base_lr {low:.4g} is above max_lr {high:.4g}: the cycle runs upside down"
    )
    return Hit(
        path=context.path_of(span.scheduler, "base_lr"),
        message=message,
        fix="a larger max_lr" if low == high else f"base_lr: {high:g} and max_lr: {low:g}",
        edits=_swapped(span.scheduler) if low != high else (),
        step=context.step(span, 0),
    )


def _swapped(scheduler: SchedulerPlan) -> tuple[Edit, ...]:
    """Both bounds the other way round, where both are one number for all groups."""
    low, high = (scheduler.arguments.get(name) for name in ("base_lr", "max_lr"))
    if not isinstance(low, float) or not isinstance(high, float):
        return ()
    return write_values(scheduler.path, {"base_lr": high, "max_lr": low})


def _too_long(context: Context, span: Span, rise: int, reached: float, high: float) -> Hit:
    noun = unit(span.top)
    default_note = "" if context.is_given(span.scheduler, "step_size_up") else ", the default,"
    return Hit(
        path=context.path_of(span.scheduler, "step_size_up"),
        message=(
            f"the rise takes {count(rise, noun)}{default_note} and gets only to {reached:.3g} of"
            f" {high:.3g}: the run has {span.ticks:,}"
        ),
        fix=f"step_size_up: {max(span.ticks // 4, 1)}, or 25%",
        step=context.step(span, max(span.ticks - 1, 0)),
    )


RULE = Rule(
    code="LRP605",
    name="cyclic-bounds-inverted-or-flat",
    severity=Severity.WARNING,
    needs="spec",
    summary="CyclicLR runs upside down, or never gets to its top.",
    bad=(BAD, BAD_LONG),
    good=(BAD.replace("base_lr: 0.1, max_lr: 0.001", "base_lr: 0.001, max_lr: 0.1"),),
    check=check,
    level="cause",
)
