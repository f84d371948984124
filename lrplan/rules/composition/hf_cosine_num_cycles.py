"""``num_cycles`` of transformers' cosine counts whole waves, so 1 climbs back to the peak.

Half a wave, the default of 0.5, ends at the bottom. If you read ``num_cycles`` as a number of
decays and write 1, the learning rate falls in half the time and then rises again.

## Why it matters

There is no warning, and training ends near the peak. Over 10 updates from 0.1 without a warm-up,
``num_cycles: 1`` gives 0 at update 5 and 0.0905 at the last one.

## How to fix it

Leave it at 0.5. For several decays, each from the peak down, use ``cosine_with_restarts``, where
``num_cycles`` does count decays.

## When it is fine

If you want the wave, ignore the rule there. A value below 0.5, which ends above the bottom, is not
reported.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, Span, ticks, unit

BAD = """\
training: {steps: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler:
      type: transformers:cosine
      num_warmup_steps: 10
      num_training_steps: 100
      num_cycles: 1
"""
GOOD = BAD.replace("      num_cycles: 1\n", "")

_COSINES = (
    "transformers:cosine",
    "transformers:cosine_with_min_lr",
    "transformers:cosine_warmup_with_min_lr",
)


def check(context: Context) -> Iterator[Hit]:
    """Each cosine of more than half a wave that is used past its bottom."""
    for span in context.spans(*_COSINES):
        waves = context.number(span.scheduler, "num_cycles")
        bottom = None if waves is None or waves <= 0.5 else _bottom(context, span, waves)
        if bottom is not None and bottom < span.ticks - 1:
            yield _hit(context, span, bottom)


def _bottom(context: Context, span: Span, waves: float) -> int:
    """The tick at which half a wave is over."""
    warmup = context.integer(span.scheduler, "num_warmup_steps") or 0
    total = context.integer(span.scheduler, "num_training_steps") or 0
    # 100 steps, 10 of warm-up, num_cycles 1.5: 3 half waves in 90 steps, so the first bottom is at
    # 10 + 90 / 3 = 40.
    return warmup + math.ceil((total - warmup) / (2 * waves))


def _hit(context: Context, span: Span, bottom: int) -> Hit:
    written = span.scheduler.arguments["num_cycles"]
    return Hit(
        path=context.path_of(span.scheduler, "num_cycles"),
        message=(
            f"num_cycles: {written:g} counts whole waves: from {unit(span.top)} {bottom:,} on the"
            f" lr climbs again, for {ticks(span.ticks - 1 - bottom, span.top)}"
        ),
        fix="num_cycles: 0.5, or transformers:cosine_with_restarts",
        step=context.step(span, bottom + 1),
    )


RULE = Rule(
    code="LRP443",
    name="hf-cosine-num-cycles",
    severity=Severity.WARNING,
    needs="spec",
    summary="num_cycles of transformers' cosine counts whole waves, not decays.",
    bad=(BAD,),
    good=(GOOD, GOOD.replace("cosine", "cosine_with_restarts") + "      num_cycles: 2\n"),
    check=check,
    supersedes=("rise-after-minimum",),
    extra="transformers",
)
