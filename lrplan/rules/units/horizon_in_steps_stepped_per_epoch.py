"""A schedule's length is given in optimizer steps, but the scheduler ticks once an epoch.

Without ``interval: step`` a scheduler ticks at the end of every epoch, here as in Lightning. A
``T_max`` of 9,000 steps is then one of 9,000 epochs, of which the run sees the first few; so is a
``num_training_steps``, a ``t_initial``, a ``total_num_steps`` of another package's scheduler.

## Why it matters

The rate hardly moves. A cosine with ``T_max: 1000`` in 10 epochs ends at 0.9998 of its base; a
``LinearLR`` warm-up of 500 from 0.01 gets to 2.8 % of the rate; ``OneCycleLR`` with
``total_steps: 1000`` and ``max_lr: 0.1``, ticked 100 times, never exceeds 0.0277; ``CyclicLR``
from 1e-4 to 0.1 with its default of 2,000 ticks up is at 0.0025 after 50 epochs.

## How to fix it

Tick per step with ``interval: step``, or give the length a unit: ``T_max: 9000st`` is resolved to
epochs when the scheduler ticks per epoch. For schedules that are meant to be smooth within an
epoch, such as one cycle and warm-ups, use ``interval: step``.

## When it is fine

Lengths with a unit, and lengths that ``training.horizon`` covers: a run that stops early on
purpose. Lengths that are only a few times too long are the business of other rules. Where a
horizon is given that does not cover the length, the finding is a warning.

## References

pytorch/pytorch#65417, Lightning-AI/pytorch-lightning#6948, sthalles/SimCLR#8
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.finding import Severity
from lrplan.lint.facts.lengths import lengths
from lrplan.lint.facts.steps_as_ticks import lambda_in_steps, outcome, recognized
from lrplan.lint.facts.tick_counts import tick_counts
from lrplan.lint.rule import Hit, Rule
from lrplan.lint.wording import count, without_commas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.lint.facts.lengths import Length
    from lrplan.lint.facts.tick_counts import TickCounts

BAD = """\
training: {epochs: 90, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 9000}
"""
ONE_CYCLE = BAD.replace(
    "CosineAnnealingLR, T_max: 9000", "OneCycleLR, max_lr: 0.1, epochs: 90, steps_per_epoch: 100"
)

_ORDER = ("end", "cycle", "every", "cuts", "warm-up", "hand-over", "ramp")


def check(context: Context) -> Iterator[Hit]:
    """The first length of each scheduler that counts steps; the others are named beside it."""
    for top in context.plan.schedulers:
        pace = tick_counts(context, top)
        if pace.steps < 2 * pace.ticks:
            continue
        found = [
            (each, said)
            for each in lengths(context, top)
            if (said := recognized(each, pace)) is not None
        ]
        if found:
            found.sort(key=lambda pair: _ORDER.index(pair[0].kind))
            yield _hit(context, pace, found)
        for factor, shape in lambda_in_steps(context, pace):
            yield Hit(
                path=factor.path,
                message=(
                    f"the expression {shape}, which looks like steps: the run has"
                    f" {count(pace.steps, 'step')}, but the scheduler ticks {pace.pulse},"
                    f" {count(pace.ticks, 'time')} in all"
                ),
                fix="interval: step",
                severity=Severity.ERROR if context.clock.horizon is None else Severity.WARNING,
            )


def _hit(
    context: Context, pace: TickCounts, found: list[tuple[Length, tuple[str, Severity]]]
) -> Hit:
    length, (looks, severity) = found[0]
    words = " and ".join(each.words for each, _ in found)
    if len(found) > 1 or len(length.values) > 1:
        looks = looks.replace("looks", "look", 1).replace("is far", "are far", 1)
    return Hit(
        path=length.path,
        message=(
            f"{words} {looks}, but the scheduler ticks {pace.pulse}, {count(pace.ticks, 'time')}"
            f" in all, so {outcome(length, pace)}"
        ),
        fix=_fix(length, pace),
        severity=severity if context.clock.horizon is None else Severity.WARNING,
    )


def _fix(length: Length, pace: TickCounts) -> str:
    per_tick = pace.steps / max(pace.ticks, 1)
    given = length.name in length.scheduler.arguments
    faster = "interval: step" if pace.top.frequency == 1 else "leave out frequency"
    if length.scheduler.row.argument("t_in_epochs") is not None:
        faster += " with t_in_epochs: false"
    if not given or len(length.values) > 1 or length.value < per_tick:
        return faster
    if abs(length.value - pace.steps) <= 0.01 * pace.steps:
        return f"{faster}, or {length.name}: {pace.ticks}"
    return f"{faster}, or {length.name}: {without_commas(length.value)}st"


RULE = Rule(
    code="LRP102",
    name="horizon-in-steps-stepped-per-epoch",
    family="units",
    severity=Severity.ERROR,
    needs="spec",
    summary="A length in steps on a scheduler that ticks per epoch.",
    bad=(BAD, ONE_CYCLE),
    good=(
        BAD.replace("T_max: 9000", "T_max: 9000st"),
        BAD.replace("T_max: 9000", "T_max: 9000, interval: step"),
        ONE_CYCLE.replace("OneCycleLR,", "OneCycleLR, interval: step,"),
    ),
    check=check,
    supersedes=(
        "cosine-floor-never-used",
        "floor-not-reached",
        "inverse-sqrt-edge-cases",
        "milestones-beyond-run",
        "mmengine-begin-end-by-epoch",
        "onecycle-total-steps-exhausted",
        "peak-never-reached",
        "schedule-changes-nothing",
        "sequential-linear-total-iters-mismatch",
        "timm-warmup-prefix-and-cycle-length",
        "warm-restart-run-ends-mid-cycle",
        "warmup-first-update-zero",
        "warmup-never-finishes",
        "warmup-not-subtracted-from-decay",
    ),
)
