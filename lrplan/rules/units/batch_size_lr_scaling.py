"""The learning rate was tuned for another number of samples per step than this run has.

A recipe for 256 samples a step is run on more devices, or with larger batches, at the original
learning rate. ``training.base_batch_size`` says how many samples, on all devices and with
accumulation, the learning rates were tuned for.

## Why it matters

An epoch then has fewer steps of the same size: with eight times the samples, an eighth of them. For
SGD the learning rate is usually scaled by the number of samples (with a warm-up), for Adam and its
kin by its square root: 0.1 for 256 samples becomes 0.8, or 0.283, for 2,048.

## How to fix it

Scale the learning rate and set ``base_batch_size`` to the new number; or use fewer samples per
step.

## When it is fine

Both scalings are rules of thumb, and many leave Adam's learning rate as it is: this is only an
info, and only where the numbers of samples differ by more than a factor of 2. Without
``base_batch_size`` nothing is reported.

## References

open-mmlab/mmdetection#815, open-mmlab/mmdetection#1710; Goyal et al. 2017, arXiv 1706.02677
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, child_path, count, number

BAD = """\
training: {epochs: 30, dataset_size: 204800, batch_size: 256, world_size: 8, base_batch_size: 256}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.1 ** (epoch // 10)"}
"""
_FACTOR = 2
_BY_ROOT = ("Adam", "NAdam", "RAdam", "Adafactor", "Lamb", "RMSprop")


def check(context: Context) -> Iterator[Hit]:
    """A run whose samples per step are far from those that were tuned for."""
    base, samples = context.clock.settings.base_batch_size, context.clock.samples_per_step
    if base is None or samples is None:
        return
    ratio = samples / base
    if 1 / _FACTOR <= ratio <= _FACTOR:
        return
    kind = context.plan.optimizer.type
    by_root = kind.startswith(_BY_ROOT) or "Adam" in kind
    # 1,024 samples a step where 256 were tuned for: SGD's lr times 4, Adam's times sqrt(4) = 2.
    scale, factor_text = (math.sqrt(ratio), "its square root") if by_root else (ratio, "it")
    lrs = ", ".join(number(lr * scale) for lr in dict.fromkeys(context.base_values().values()))
    yield Hit(
        path=child_path(context.plan.optimizer.path, "lr"),
        message=(
            f"the lrs were tuned for {count(base, 'sample')} a step, and this run has"
            f" {samples:,}, {number(ratio)} times as many"
        ),
        fix=f"lr times {factor_text}: {lrs}" if lrs else f"lr times {factor_text}",
    )


RULE = Rule(
    code="LRP116",
    name="batch-size-lr-scaling",
    severity=Severity.INFO,
    needs="spec",
    summary="The lr was tuned for another number of samples per step.",
    bad=(BAD,),
    good=(
        BAD.replace("base_batch_size: 256", "base_batch_size: 2048").replace("0.1", "0.8"),
        BAD.replace(", base_batch_size: 256", ""),
        BAD.replace("world_size: 8", "world_size: 2").replace("0.1", "0.2"),
    ),
    check=check,
)
