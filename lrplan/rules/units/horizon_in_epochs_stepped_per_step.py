"""A schedule's length is given in epochs, but the scheduler ticks with every step.

``T_max``, ``step_size``, ``milestones``, ``total_steps`` count calls of ``scheduler.step()``. With
``interval: step`` there are as many as optimizer steps, so that 90 means 90 steps, not 90 epochs.
So do the lengths of other packages: ``num_training_steps`` of transformers, ``t_initial`` of timm,
``total_num_steps`` of DeepSpeed, ``T_max`` and ``end`` of mmengine, ``cycle_size`` of ignite.

## Why it matters

There is no warning, and the plan is over (or begins anew) within the first epochs. Over 10 epochs
of 100 steps, a cosine with ``T_max: 10`` rises to 99 % of the peak 49 times, and the last step uses
0.9755 of the peak; ``StepLR`` with ``step_size: 3`` is at 1e-33 of its base after one epoch, and
from step 969 on the learning rate is exactly 0.

## How to fix it

Give the length a unit: ``T_max: 90ep`` is right whatever ticks. Or tick once an epoch, with
``interval: epoch``.

## When it is fine

Lengths with a unit. Plain numbers are taken as epochs only where they fit the epochs of the run
(all of them, or those left after a warm-up) or where the result cannot be meant: a wave shorter
than an epoch, a learning rate that is 0 or below a millionth of its base for most of the run. Short
cycles and short warm-ups may be intended; ``T_0`` is reported where its cycles add up to exactly
the number of epochs, and cycles that are all of one length where there are a hundred of them or
more, each at most a quarter of an epoch.

## References

Lornatang/SRGAN-PyTorch#1, ivadomed/ivadomed#57, crowsonkb/k-diffusion#50
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
    script,
    without_commas,
    yaml_flow,
)
from lrplan.lint.facts.lengths import UnitlessLength, lengths
from lrplan.lint.facts.stated_units import TICK_WORDS, stated_lengths
from lrplan.lint.facts.tick_counts import TickCounts, tick_counts
from lrplan.rules.units._epochs_as_ticks import LEAST, consequence
from lrplan.rules.units._formulas_in_epochs import lambda_in_epochs

BAD = """\
training: {epochs: 90, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 90, interval: step}
"""
STAIRS = BAD.replace("CosineAnnealingLR, T_max: 90", "StepLR, step_size: 30")
RAMP = BAD.replace(
    "CosineAnnealingLR, T_max: 90",
    "CosineParamScheduler, param_group_field: lr, end_value: 0.001, total_steps: 90",
)
PARTS = BAD.replace(
    "CosineAnnealingLR, T_max: 90", "TriStage, warmup_steps: 9, hold_steps: 36, decay_steps: 45"
)

_ORDER = ("end", "every", "cuts", "cycle", "hand-over", "ramp", "part")


def check(context: Context) -> Iterator[Hit]:
    """The first length of each scheduler that counts epochs; the others are named beside it."""
    for top in context.plan.schedulers:
        counts = tick_counts(context, top)
        if top.interval == "epoch" or counts.per_epoch is None or counts.per_epoch < LEAST:
            continue
        miscounted = [
            (each, effect)
            for each in lengths(context, top)
            if (effect := consequence(context, each, counts)) is not None
        ]
        if miscounted:
            miscounted.sort(key=lambda pair: _ORDER.index(pair[0].kind))
            yield _hit(context, counts, *miscounted[0])
        for factor, effect in lambda_in_epochs(context, counts):
            message = f"the expression {effect}, which looks like epochs: {counts.run}"
            fix = f"divide the tick by {float(counts.per_epoch):g} first, or interval: epoch"
            yield Hit(path=factor.path, message=message, fix=fix)


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Lengths that the script calls epochs, then those that look like epochs."""
    stated = set()
    for length in stated_lengths(context):
        if length.cadence != "epoch" and length.counts(epochs=1):
            stated.add(length.scheduler.index)
            tick = TICK_WORDS[length.cadence]
            yield RunHit(
                location=context.location(length.scheduler),
                message=(
                    f"{length.words}, which counts epochs, but {length.scheduler.type} is stepped"
                    f" after every {tick}"
                ),
                fix=f"step it once an epoch, or multiply {length.name} by the {tick}s of an epoch",
                scheduler=length.scheduler.index,
            )
    yield from (hit for hit in _of_plan(context) if hit.scheduler not in stated)


def _hit(context: Context, counts: TickCounts, length: UnitlessLength, effect: str) -> Hit:
    others = [each for each in lengths(context, counts.top) if _goes_along(each, length, counts)]
    names = [length.words, *(each.words for each in others)]
    looks = "looks" if len(names) == len(length.values) == 1 else "look"
    return Hit(
        path=length.path,
        message=f"{' and '.join(names)} {looks} like epochs: {counts.run}, so {effect}",
        fix=_fix(length, counts) + ("; and a unit for the others" if others else ""),
        edits=_edits([length, *others]),
        step=context.step(length.span, length.values[0]),
        severity=Severity.WARNING if length.kind == "cycle" else None,
    )


def _goes_along(other: UnitlessLength, length: UnitlessLength, counts: TickCounts) -> bool:
    kinds = {"warm-up", "hand-over", "part", *({"cycle"} if length.kind == "cycle" else ())}
    return other.path != length.path and other.kind in kinds and other.value <= counts.epochs


def _edits(miscounted: list[UnitlessLength]) -> tuple[Edit, ...]:
    """Every length that counts epochs, in epochs; none where one is the product of arguments."""
    if any(each.name not in each.scheduler.arguments for each in miscounted):
        return ()
    return tuple(Edit(each.path, yaml_flow(_in_epochs(each))) for each in miscounted)


def _in_epochs(length: UnitlessLength) -> str | list[str]:
    is_list = isinstance(length.scheduler.arguments[length.name], list)
    texts = [f"{without_commas(value)}ep" for value in length.values]
    return texts if is_list else texts[0]


def _fix(length: UnitlessLength, counts: TickCounts) -> str:
    if length.name not in length.scheduler.arguments:
        return "total_steps: 100%"
    per_epoch = counts.per_epoch
    texts = [f"{without_commas(value)}ep" for value in length.values]
    written = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    if len(texts) == 1 and per_epoch is not None and per_epoch.denominator == 1:
        written = f"{without_commas(length.value * per_epoch.numerator)}, or {written}"
    return f"{length.name}: {written}"


_of_plan = check_plans_of_run(check)

RULE = Rule(
    code="LRP101",
    name="horizon-in-epochs-stepped-per-step",
    severity=Severity.ERROR,
    needs="spec",
    summary="A length in epochs on a scheduler that ticks per step.",
    bad=(BAD, STAIRS, RAMP, PARTS),
    good=(
        BAD.replace("T_max: 90", "T_max: 90ep"),
        BAD.replace("interval: step", "interval: epoch"),
        STAIRS.replace("step_size: 30", "step_size: 30ep"),
        RAMP.replace("total_steps: 90", "total_steps: 90ep"),
        PARTS.replace("9,", "9ep,").replace("36,", "36ep,").replace("45,", "45ep,"),
    ),
    check=check,
    check_run=check_run,
    bad_source=(
        script("CosineAnnealingLR(optimizer, T_max=10)", after_step=("scheduler.step()",)),
        script("StepLR(optimizer, step_size=3)", after_step=("scheduler.step()",)),
    ),
    good_source=(
        script("CosineAnnealingLR(optimizer, T_max=10)", after_epoch=("scheduler.step()",)),
        script("StepLR(optimizer, step_size=24)", after_step=("scheduler.step()",)),
    ),
    level="unit",
    supersedes=("lambda-negative-or-complex-past-end", "stops-midway"),
)
