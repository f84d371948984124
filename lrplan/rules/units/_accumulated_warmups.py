"""Warm-ups that count batches where steps tick, or steps where batches do."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, SchedulerPlan, Severity, count, share
from lrplan.lint.facts.lengths import UnitlessLength, lengths

_LONG = 0.3
_USUAL = (1, 2, 3, 5, 6, 10)
"""Percents of a run that warm-ups are usually given."""


def miscounted_warmups(context: Context, top: SchedulerPlan) -> Iterator[Hit]:
    """The warm-ups of ``top`` that make more sense in what does not tick it."""
    clock = context.clock
    if clock.repeats > 1:  # of one device, or of all? the number does not say
        return
    for length in lengths(context, top):
        if length.kind != "warm-up":
            continue
        if top.interval == "batch":
            yield from _counts(context, length, clock.steps_per_epoch, "step")
        elif hit := next(_counts(context, length, clock.batches_per_epoch, "batch"), None):
            yield hit
        elif _is_long(context, length):
            yield from _share(context, length)


def _counts(
    context: Context, length: UnitlessLength, whole: int | None, counted: str
) -> Iterator[Hit]:
    """A hit where it is whole epochs of what it counts, and of what ticks it no length at all."""
    clock, value = context.clock, length.value
    ticks, own = ("batch", clock.batches_per_epoch)
    if counted == "batch":
        ticks, own = ("step", clock.steps_per_epoch)
    if not whole or not own or value % whole:
        return
    # With 1,000 batches and 250 steps an epoch, a warm-up of 3000 on steps is 3 epochs of batches
    # but 12 of steps. It is reported when it is too long for the run; a round number such as 3000,
    # or one that is whole epochs of what ticks, may be meant and is left alone otherwise.
    value = int(value)
    is_long = counted == "batch" and _is_long(context, length)
    if (_is_round(value) or value % own == 0) and not is_long:
        return
    epochs = value // whole
    yield Hit(
        path=length.path,
        message=(
            f"{length.words} is {count(epochs, 'epoch')} of {count(whole, counted)} each, but"
            f" the scheduler ticks with every {ticks}, {own:,} an epoch: the warm-up takes"
            f" {value / own:.3g} epochs"
        ),
        fix=_fix(context, length, f"{epochs}ep"),
        severity=Severity.WARNING,
    )


def _share(context: Context, length: UnitlessLength) -> Iterator[Hit]:
    """A hit where it is a usual share of the batches."""
    batches, steps = context.clock.batches, context.clock.steps
    percent = next((each for each in _USUAL if 100 * length.value == each * batches), None)
    if percent is not None:
        yield Hit(
            path=length.path,
            message=(
                f"{length.words} is {percent}% of the run's {count(batches, 'batch')}, but the"
                f" scheduler ticks with every step: the warm-up takes"
                f" {share(length.value / steps)} of {count(steps, 'step')}"
            ),
            fix=_fix(context, length, f"{percent}%"),
            severity=Severity.WARNING,
        )


def _is_long(context: Context, length: UnitlessLength) -> bool:
    return length.value >= _LONG * context.clock.length("step")


def _is_round(value: int) -> bool:
    """Return True if it is written with two digits and zeros: a number that people make up."""
    # 3000 is 3 and 2500 is 25, both round; 3120 is 312, which somebody counted.
    return int(str(value).rstrip("0") or 0) < 100


def _fix(context: Context, length: UnitlessLength, written: str) -> str:
    follows = any(
        other.kind == "hand-over" and length.value in other.values
        for other in lengths(context, length.span.top)
    )
    more = ", with the milestone there and the decay over the rest" if follows else ""
    return f"{length.name}: {written}{more}"
