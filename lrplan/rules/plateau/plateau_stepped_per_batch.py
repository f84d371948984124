"""A plateau that reads a value per step runs out of patience within an epoch.

The losses of single batches go up and down. A plateau that reads each of them soon sees more than
``patience`` values without a new best one, cuts, and cuts again: the decay that was meant for the
whole training happens in its first minutes.

## Why it matters

Fed with 1,000 losses that fall slowly under noise (standard deviation 0.3), a plateau with
``patience: 10`` cuts for the first time within some twenty batches, and ends at the 1e-8 where
``eps`` stops it.

## How to fix it

Give it one value per validation: ``interval: epoch``, or ``frequency: 1000`` for a validation every
1,000 steps. A plateau that should read a smoothed loss at every step needs a patience of more than
an epoch of steps.

## When it is fine

With a ``frequency`` of its own, and with a patience of an epoch of steps or more (where the run
has no epochs: of a hundredth of the run).

## References

pytorch/vision#1261, aimagelab/meshed-memory-transformer#71
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, RunContext, RunHit, Severity, Span, child_path, script
from lrplan.lint.facts.plateaus import plateaus
from lrplan.rules.plateau._observed_plateaus import observed_plateaus
from lrplan.rules.plateau._plateau import Settings, plateau_settings, step_of_call

BAD = """\
training: {epochs: 5, steps_per_epoch: 1000}
schedules:
  run:
    optimizer: {type: Adam, lr: 1e-3}
    scheduler: {type: ReduceLROnPlateau, patience: 10, interval: step}
    metrics: {train_loss: {expr: "1 / (1 + step / 500) + 0.3 * (1 + sin(7 * step))"}}
"""
_PER_STEP = '"1 / (1 + step / 500) + 0.3 * (1 + sin(7 * step))"'

_FEW = 100
"""A patience below this is not meant for single batches."""


def check(context: Context) -> Iterator[Hit]:
    """A plateau ticked per step or batch with a patience of less than an epoch."""
    for span in plateaus(context):
        settings = plateau_settings(context, span)
        if settings is None or span.top.interval == "epoch" or span.top.frequency > 1:
            continue
        enough, length = _enough(context, span)
        if settings.patience >= enough:
            continue
        yield Hit(
            path=child_path(span.top.path, "interval"),
            message=(
                f"the scheduler reads a value per {span.top.interval}, and patience"
                f" {settings.patience:,} is used up long before {length} of {enough:,} is over"
            ),
            fix=(
                f"{_per_epoch(context, settings)}, or a frequency, or a patience of {enough:,} and"
                " more"
            ),
            step=step_of_call(context, span, settings.patience + 2),
        )


def _per_epoch(context: Context, settings: Settings) -> str:
    """The interval, and the patience too where that would outlast the epochs."""
    epochs = context.clock.epochs
    if not epochs or settings.patience + 2 < epochs:
        return "interval: epoch"
    return f"interval: epoch with a patience of {max(1, math.ceil(epochs) // 4)}"


def _enough(context: Context, span: Span) -> tuple[int, str]:
    """The least patience that is not questioned, and what it is the length of."""
    ticks, epochs = context.ticks(span.top), context.clock.epochs
    if epochs:
        per_epoch = ticks // epochs
        return (per_epoch, "an epoch") if per_epoch > 1 else (0, "")
    per_epoch = context.clock.steps_per_epoch or 0
    return (per_epoch, "an epoch") if per_epoch else (ticks // 100, "a hundredth of the run")


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Plateaus that a script steps within the loop over batches."""
    for plateau in observed_plateaus(context):
        scheduler = plateau.scheduler
        cadence = context.cadence(scheduler)
        patience = context.number(scheduler, context.role_name(scheduler, "patience"))
        if cadence in {"step", "batch"} and patience is not None and patience < _epoch(context):
            tick = "update" if cadence == "step" else "batch"
            yield RunHit(
                location=plateau.ticks.first.location or context.location(scheduler),
                message=(
                    f"{scheduler.type} is stepped after every {tick}: its patience of"
                    f" {patience:,} is used up within an epoch"
                ),
                fix="step it once an epoch, with the metric of the whole epoch",
                scheduler=scheduler.index,
            )


def _epoch(context: RunContext) -> int:
    """The ticks of an epoch; where source does not say it, as many as an epoch always has."""
    if context.recorded:
        return context.facts.steps_per_epoch
    known = context.observation.batches_per_epoch
    return _FEW if known is None else known.value


RULE = Rule(
    code="LRP504",
    name="plateau-stepped-per-batch",
    severity=Severity.WARNING,
    needs="spec",
    summary="A plateau reads a value per step with the patience of one per epoch.",
    bad=(BAD,),
    good=(
        BAD.replace("interval: step", "interval: epoch, mode: min")
        .replace("patience: 10", "patience: 1")
        .replace(_PER_STEP, '"1 / (1 + 2 * epoch)"'),
        BAD.replace("patience: 10", "patience: 2000"),
    ),
    check=check,
    check_run=check_run,
    bad_source=(
        script(
            "ReduceLROnPlateau(optimizer, patience=2)",
            after_step=("scheduler.step(loss.item())",),
        ),
    ),
    good_source=(
        script(
            "ReduceLROnPlateau(optimizer, patience=2)",
            after_epoch=("scheduler.step(loss.item())",),
        ),
    ),
    supersedes=("plateau-active-during-warmup",),
)
