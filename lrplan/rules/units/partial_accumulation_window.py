"""An epoch's batches do not divide into whole accumulation windows.

With 10 batches and 4 accumulated for a step, two batches are left over. A loop may step with them
(three steps an epoch), drop them (two), or carry them over to the next epoch (two and a half on
average). Frameworks differ, and a length computed with one rounding does not fit a loop with
another.

## Why it matters

Rounding down where the loop steps leaves a tick a window too early: 30 epochs of 10 batches in
fours are 90 steps, but 60 rounded down. A cosine of 60 ticks climbs from its floor at step 60 back
to half its height at step 90, a polynomial trains 30 steps at 0, one cycle raises ValueError.
The short window's gradient is also smaller, where the loss is divided by the full number.

## How to fix it

Describe your loop with ``training.last_window`` (``step``, ``drop`` or ``carry``) or with
``training.loop``: those of Lightning and transformers always step, accelerate's does by default.
Give lengths a unit: ``T_max: 100%``. Or choose ``drop_last`` and the batch size so that no batches
are left over.

## When it is fine

A length that is exactly the number of steps in another rounding is a warning, an error where torch
raises. Batches left over are not an error in themselves: they are an info where an epoch has a
hundred steps or fewer, and are not reported with ``drop_last``, with a ``last_window`` in the spec,
or with ``loop: transformers``, which divides by the real number of batches in the window.

## References

huggingface/transformers#37923, huggingface/transformers#31677
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrplan.clock import Clock, ClockError, LastWindow
from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    Severity,
    child_path,
    count,
    share,
    without_commas,
    write_values,
)
from lrplan.lint.facts.lengths import UnitlessLength
from lrplan.rules.units._miscounted_lengths import misfitting_ends

BAD = """\
training: {epochs: 30, batches_per_epoch: 10, accumulate: 4}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: PolynomialLR, total_iters: 60, interval: step}
"""

_MANY = 100
"""In more steps than these an epoch, one that weighs less is lost among them."""

_DOES: dict[LastWindow, str] = {
    "step": "steps with the short last window",
    "drop": "drops it",
    "carry": "carries it over",
}


def check(context: Context) -> Iterator[Hit]:
    """Lengths that are the number of steps in another rounding, else windows that are short."""
    clock = context.clock
    batches, accumulate = clock.batches_per_epoch, clock.settings.accumulate
    top_schedulers = [
        top for top in context.plan.schedulers if (top.interval, top.frequency) == ("step", 1)
    ]
    if batches is None or batches % accumulate == 0:
        return
    counts = dict(_counts(context))
    miscounted = [
        hit
        for top in top_schedulers
        for length in misfitting_ends(context, top)
        for hit in _mismatches(context, length, counts)
    ]
    yield from miscounted or _uneven(context, batches % accumulate)


def _uneven(context: Context, left: int) -> Iterator[Hit]:
    """The gradient of a short window, where it is more than one in a hundred and no one said so."""
    settings, windows = context.clock.settings, context.clock.steps_per_epoch
    is_known = settings.drop_last or settings.loop == "transformers" or _is_window_written(context)
    if context.clock.batching.last_window != "step" or is_known:
        return
    if windows is not None and 1 < windows <= _MANY:
        yield Hit(
            path=child_path(child_path(context.plan.path, "training"), "accumulate"),
            message=(
                f"the last of an epoch's {windows:,} steps has {count(left, 'batch')} where the"
                f" others have {settings.accumulate:,}: with the loss divided by"
                f" {settings.accumulate:,} its gradient is {share(left / settings.accumulate)} of"
                " theirs"
            ),
            fix="last_window: step, to say that it is meant",
            edits=_stepped(context),
            severity=Severity.INFO,
        )


def _edits(context: Context, length: UnitlessLength, ticks: float) -> tuple[Edit, ...]:
    """The length in steps of this run, whose short windows are then meant."""
    if length.name not in length.scheduler.arguments:
        return ()
    stepped = context.clock.batching.last_window == "step" and not _is_window_written(context)
    return (Edit(length.path, without_commas(ticks)), *(_stepped(context) if stepped else ()))


def _stepped(context: Context) -> tuple[Edit, ...]:
    return write_values(child_path(context.plan.path, "training"), {"last_window": "step"})


def _is_window_written(context: Context) -> bool:
    training = context.plan.node.get("training")
    return training is not None and training.get("last_window") is not None


def _counts(context: Context) -> Iterator[tuple[LastWindow, int]]:
    """Steps of the run for every way to treat the last window that is possible here."""
    # Of another loop, which may do what this one cannot.
    settings = replace(
        context.clock.settings,
        steps_per_epoch=None,
        dataset_size=None,
        batches_per_epoch=context.clock.batches_per_epoch,
        loop="torch",
        split_batches=False,
        step_scheduler_with_optimizer=True,
        skipped_steps=(),
    )
    # 10 batches an epoch, a step every 4: `step` makes 3 an epoch, `drop` 2, and `carry` 5 in two.
    for window in _DOES:
        try:
            steps = Clock.derive(replace(settings, last_window=window)).steps
        except ClockError:
            continue
        yield window, steps * context.clock.repeats


def _mismatches(
    context: Context, length: UnitlessLength, counts: dict[LastWindow, int]
) -> Iterator[Hit]:
    steps = context.clock.steps * context.clock.repeats
    total = length.value + length.begin
    for window, other in counts.items():
        if total != other or abs(total - steps) < 2:
            continue
        raises = length.scheduler.row.past_end == "raises" and total < steps
        yield Hit(
            path=length.path,
            message=(
                f"{length.words} fits a loop that {_DOES[window]}, of {count(other, 'step')}; this"
                f" one {_DOES[context.clock.batching.last_window]} and has {steps:,}"
            ),
            fix=f"{length.words.split()[0]}: {without_commas(steps - length.begin)}, or a unit",
            edits=_edits(context, length, steps - length.begin),
            step=context.step(length.span, length.value),
            severity=Severity.ERROR if raises else Severity.WARNING,
        )
        return


RULE = Rule(
    code="LRP104",
    name="partial-accumulation-window",
    severity=Severity.WARNING,
    needs="spec",
    summary="A length counts an epoch's last, short accumulation window differently.",
    bad=(BAD,),
    good=(
        BAD.replace("total_iters: 60", "total_iters: 90").replace(
            "accumulate: 4", "accumulate: 4, last_window: step"
        ),
        BAD.replace("accumulate: 4", "accumulate: 4, last_window: drop"),
        BAD.replace("batches_per_epoch: 10", "batches_per_epoch: 8"),
    ),
    check=check,
    level="unit",
    supersedes=("stops-midway", "timm-warmup-prefix-and-cycle-length"),
)
