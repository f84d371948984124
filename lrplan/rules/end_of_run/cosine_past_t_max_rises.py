"""A cosine that ticks past ``T_max`` climbs back to the base rate.

``CosineAnnealingLR`` is a full wave: it falls for ``T_max`` ticks and rises for the next
``T_max``. When it gets more ticks than that, the last part of training runs at a growing learning
rate, and nothing is said. ``WarmupCosine`` does the same past ``total_steps``.

## Why it matters

With ``T_max: 50`` in a run of 100 epochs the last epoch is trained at 99.9% of the base rate;
with ``T_max: 80`` at 13.3%. Updates at a high rate undo what the slow ones before them have
settled.

## How to fix it

Let ``T_max`` be the number of ticks that the scheduler gets. On its own that is the length of the
run (``100%``); inside a ``SequentialLR``, what is left of the run after the hand-over. To hold
the floor for a while, hand over to a ``ConstantLR``. For a wave on purpose use
``CosineAnnealingWarmRestarts`` or ``CyclicLR``, which say so.

## When it is fine

- ``T_max`` is one less than the number of ticks: the last update uses exactly ``eta_min``, and
  the first rising value comes after training.
- Three half waves or five, ending at the floor: taken as meant. Other runs of two waves and more
  are only mentioned.

A climb of less than a tenth of the height is a warning, one of less than a thousandth an info.

## References

pytorch/pytorch#40971
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.lint.facts.tick_usage import last_used, planned
from lrplan.lint.rule import Hit, Rule
from lrplan.lint.wording import duration, share, ticks, unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import Span

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
        """How high it comes again, as a share of its height."""
        turned = self.last - self.bottom >= self.bottom - self.start
        return 1.0 if turned else self.height(self.last)

    @property
    def ends_low(self) -> bool:
        """Whether the run ends as a half wave comes down, give or take a tick."""
        half = self.bottom - self.start
        past = (self.last + 1 - self.bottom) % (2 * half)
        return past <= 1 or past == 2 * half - 1


def check(context: Context) -> Iterator[Hit]:
    """A cosine of which more ticks are used than half its wave."""
    for span in context.spans("CosineAnnealingLR", "WarmupCosine"):
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
    name = "T_max" if own.type == "CosineAnnealingLR" else "total_steps"
    bottom = context.value(own, name, int) or 0
    start = context.value(own, "warmup_steps", int) or 0
    if bottom <= start:
        return None
    repeats = own.type == "CosineAnnealingLR" and bottom > 1
    return _Wave(name, start, bottom, last_used(context, span), repeats)


def _falls(context: Context, span: Span) -> bool:
    """Whether ``eta_min`` lies below the base rate of some group; else it is another mistake."""
    floor = context.value(span.scheduler, "eta_min", float) or 0.0
    base = context.base(context.driven(span.scheduler))
    return any(base.get(group, math.inf) > floor for group in span.top.groups)


def _climbs(context: Context, span: Span, wave: _Wave) -> Hit:
    severity = Severity.INFO if wave.climb < 0.001 else Severity.WARNING
    end = share(wave.height(wave.last))
    return Hit(
        path=context.at(span.scheduler, wave.argument),
        message=(
            f"the cosine is down after {wave.bottom:,} of the {ticks(span.ticks, span.top)} it"
            f" gets and climbs again: the last {unit(span.top)} runs at {end} of its height"
        ),
        fix=f"{wave.argument}: {duration(context, span.top, planned(context, span))}",
        step=context.step(span, wave.bottom + 1),
        severity=Severity.ERROR if wave.climb > 0.1 else severity,
    )


def _swings(context: Context, span: Span, wave: _Wave) -> Hit:
    return Hit(
        path=context.at(span.scheduler, wave.argument),
        message=(
            f"the rate swings between its ends every {ticks(wave.bottom, span.top)}, and the run"
            f" ends at {share(wave.height(wave.last))} of the height"
        ),
        fix=(
            f"{wave.argument}: {duration(context, span.top, planned(context, span))} for one"
            " descent; CosineAnnealingWarmRestarts or CyclicLR say that cycles are meant"
        ),
        step=context.step(span, wave.bottom + 1),
        severity=Severity.INFO,
    )


RULE = Rule(
    code="LRP301",
    name="cosine-past-t-max-rises",
    family="end of run",
    severity=Severity.ERROR,
    needs="spec",
    summary="A cosine ticks past T_max and climbs again.",
    bad=(BAD.replace("80", "70"), NESTED),
    good=(BAD.replace("T_max: 80", "T_max: 100"), NESTED.replace("T_max: 60", "T_max: 90")),
    check=check,
    supersedes=("rise-after-minimum", "floor-not-reached", "lr-zero-for-part-of-run"),
)
