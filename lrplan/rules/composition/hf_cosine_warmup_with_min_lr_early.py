"""``cosine_warmup_with_min_lr`` peaks and bottoms one update before ``cosine_with_min_lr``.

The two names differ in more than the start of the warm-up. ``cosine_with_min_lr`` starts at 0 and
first uses the peak at update ``num_warmup_steps`` (counted from 0); its sibling starts above 0, is
at the peak one update earlier, and reaches the floor at the last update of the plan instead of one
after it.

## Why it matters

Measured with transformers 5.23.0, 5 warm-up updates of 20, floor 0.1: the peak is at update 4 and
not 5, and update 19 has 0.1 and not 0.1098. This is small, but a run that continues past the plan
rises one update sooner, and a comparison of the two is off by one everywhere.

## How to fix it

Use ``cosine_with_min_lr`` if the curve should agree with those of other packages. Keep this one if
you want the floor at the very last update.

## When it is fine

Always, if you know it: this is an info.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, ticks, unit, write_values

BAD = """\
training: {steps: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler:
      type: transformers:cosine_warmup_with_min_lr
      num_warmup_steps: 10
      num_training_steps: 100
      min_lr_rate: 0.1
"""
GOOD = BAD.replace("cosine_warmup_with_min_lr", "cosine_with_min_lr")


def check(context: Context) -> Iterator[Hit]:
    """Each one with a warm-up, which is where the two part."""
    for span in context.spans("transformers:cosine_warmup_with_min_lr"):
        warmup = context.integer(span.scheduler, "num_warmup_steps") or 0
        if warmup > 1 and span.ticks >= warmup:
            one = unit(span.top)
            yield Hit(
                path=context.path_of(span.scheduler, "type"),
                message=(
                    f"the peak is first used at {one} {warmup - 1:,} (counted from 0), one {one}"
                    f" early for a warm-up of {ticks(warmup, span.top)}"
                ),
                fix="transformers:cosine_with_min_lr peaks when the warm-up is over",
                edits=write_values(
                    span.scheduler.path, {"type": "transformers:cosine_with_min_lr"}
                ),
                step=context.step(span, warmup - 1),
            )


RULE = Rule(
    code="LRP447",
    name="hf-cosine-warmup-with-min-lr-early",
    severity=Severity.INFO,
    needs="spec",
    summary="cosine_warmup_with_min_lr is one update ahead of cosine_with_min_lr.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    extra="transformers",
)
