"""A plateau that ticks beside a warm-up counts the warm-up's values too.

Two schedulers in a list act at the same time. While the learning rate is still rising the metric
may not improve yet; the plateau accepts ``patience`` such values, then cuts a learning rate that
has not even reached its peak, and the warm-up continues from the lower one.

## Why it matters

``LinearLR`` from a tenth in three epochs, beside a plateau with ``patience: 0`` on a metric that
does not move, gives 0.01, 0.04, 0.007, 0.001, 0.0001: the peak of 0.1 is never seen.

## How to fix it

Start the plateau when the warm-up is over: ``GradualWarmupScheduler`` with the plateau as its
``after_scheduler``. Or use a patience longer than the warm-up.

## When it is fine

A patience that lasts until the warm-up is over is not flagged. Where a cut could come earlier, but
none does with the metric given, it is an info.

## References

huggingface/transformers#29417, roboflow/rf-detr#1217
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span
from lrplan.lint.facts.plateaus import argument_names, path_of_argument, plateaus
from lrplan.lint.facts.warmups import line_factors
from lrplan.rules.plateau._plateau import (
    cutting_calls,
    metric_values,
    plateau_settings,
    step_of_call,
)

BAD = """\
training: {epochs: 12, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      - {type: LinearLR, start_factor: 0.1, total_iters: 5ep, interval: step}
      - {type: ReduceLROnPlateau, patience: 1}
    metrics: {val_loss: {expr: "1 if epoch < 5 else 1 / (epoch - 3)"}}
"""
GOOD = """\
training: {epochs: 12, steps_per_epoch: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: GradualWarmupScheduler
      multiplier: 1
      total_epoch: 2
      after_scheduler: {type: ReduceLROnPlateau, patience: 1}
    metrics: {val_loss: {expr: "1 / (epoch + 1) if epoch < 8 else 0.1"}}
"""


def check(context: Context) -> Iterator[Hit]:
    """A plateau that can cut before a warm-up of the same groups is over."""
    for span in plateaus(context):
        if span.begin > 0:
            continue
        end = _warmup_end(context, span)
        settings = plateau_settings(context, span)
        earliest = None if settings is None else step_of_call(context, span, settings.patience + 2)
        if settings is None or end is None or earliest is None or earliest >= end:
            continue
        cut_steps = [
            step_of_call(context, span, call)
            for call in cutting_calls(metric_values(context, span), settings)
        ]
        early = [step for step in cut_steps if step is not None and step < end]
        yield Hit(
            path=path_of_argument(context, span, argument_names(span.scheduler).patience),
            message=(
                f"the plateau {'cuts' if early else 'can cut'} the lr at step"
                f" {early[0] if early else earliest:,}, while it is warmed up until step {end:,}"
            ),
            fix=_fix(span),
            step=early[0] if early else None,
            severity=None if early else Severity.INFO,
        )


def _fix(plateau: Span) -> str:
    own = argument_names(plateau.scheduler).warmup
    if own:
        return f"{own} of {plateau.scheduler.type} in place of the warm-up beside it"
    inside = "the plateau" if plateau.scheduler.row.family == "torch" else "a ReduceLROnPlateau"
    return f"the key `warmup` on {inside}, in place of the warm-up beside it, or more patience"


def _warmup_end(context: Context, plateau: Span) -> int | None:
    """The step where the last warm-up beside the plateau, on one of its groups, is over."""
    ends = (
        _end(context, span)
        for span in context.spans_with("warm-up", "start factor")
        if span.top is not plateau.top
        and span.begin == 0
        and set(span.top.groups) & set(plateau.top.groups)
    )
    return max((end for end in ends if end is not None), default=None)


def _end(context: Context, span: Span) -> int | None:
    scheduler = span.scheduler
    if context.field_of(scheduler) != "lr" or not _rises(context, span):
        return None
    ticks = context.integer(scheduler, scheduler.row.name_of("warm-up", "end", "hold"))
    if ticks is None or ticks < 1:
        return None
    end = context.step(span, ticks)
    return context.clock.steps if end is None else end


def _rises(context: Context, span: Span) -> bool:
    factors = line_factors(context, span.scheduler)
    return factors is None or factors[0] < factors[1]


RULE = Rule(
    code="LRP506",
    name="plateau-active-during-warmup",
    severity=Severity.WARNING,
    needs="spec",
    summary="A plateau cuts the lr while a warm-up beside it still raises it.",
    bad=(BAD,),
    good=(GOOD, BAD.replace("patience: 1", "patience: 5")),
    check=check,
)
