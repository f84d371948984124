"""A schedule's length is given in optimizer steps, but the scheduler ticks once an epoch.

Without ``interval: step`` a scheduler ticks at the end of every epoch, here as in Lightning. A
``T_max`` of 9,000 steps is then one of 9,000 epochs, of which the run has only the first few. The
same holds for ``num_training_steps``, ``t_initial`` and ``total_num_steps`` of other packages'
schedulers.

## Why it matters

The learning rate hardly changes. A cosine with ``T_max: 1000`` in 10 epochs ends at 0.9998 of its
base; a ``LinearLR`` warm-up of 500 from 0.01 gets to 2.8 % of the learning rate; ``OneCycleLR``
with ``total_steps: 1000`` and ``max_lr: 0.1``, ticked 100 times, never exceeds 0.0277; ``CyclicLR``
from 1e-4 to 0.1 with its default of 2,000 ticks up is at 0.0025 after 50 epochs.

## How to fix it

Tick per step with ``interval: step``, or give the length a unit: ``T_max: 9000st`` is resolved to
epochs when the scheduler ticks per epoch. For schedules that are meant to be smooth within an
epoch, such as one cycle and warm-ups, use ``interval: step``.

## When it is fine

Lengths with a unit, and lengths that ``training.horizon`` covers: a run that stops early on
purpose. Lengths that are only a few times too long are left to other rules. Where a
horizon is given that does not cover the length, the finding is a warning.

## References

pytorch/pytorch#65417, Lightning-AI/pytorch-lightning#6948, sthalles/SimCLR#8
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    RunContext,
    RunHit,
    Severity,
    check_plans_of_run,
    count,
    script,
    without_commas,
    write_values,
)
from lrplan.lint.facts.lengths import UnitlessLength, counts_ticks, lengths
from lrplan.lint.facts.stated_units import stated_lengths
from lrplan.lint.facts.steps_as_ticks import effect_on_run, lambda_in_steps, looks_like_steps
from lrplan.lint.facts.tick_counts import TickCounts, tick_counts

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
PARTS = BAD.replace(
    "CosineAnnealingLR, T_max: 9000",
    "TriStage, warmup_steps: 900, hold_steps: 3600, decay_steps: 4500",
)

_ORDER = ("end", "cycle", "every", "cuts", "warm-up", "hand-over", "ramp", "part")


def check(context: Context) -> Iterator[Hit]:
    """The first length of each scheduler that counts steps; the others are named beside it."""
    for top in context.plan.schedulers:
        counts = tick_counts(context, top)
        if counts.steps < 2 * counts.ticks:
            continue
        miscounted = [
            (each, reading)
            for each in lengths(context, top)
            if (reading := looks_like_steps(each, counts)) is not None
        ]
        if miscounted:
            miscounted.sort(key=lambda pair: _ORDER.index(pair[0].kind))
            yield _hit(context, counts, miscounted, _beside(context, counts, miscounted))
        for factor, shape in lambda_in_steps(context, counts):
            yield Hit(
                path=factor.path,
                message=(
                    f"the expression {shape}, which looks like steps: the run has"
                    f" {count(counts.steps, 'step')}, but the scheduler ticks"
                    f" {counts.cadence_text}, {count(counts.ticks, 'time')} in all"
                ),
                fix="interval: step",
                edits=write_values(top.path, {"interval": "step"})
                if factor.span.scheduler is top and top.frequency == 1
                else (),
                severity=Severity.ERROR if context.clock.horizon is None else Severity.WARNING,
            )


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Lengths that the script calls steps or batches, then those that look like steps."""
    stated = set()
    for length in stated_lengths(context):
        counted = next((each for each in ("batches", "steps") if length.powers.get(each)), None)
        if length.cadence == "epoch" and counted and length.powers[counted] == 1:
            stated.add(length.scheduler.index)
            yield RunHit(
                location=context.location(length.scheduler),
                message=(
                    f"{length.words}, which counts {counted}, but {length.scheduler.type} is"
                    " stepped once an epoch"
                ),
                fix="step it after every update, or give the length in epochs",
                scheduler=length.scheduler.index,
            )
    yield from (hit for hit in _of_plan(context) if hit.scheduler not in stated)


def _hit(
    context: Context,
    counts: TickCounts,
    miscounted: list[tuple[UnitlessLength, tuple[str, Severity]]],
    beside: list[UnitlessLength],
) -> Hit:
    length, (looks, severity) = miscounted[0]
    together = [*(each for each, _ in miscounted), *beside]
    words = " and ".join(each.words for each in together)
    if len(together) > 1 or len(length.values) > 1:
        looks = looks.replace("looks", "look", 1).replace("is far", "are far", 1)
    return Hit(
        path=length.path,
        message=(
            f"{words} {looks}, but the scheduler ticks {counts.cadence_text},"
            f" {count(counts.ticks, 'time')} in all, so {effect_on_run(length, counts)}"
        ),
        fix=_fix(length, counts, in_parts=any(each.kind == "part" for each in together)),
        edits=_edits(context, length, counts, together),
        severity=severity if context.clock.horizon is None else Severity.WARNING,
    )


def _beside(
    context: Context,
    counts: TickCounts,
    miscounted: list[tuple[UnitlessLength, tuple[str, Severity]]],
) -> list[UnitlessLength]:
    """Hand-overs beyond the ticks of the run, alone no proof of the unit, and the like."""
    known = {each.path for each, _ in miscounted}
    kinds = {"warm-up", "hand-over", "part"}
    return [
        each
        for each in lengths(context, counts.top)
        if each.kind in kinds and each.path not in known and each.value > counts.planned
    ]


def _edits(
    context: Context, length: UnitlessLength, counts: TickCounts, miscounted: list[UnitlessLength]
) -> tuple[Edit, ...]:
    """Ticks per step, where nothing else in the scheduler counts epochs."""
    top, paths = counts.top, {each.path for each in miscounted}
    own_clock = length.scheduler.row.argument("t_in_epochs") is not None
    if top.frequency != 1 or own_clock or counts_ticks(context, top, paths):
        return ()
    return write_values(top.path, {"interval": "step"})


def _fix(length: UnitlessLength, counts: TickCounts, *, in_parts: bool) -> str:
    """The fix: ticks per step, or one length in its unit where no other is wrong with it."""
    per_tick = counts.steps / max(counts.ticks, 1)
    is_written = length.name in length.scheduler.arguments
    faster = "interval: step" if counts.top.frequency == 1 else "leave out frequency"
    if length.scheduler.row.argument("t_in_epochs") is not None:
        faster += " with t_in_epochs: false"
    if in_parts or not is_written or len(length.values) > 1 or length.value < per_tick:
        return faster
    if abs(length.value - counts.steps) <= 0.01 * counts.steps:
        return f"{faster}, or {length.name}: {counts.ticks}"
    return f"{faster}, or {length.name}: {without_commas(length.value)}st"


_of_plan = check_plans_of_run(check)

RULE = Rule(
    code="LRP102",
    name="horizon-in-steps-stepped-per-epoch",
    severity=Severity.ERROR,
    needs="spec",
    summary="A length in steps on a scheduler that ticks per epoch.",
    bad=(BAD, ONE_CYCLE, PARTS),
    good=(
        BAD.replace("T_max: 9000", "T_max: 9000st"),
        BAD.replace("T_max: 9000", "T_max: 9000, interval: step"),
        ONE_CYCLE.replace("OneCycleLR,", "OneCycleLR, interval: step,"),
        PARTS.replace("TriStage,", "TriStage, interval: step,"),
    ),
    check=check,
    check_run=check_run,
    bad_source=(
        script(
            "CosineAnnealingLR(optimizer, T_max=400)",
            epochs=50,
            after_epoch=("scheduler.step()",),
        ),
    ),
    good_source=(
        script(
            "CosineAnnealingLR(optimizer, T_max=400)",
            epochs=50,
            after_step=("scheduler.step()",),
        ),
    ),
    level="unit",
    supersedes=(
        "mmengine-begin-end-by-epoch",
        "timm-warmup-prefix-and-cycle-length",
        "warmup-first-update-zero",
    ),
    does_not_explain=("lr-zero-for-part-of-run",),
)
