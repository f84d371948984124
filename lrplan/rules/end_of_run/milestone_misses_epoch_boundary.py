"""A milestone is one tick away from the number that was probably meant.

Milestones count ticks from 0: a cut at tick ``30 * steps_per_epoch`` acts from the first step of
epoch 30, after 30 whole epochs. One step less cuts the last step of the epoch before. In epochs,
``[29, 59]`` cuts after 29 and 59 epochs, where round numbers may have been meant by someone who
counts from 1.

## Why it matters

With 100 steps per epoch and ``milestones: [2999]`` the last batch of epoch 29 alone is trained at
the lower learning rate; with ``[29]`` in epochs, all of it.

## How to fix it

``30ep`` is right in any unit, and stays right when the batch size changes.

## When it is fine

Round numbers of steps, and numbers that are not beside an epoch's end. In epochs, the rule reports
only lists of two or more milestones that all end in 9. It is never more than an info.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Edit, Hit, Rule, Severity, Span, child_path, join_numbers
from lrplan.lint.facts.lengths import node_at

BAD = """\
training: {epochs: 90, steps_per_epoch: 128}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MilestoneLrScheduler, milestones: [3839, 7680], interval: step}
"""
EPOCHS = BAD.replace("[3839, 7680], interval: step", "[29, 59]")

_FEWEST_STEPS = 20
_ROUND = 50


def check(context: Context) -> Iterator[Hit]:
    """Milestones in steps beside an epoch's end, and in epochs beside a round number."""
    for span in context.spans_with("cuts"):
        milestones = span.scheduler.arguments.get("milestones")
        plain = milestones if isinstance(milestones, list) else []
        milestones = [span.begin + tick for tick in plain if isinstance(tick, int) and tick > 0]
        per_epoch = _ticks_per_epoch(context, span)
        if per_epoch is not None and per_epoch >= _FEWEST_STEPS:
            yield from _beside_the_end(context, span, milestones, per_epoch)
        if per_epoch is not None and all(each % per_epoch == 0 for each in milestones):
            yield from _before_a_round_one(context, span, [m // per_epoch for m in milestones])


def _ticks_per_epoch(context: Context, span: Span) -> int | None:
    if span.top.frequency > 1:
        return None
    return 1 if span.top.interval == "epoch" else context.clock.steps_per_epoch


def _beside_the_end(
    context: Context, span: Span, milestones: list[int], per_epoch: int
) -> Iterator[Hit]:
    for tick in milestones:
        # Milestone 2,999 with 100 steps an epoch: the nearest end of an epoch is 100 * 30 = 3,000,
        # one away. Round numbers (multiples of 50) are taken as meant.
        nearest = per_epoch * round(tick / per_epoch)
        if abs(tick - nearest) != 1 or tick % _ROUND == 0:
            continue
        word = "before" if tick < nearest else "after"
        epoch = nearest // per_epoch
        yield Hit(
            path=context.path_of(span.scheduler, "milestones"),
            message=(
                f"milestone {tick - span.begin:,} acts one step {word} epoch {epoch:,} begins, at"
                f" step {nearest:,}"
            ),
            fix=f"{nearest - span.begin}, or {epoch}ep" if not span.begin else "",
            edits=_moved(context, span, tick, nearest),
            step=context.step(span, tick - span.begin),
        )


def _moved(context: Context, span: Span, tick: int, nearest: int) -> tuple[Edit, ...]:
    """The milestone at the end of the epoch, where it is written as a plain number."""
    path = context.path_of(span.scheduler, "milestones")
    written = [each.value for each in node_at(context, path).elements()]
    if span.begin or tick not in written:
        return ()
    return (Edit(child_path(path, written.index(tick)), str(nearest)),)


def _before_a_round_one(context: Context, span: Span, epochs: list[int]) -> Iterator[Hit]:
    if span.begin or len(epochs) < 2 or any(epoch % 10 != 9 for epoch in epochs):
        return
    meant = sorted(epoch + 1 for epoch in epochs)
    yield Hit(
        path=context.path_of(span.scheduler, "milestones"),
        message=(
            f"the cuts act after {join_numbers(sorted(epochs))} epochs, one epoch before"
            f" {join_numbers(meant)}: milestones count finished epochs"
        ),
        fix=f"milestones: [{', '.join(f'{epoch}ep' for epoch in meant)}], if that was meant",
    )


RULE = Rule(
    code="LRP307",
    name="milestone-misses-epoch-boundary",
    severity=Severity.INFO,
    needs="spec",
    summary="A milestone is one step, or one epoch, away from a likely one.",
    bad=(BAD, EPOCHS),
    good=(BAD.replace("3839", "3840"), EPOCHS.replace("[29, 59]", "[30, 60]")),
    check=check,
    level="symptom",
)
