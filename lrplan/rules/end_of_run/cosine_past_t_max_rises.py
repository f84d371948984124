"""A cosine that ticks past ``T_max`` climbs back to the base lr.

``CosineAnnealingLR`` is a full wave: it falls for ``T_max`` ticks and rises for the next
``T_max``. When it gets more ticks than that, the last part of training runs at a growing learning
rate, and there is no warning. ``WarmupCosine`` does the same past ``total_steps``.

## Why it matters

With ``T_max: 50`` in a run of 100 epochs the last epoch is trained at 99.9% of the base lr; with
``T_max: 80`` at 13.3%. Updates at a high learning rate undo the progress of the slow ones before
them.

## How to fix it

Set ``T_max`` to the number of ticks that the scheduler gets. For a single scheduler that is the
length of the run (``100%``); inside a ``SequentialLR``, the rest of the run after its milestone. To
hold the floor for a while, continue with a ``ConstantLR``. For a wave on purpose use
``CosineAnnealingWarmRestarts`` or ``CyclicLR``.

## When it is fine

- ``T_max`` is one less than the number of ticks: the last update uses exactly ``eta_min``, and
  the first rising value comes after training.
- Three or five half waves that end at the floor are not reported. Other runs of two waves and more
  are an info.

A climb of less than a tenth of the height is a warning, one of less than a thousandth an info.

## References

pytorch/pytorch#40971
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.lint import (
    Context,
    Hit,
    Rule,
    Severity,
    Span,
    check_plans_of_run,
    duration,
    script,
    share,
    ticks,
    unit,
)
from lrplan.lint.facts.lengths import write_lengths
from lrplan.lint.facts.tick_usage import last_used_tick, planned_ticks

BAD = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 80}
"""
NESTED = """\
training: {epochs: 100, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [10]
      schedulers:
        - {type: LinearLR, start_factor: 0.01, total_iters: 10}
        - {type: CosineAnnealingLR, T_max: 60}
"""


@dataclass(frozen=True, slots=True)
class _Wave:
    """A cosine: where it starts to fall, where it is down, and the last tick that is used."""

    argument: str
    start: int
    bottom: int
    last: int
    may_repeat: bool

    def height(self, tick: int) -> float:
        return (1 + math.cos(math.pi * (tick - self.start) / (self.bottom - self.start))) / 2

    @property
    def halves(self) -> float:
        """Half waves that are run."""
        return (self.last + 1 - self.start) / (self.bottom - self.start)

    @property
    def climb(self) -> float:
        """The height to which it rises again, as a share of its peak."""
        # T_max 10 and last tick 14: (1 + cos(1.4 pi)) / 2, up to 35 % again. From tick 20 on it has
        # been all the way up, whatever the last tick is.
        turned = self.last - self.bottom >= self.bottom - self.start
        return 1.0 if turned else self.height(self.last)

    @property
    def ends_low(self) -> bool:
        """Return True if the run ends as a half wave comes down, give or take a tick."""
        # With T_max 10 the bottoms lie at ticks 10, 30, 50 ...: `past` counts from the first one,
        # in waves of 20, and is 0, 1 or 19 where the run ends at a bottom.
        half = self.bottom - self.start
        past = (self.last + 1 - self.bottom) % (2 * half)
        return past <= 1 or past == 2 * half - 1


def check(context: Context) -> Iterator[Hit]:
    """A cosine of which more ticks are used than half its wave."""
    for span in context.spans_with("end"):
        if span.scheduler.row.past_end != "waves":
            continue
        wave = _wave(context, span)
        if wave is None or wave.last <= wave.bottom or not _falls(context, span):
            continue
        several = wave.may_repeat and wave.halves >= 3
        if several and wave.ends_low:
            continue
        if several and wave.halves >= 4:
            yield _swings(context, span, wave)
        else:
            yield _climbs(context, span, wave)


def _wave(context: Context, span: Span) -> _Wave | None:
    own = span.scheduler
    name, warmup = own.row.name_of("end"), own.row.name_of("warm-up")
    bottom = context.integer(own, name) or 0
    start = context.integer(own, warmup) or 0
    if bottom <= start:
        return None
    repeats = not warmup and bottom > 1
    return _Wave(name, start, bottom, last_used_tick(context, span), repeats)


def _falls(context: Context, span: Span) -> bool:
    """Return True if ``eta_min`` is below some group's base lr; else it is another mistake."""
    floor = context.number(span.scheduler, "eta_min") or 0.0
    base = context.base_values(context.field_of(span.scheduler))
    return any(base.get(group, math.inf) > floor for group in span.top.groups)


def _climbs(context: Context, span: Span, wave: _Wave) -> Hit:
    severity = Severity.INFO if wave.climb < 0.001 else Severity.WARNING
    end = share(wave.height(wave.last))
    return Hit(
        path=context.path_of(span.scheduler, wave.argument),
        message=(
            f"the cosine is down after {wave.bottom:,} of the {ticks(span.ticks, span.top)} it"
            f" gets and climbs again: the last {unit(span.top)} runs at {end} of its height"
        ),
        fix=f"{wave.argument}: {duration(context, span.top, planned_ticks(context, span))}",
        edits=write_lengths(context, span, {wave.argument: planned_ticks(context, span)}),
        step=context.step(span, wave.bottom + 1),
        severity=Severity.ERROR if wave.climb > 0.1 else severity,
    )


def _swings(context: Context, span: Span, wave: _Wave) -> Hit:
    return Hit(
        path=context.path_of(span.scheduler, wave.argument),
        message=(
            f"the lr swings between its ends every {ticks(wave.bottom, span.top)}, and the run"
            f" ends at {share(wave.height(wave.last))} of the height"
        ),
        fix=(
            f"{wave.argument}: {duration(context, span.top, planned_ticks(context, span))} for one"
            " descent; CosineAnnealingWarmRestarts or CyclicLR say that cycles are meant"
        ),
        step=context.step(span, wave.bottom + 1),
        severity=Severity.INFO,
    )


RULE = Rule(
    code="LRP301",
    name="cosine-past-t-max-rises",
    severity=Severity.ERROR,
    needs="spec",
    summary="A cosine ticks past T_max and climbs again.",
    bad=(BAD.replace("80", "70"), NESTED),
    good=(BAD.replace("T_max: 80", "T_max: 100"), NESTED.replace("T_max: 60", "T_max: 90")),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(
        script("CosineAnnealingLR(optimizer, T_max=7)", after_epoch=("scheduler.step()",)),
    ),
    good_source=(
        script("CosineAnnealingLR(optimizer, T_max=10)", after_epoch=("scheduler.step()",)),
    ),
    level="cause",
)
