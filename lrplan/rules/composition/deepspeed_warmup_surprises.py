"""A DeepSpeed warm-up starts late, has another peak, or is not a straight line.

DeepSpeed's schedulers set their first value when they are built, and set it again at their first
tick, so that everything comes one update late. Three defaults and one formula are unexpected too:
``warmup_max_lr`` of ``WarmupDecayLR`` is 0.001 whatever the optimizer says, ``warmup_type`` is
``log``, a warm-up starts at 0, and ``WarmupCosineLR`` begins its cosine one tick into the fall.

## Why it matters

Measured with DeepSpeed 0.19.8, a base of 0.1 and 5 updates of warm-up. ``WarmupLR``: 0, 0, 0.043,
0.068, 0.086, 0.1; two updates train nothing. ``WarmupDecayLR`` without ``warmup_max_lr`` peaks at
0.001, a hundredth of the base. ``WarmupCosineLR`` over 20 updates, linear, goes from 0.08 to 0.0989
and never uses 0.1. A logarithmic warm-up of 1,000 updates is at a tenth of the peak by the third
one, and half-way after 32.

## How to fix it

Write ``warmup_max_lr`` and ``warmup_type: linear``, and a ``warmup_min_lr`` above 0 if the first
two updates are to count.

## When it is fine

A ``warmup_max_lr`` that the spec gives is not reported, even where it differs from the optimizer's
learning rate. The missed peak, the two zeros and the logarithm cost little in a long run: they are
an info.

## References

deepspeedai/DeepSpeed#771, #5287, #7303
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, number, ticks, units, write_values

BAD = """\
training: {steps: 200}
schedules:
  run:
    optimizer: {type: AdamW, lr: 0.01}
    scheduler:
      type: deepspeed:WarmupDecayLR
      total_num_steps: 200
      warmup_num_steps: 20
      warmup_type: linear
      warmup_min_lr: 1e-6
"""
GOOD = BAD + "      warmup_max_lr: 0.01\n"
COSINE = """\
training: {steps: 200}
schedules:
  run:
    optimizer: {type: AdamW, lr: 0.01}
    scheduler:
      type: deepspeed:WarmupCosineLR
      total_num_steps: 200
      warmup_num_steps: 20
      warmup_type: linear
      warmup_min_ratio: 0.01
"""

_DECAY, _COSINE = "deepspeed:WarmupDecayLR", "deepspeed:WarmupCosineLR"
_WARMUPS = ("deepspeed:WarmupLR", _DECAY, _COSINE)


def check(context: Context) -> Iterator[Hit]:
    """The four surprises, for each warm-up of DeepSpeed."""
    for span in context.spans(*_WARMUPS):
        yield from _another_peak(context, span)
        yield from _logarithm(context, span)
        yield from _two_zeros(context, span)
        yield from _skipped_peak(context, span)


def _another_peak(context: Context, span: Span) -> Iterator[Hit]:
    scheduler = span.scheduler
    if scheduler.type != _DECAY or context.is_given(scheduler, "warmup_max_lr"):
        return
    peak = context.number(scheduler, "warmup_max_lr") or 0.0
    base = context.base_values()
    other = next((base[group] for group in span.top.groups if base.get(group) != peak), None)
    if other is not None:
        yield Hit(
            path=context.path_of(scheduler, "warmup_max_lr"),
            message=(
                f"the warm-up ends at {number(peak)}, its own default, and not at the optimizer's"
                f" {number(other)}"
            ),
            fix=f"warmup_max_lr: {number(other)}",
            edits=write_values(scheduler.path, {"warmup_max_lr": other}),
        )


def _logarithm(context: Context, span: Span) -> Iterator[Hit]:
    length = _warmup(context, span)
    if context.is_given(span.scheduler, "warmup_type") or length <= 2 or span.ticks <= 2:
        return
    # The factor at update n, counted from 1, is log(n) / log(length), a half at n = sqrt(length):
    # 32 of 1,000.
    half = min(math.ceil(math.sqrt(length)), length)
    yield Hit(
        path=context.path_of(span.scheduler, "warmup_type"),
        message=(
            f"the warm-up is logarithmic by default: half-way after {ticks(half, span.top)} of"
            f" {length:,}"
        ),
        fix="warmup_type: linear, or write log if it is meant",
        edits=write_values(span.scheduler.path, {"warmup_type": "linear"}),
        severity=Severity.INFO,
    )


def _two_zeros(context: Context, span: Span) -> Iterator[Hit]:
    start = "warmup_min_ratio" if span.scheduler.type == _COSINE else "warmup_min_lr"
    if context.number(span.scheduler, start) == 0 and span.ticks >= 1:
        yield Hit(
            path=context.path_of(span.scheduler, start),
            message=f"the first two {units(span.top)} both run at 0: the first tick repeats it",
            fix=f"a {start} above 0",
            step=0,
            severity=Severity.INFO,
        )


def _skipped_peak(context: Context, span: Span) -> Iterator[Hit]:
    scheduler, warmup = span.scheduler, _warmup(context, span)
    if scheduler.type != _COSINE or scheduler.arguments.get("warmup_type", "log") != "linear":
        return
    total = context.integer(scheduler, "total_num_steps") or 0
    floor = context.number(scheduler, "cos_min_ratio") or 0.0
    if total - warmup <= 1 or span.ticks <= warmup:
        return
    start = context.number(scheduler, "warmup_min_ratio") or 0.0
    # 5 updates of warm-up in 20: the last is at 4 / 5 of the base lr, and the next is one tick into
    # a cosine of 15, at (1 + cos(pi / 15)) / 2 = 0.989 of it. The factor 1 between them is never
    # set.
    last = start + (1 - start) * (warmup - 1) / warmup
    first = floor + (1 - floor) * (1 + math.cos(math.pi / (total - warmup))) / 2
    yield Hit(
        path=context.path_of(scheduler, "warmup_num_steps"),
        message=(
            f"the peak is skipped: {number(last)} of the base lr ends the warm-up, and"
            f" {number(first)} comes next"
        ),
        fix="transformers:cosine, or a linear warm-up before a cosine of torch",
        step=context.step(span, warmup + 1),
        severity=Severity.INFO,
    )


def _warmup(context: Context, span: Span) -> int:
    return max(2, context.integer(span.scheduler, "warmup_num_steps") or 0)


RULE = Rule(
    code="LRP442",
    name="deepspeed-warmup-surprises",
    severity=Severity.WARNING,
    needs="spec",
    summary="A DeepSpeed warm-up peaks elsewhere than the optimizer's lr, or starts twice.",
    bad=(BAD, COSINE),
    good=(GOOD,),
    check=check,
    supersedes=("warmup-first-update-zero",),
    extra="deepspeed",
)
