"""timm's warm-up eats into the decay, or makes the schedule longer than the run.

By default the decay's own clock starts with the run and goes on under the warm-up: when the warm-up
is over, a part of the decay is over too, and the base lr is skipped. ``warmup_prefix: true`` starts
that clock after the warm-up, but then the whole takes ``warmup_t + t_initial`` ticks, more than
``t_initial``. Cycles add up in the same way.

## Why it matters

With a base of 0.1, 10 epochs and 3 of warm-up, ``CosineLRScheduler`` goes 0.0667, 0.0796: the peak
is a fifth below the learning rate that was asked for. With ``warmup_prefix`` and ``t_initial: 10``
the schedule is 13 epochs long, and the last of 10 epochs runs at 0.035 instead of 0.005. timm's
factory returns the number of epochs to train for; a run that does not use it stops early.

## How to fix it

``warmup_prefix: true`` and ``t_initial`` = the run's length - ``warmup_t``. For ``WSDLRScheduler``,
whose warm-up always comes first, the same ``t_initial``.

## When it is fine

Many published recipes were tuned without the prefix; keep it when you reproduce one. A warm-up that
takes less than a hundredth from the peak is not mentioned. For a run that will be continued later,
give ``training.horizon``.

## References

huggingface/pytorch-image-models#1242, #2312; microsoft/Swin-Transformer#277
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Hit,
    Rule,
    Severity,
    Span,
    duration,
    number,
    share,
    ticks,
    write_values,
)

BAD = """\
training: {epochs: 10, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: timm:CosineLRScheduler
      t_initial: 10ep
      warmup_t: 3ep
      warmup_lr_init: 1e-4
      warmup_prefix: true
"""
NO_PREFIX = BAD.replace("warmup_prefix: true", "lr_min: 1e-3")
GOOD = BAD.replace("t_initial: 10ep", "t_initial: 7ep")

_IN_CYCLES = ("timm:CosineLRScheduler", "timm:TanhLRScheduler", "timm:PolyLRScheduler")
_WSD = "timm:WSDLRScheduler"
_NEGLIGIBLE = 0.99


def check(context: Context) -> Iterator[Hit]:
    """Decays under a warm-up, and schedules that the run does not finish."""
    for span in context.spans(*_IN_CYCLES, _WSD):
        if (span.scheduler.arguments.get("t_in_epochs", True)) != (span.top.interval == "epoch"):
            continue  # it never moves: timm-scheduler-call-contract
        yield from _under_warmup(context, span)
        yield from _too_long(context, span)


def _under_warmup(context: Context, span: Span) -> Iterator[Hit]:
    scheduler = span.scheduler
    warmup = context.number(scheduler, "warmup_t") or 0
    if scheduler.type == _WSD or not warmup or scheduler.arguments.get("warmup_prefix"):
        return
    for group in span.top.groups:
        base, peak = _scaled_base(context, group), context.peak(group)
        whose = f" of {group}" if len(context.trace.groups) > 1 else ""
        if base and peak < _NEGLIGIBLE * base:
            yield Hit(
                path=context.path_of(scheduler, "warmup_t"),
                message=(
                    f"the lr{whose} peaks at {number(peak)}, {share(peak / base)} of"
                    f" {number(base)}: the decay has run for the {ticks(warmup, span.top)} of the"
                    " warm-up"
                ),
                fix="warmup_prefix: true, with the warm-up taken off t_initial",
                step=context.step(span, warmup),
                severity=Severity.INFO,
            )
            return


def _scaled_base(context: Context, group: str) -> float | None:
    """The lr that ``group`` would peak at; None where only the user's code knows its lr."""
    base = context.base_values().get(group)
    return None if base is None else base * context.lr_scale(group)


def _too_long(context: Context, span: Span) -> Iterator[Hit]:
    top, length = span.top, _length(context, span)
    calls = context.clock.calls_per_tick(top.cadence)
    planned = max(span.ticks, math.ceil(context.clock.length(top.interval) * calls))
    if length is None or length <= planned:
        return
    t_initial = context.number(span.scheduler, "t_initial") or 0
    rest = t_initial - (length - span.ticks)
    one_cycle = (context.integer(span.scheduler, "cycle_limit") or 1) == 1
    yield Hit(
        path=context.path_of(span.scheduler, "t_initial"),
        message=(
            f"the schedule takes {ticks(length, top)} and gets {span.ticks:,}: the run ends"
            f" {ticks(length - span.ticks, top)} before its floor"
        ),
        fix=(
            f"t_initial: {duration(context, top, rest)}"
            if one_cycle and rest > 0
            else f"train for {ticks(length, top)}"
        ),
        edits=write_values(span.scheduler.path, {"t_initial": rest})
        if one_cycle and rest > 0
        else (),
    )


def _length(context: Context, span: Span) -> float | None:
    """Ticks of the schedule, as timm's ``get_cycle_length`` counts them."""
    scheduler = span.scheduler
    t_initial = context.number(scheduler, "t_initial")
    warmup = context.number(scheduler, "warmup_t") or 0
    if t_initial is None:
        return None
    if scheduler.type == _WSD:
        return t_initial + warmup
    cycles = max(1, context.integer(scheduler, "cycle_limit") or 1)
    factor = context.number(scheduler, "cycle_mul") or 1
    before = warmup if scheduler.arguments.get("warmup_prefix") else 0
    if factor == 1:
        return t_initial * cycles + before
    # A geometric sum: t_initial 10, cycle_mul 2 and three cycles are 10 + 20 + 40 = 10 * 7 / 1 =
    # 70.
    return math.floor(t_initial * (factor**cycles - 1) / (factor - 1)) + before


RULE = Rule(
    code="LRP441",
    name="timm-warmup-prefix-and-cycle-length",
    severity=Severity.WARNING,
    needs="curve",
    summary="timm's warm-up cuts the peak, or makes the schedule outlast the run.",
    bad=(BAD, NO_PREFIX),
    good=(GOOD,),
    check=check,
    extra="timm",
)
