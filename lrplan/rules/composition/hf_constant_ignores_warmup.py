"""The spec gives a warm-up to a schedule of transformers that has none.

``get_scheduler`` takes ``num_warmup_steps`` for every name. ``constant``, ``reduce_lr_on_plateau``
and ``greedy`` (and ``piecewise_constant`` of diffusers) drop it without a warning; a constant
learning rate with a warm-up has another name, ``constant_with_warmup``.

## Why it matters

Measured with transformers 5.23.0: ``lr_scheduler_type="constant"`` with 3 warm-up steps trains all
10 updates at 0.1, the first one too.

## How to fix it

Write ``constant_with_warmup``. Before a plateau, use lrplan's ``GradualWarmupScheduler`` with
torch's plateau inside.

## When it is fine

``num_warmup_steps: 0`` and ``null``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Edit, Hit, Rule, Severity, Span, ticks, write_values

BAD = """\
training: {steps: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: transformers:constant, num_warmup_steps: 10}
"""
GOOD = BAD.replace("constant", "constant_with_warmup")

_FIX = {
    "transformers:constant": "type: transformers:constant_with_warmup",
    "diffusers:constant": "type: diffusers:constant_with_warmup",
    "diffusers:piecewise_constant": "begin step_rules with smaller factors",
    "transformers:reduce_lr_on_plateau": "a ReduceLROnPlateau with the key `warmup`",
    "transformers:greedy": "leave it out",
}


def check(context: Context) -> Iterator[Hit]:
    """Each schedule that is given a warm-up it does not make."""
    for span in context.spans(*_FIX):
        warmup = context.integer(span.scheduler, "num_warmup_steps")
        if warmup:
            yield Hit(
                path=context.path_of(span.scheduler, "num_warmup_steps"),
                message=(
                    f"{span.scheduler.type} makes no warm-up: num_warmup_steps,"
                    f" {ticks(warmup, span.top)}, is not used"
                ),
                fix=_FIX[span.scheduler.type],
                edits=_edits(span),
                step=0,
            )


def _edits(span: Span) -> tuple[Edit, ...]:
    key, _, value = _FIX[span.scheduler.type].partition(": ")
    return write_values(span.scheduler.path, {key: value}) if value else ()


RULE = Rule(
    code="LRP444",
    name="hf-constant-ignores-warmup",
    severity=Severity.WARNING,
    needs="spec",
    summary="A warm-up is given to a schedule of transformers that makes none.",
    bad=(BAD,),
    good=(GOOD, BAD.replace(", num_warmup_steps: 10", "")),
    check=check,
    extra="transformers",
)
