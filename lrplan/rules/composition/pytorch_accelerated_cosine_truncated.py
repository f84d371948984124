"""pytorch-accelerated's cosine is cut off by as many updates as its warm-up takes.

``CosineLrScheduler`` compares the number of updates, warm-up included, with the length of the
cosine, warm-up excluded. The cosine is over too early by the length of the warm-up: the learning
rate drops from wherever it is to ``lr_min`` and stays there. A warm-up of half the run leaves no
cosine.

## Why it matters

Four epochs of 5 updates, one of them warm-up, with a base of 1: the sixteenth update has 0.3455,
the seventeenth ``lr_min``. A quarter of the run trains at a learning rate of next to nothing. With
10 updates and 5 of warm-up the learning rate falls from 0.80 of the peak to the floor.

## How to fix it

No argument fixes it: a longer ``total_num_epochs`` stretches the cosine as well. Use a scheduler of
torch, ``SequentialLR`` with ``LinearLR`` and ``CosineAnnealingLR``, which the same Trainer takes;
or leave the warm-up out.

## When it is fine

Without a warm-up the two lengths agree, and nothing is cut.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from lrplan.lint import Context, Hit, Rule, SchedulerPlan, Severity, Span, count, number, share

BAD = """\
training: {epochs: 4, steps_per_epoch: 5}
schedules:
  run:
    optimizer: {type: SGD, lr: 1.0}
    scheduler:
      type: pytorch_accelerated:CosineLrScheduler
      interval: step
      num_warmup_epochs: 1
"""
NO_COSINE = BAD.replace("num_warmup_epochs: 1", "num_warmup_epochs: 2")
GOOD = BAD.replace("num_warmup_epochs: 1", "num_cooldown_epochs: 1")

_TYPE = "pytorch_accelerated:CosineLrScheduler"


class _Lengths(NamedTuple):
    """Updates of the warm-up, of the cosine as it is reckoned, and of an epoch."""

    warmup: int
    cosine: int
    epoch: int


def check(context: Context) -> Iterator[Hit]:
    """Cosines with a warm-up."""
    for span in context.spans(_TYPE):
        lengths = _lengths(context, span.scheduler)
        if lengths is not None and lengths.warmup > 0 and span.top.interval == "step":
            yield from _cut(context, span, lengths)


def _lengths(context: Context, scheduler: SchedulerPlan) -> _Lengths | None:
    epochs = context.integer(scheduler, "total_num_epochs") or context.clock.epochs
    epoch = (
        context.integer(scheduler, "num_update_steps_per_epoch") or context.clock.steps_per_epoch
    )
    if epochs is None or epoch is None:
        return None
    warmup = (context.integer(scheduler, "num_warmup_epochs") or 0) * epoch
    cooldown = (context.integer(scheduler, "num_cooldown_epochs") or 0) * epoch
    return _Lengths(warmup, epochs * epoch - warmup - cooldown, epoch)


def _cut(context: Context, span: Span, lengths: _Lengths) -> Iterator[Hit]:
    # The package ends the cosine after `cosine` updates of the run, not of the cosine itself, so
    # the warm-up is taken off twice: of 10 epochs with 2 of warm-up, the cosine of 8 begins at 2
    # and is cut at 8, after 6 of its 8.
    end = max(lengths.cosine, lengths.warmup)
    # The first step() sets update 0 again, so update n is used one step late.
    step = context.step(span, end + 1)
    if lengths.cosine <= 0 or step is None:
        return
    scheduler = span.scheduler
    if end == lengths.warmup:
        message = "the warm-up takes half the run or more: there is no cosine"
    else:
        message = f"the cosine is cut {count(lengths.warmup, 'update')} early, by its own warm-up"
    left = _lr_before_drop(context, scheduler, lengths, end - 1)
    yield Hit(
        path=context.path_of(scheduler, "num_warmup_epochs"),
        message=f"{message}: at step {step:,} the lr drops from {left} to its floor",
        fix="SequentialLR with LinearLR and CosineAnnealingLR, or no warm-up",
        step=step,
    )


def _lr_before_drop(
    context: Context, scheduler: SchedulerPlan, lengths: _Lengths, update: int
) -> str:
    """The lr of an update before the drop, with its share of the peak."""
    base = next(iter(context.base_values().values()), 0.0)
    power = context.number(scheduler, "k_decay") or 1.0
    ratio = context.number(scheduler, "min_lr_ratio")
    floor = context.number(scheduler, "lr_min") or 0.0 if ratio is None else base * ratio
    if update < lengths.warmup:
        return f"{share(update / lengths.warmup)} of the way up"
    done = ((update - lengths.warmup) / lengths.cosine) ** power
    lr = floor + (base - floor) * (1 + math.cos(math.pi * done)) / 2
    return f"{number(lr)}, {share(lr / base)} of the peak," if base else number(lr)


RULE = Rule(
    code="LRP452",
    name="pytorch-accelerated-cosine-truncated",
    severity=Severity.ERROR,
    needs="spec",
    summary="The cosine of pytorch-accelerated is cut short by its own warm-up.",
    bad=(BAD, NO_COSINE),
    good=(GOOD,),
    check=check,
    extra="pytorch_accelerated",
)
