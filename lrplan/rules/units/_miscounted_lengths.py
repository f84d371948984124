"""Lengths that fit the run exactly, had its batches or devices been counted in another way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrplan.clock import Clock, ClockError
from lrplan.lint import Context, SchedulerPlan
from lrplan.lint.facts.lengths import Length, lengths
from lrplan.text import join_words


def misfitting_ends(context: Context, top: SchedulerPlan) -> Iterator[Length]:
    """The lengths of ``top`` at which its decay is over, if they go beyond the plan or end early.

    Lengths that fit the run, or the ``horizon`` it is cut from, are left out.
    """
    for length in lengths(context, top):
        if length.kind == "end" and not any(
            ends_after(context, length, whole) for whole in _plans(context, top)
        ):
            yield length


def ends_after(context: Context, length: Length, ticks: int) -> bool:
    """Return True if ``length`` ends after ``ticks`` ticks, give or take the rounding of epochs.

    Counted from the run's start, or from where its scheduler begins (as planned: the milestone of
    a SequentialLR may itself lie beyond the run).
    """
    # Rounding: each epoch may end with a short window of batches, so 30 epochs may differ by 30
    # steps.
    rounding = min(max(1, context.clock.epochs or 0), ticks // 100)
    begins = {0, length.span.begin, length.begin, *_hand_overs(context, length)}
    return any(abs(length.value + begin - ticks) <= rounding for begin in begins)


def along_with(context: Context, length: Length) -> str:
    """``; so do milestones 500 and total_iters 500``: what hands over to it, in the same unit."""
    before = [
        other
        for other in lengths(context, length.span.top)
        if other.kind in {"hand-over", "warm-up"} and other.begin + other.value == length.span.begin
    ]
    verb = "does" if len(before) == 1 else "do"
    return f"; so {verb} {join_words([each.words for each in before])}" if before else ""


def steps_on_one_device(context: Context) -> int:
    """Steps of the same run, had one device all the data to itself."""
    settings, clock = context.clock.settings, context.clock
    if settings.dataset_size is None or settings.batch_size is None or settings.epochs is None:
        return clock.steps * settings.world_size
    loose = replace(
        settings,
        world_size=1,
        steps=None,
        steps_per_epoch=None,
        batches_per_epoch=None,
        horizon=None,
        skipped_steps=(),
    )
    try:
        return Clock.derive(loose).steps
    except ClockError:  # more steps than any run may have
        return clock.steps * settings.world_size


def _plans(context: Context, top: SchedulerPlan) -> tuple[int, int]:
    whole = context.clock.resolve("100%", top.cadence)
    return context.ticks(top), whole


def _hand_overs(context: Context, length: Length) -> Iterator[float]:
    for other in lengths(context, length.span.top):
        hands_over = other.scheduler.row.hands_over
        if other.kind == "hand-over" or (hands_over and other.name == hands_over[0]):
            yield from other.values
