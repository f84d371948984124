"""A schedule's length counts batches, but the scheduler ticks with optimizer steps, or reverse.

With gradients accumulated over several batches, there are fewer optimizer steps than batches.
``len(loader) * epochs`` counts batches; a scheduler with ``interval: step`` gets only a part of
these ticks. With ``interval: batch`` it is the other way round.

## Why it matters

The run ends in the middle of its schedule. With four batches a step, 100 of 400 planned ticks are
made: a cosine from 0.1 ends at 0.0856, one cycle at 0.0935, just past its peak. Warm-ups take four
times as long. The reverse case is over after a quarter of the run.

## How to fix it

Count steps: ``ceil(batches / accumulate) * epochs``. Better, give a unit and let lrplan count:
``T_max: 100%``, ``10ep`` or ``400ba`` are resolved to ticks of whatever drives the scheduler.

## When it is fine

Lengths with a unit, lengths that fit the run or its ``training.horizon``, and any length that is
not the number of batches. A prepared scheduler of ``loop: accelerate`` ticks with steps even where
it is called with every batch. A warm-up is only reported where it is whole epochs of batches, but
not whole epochs of steps and not a round number, or where it takes a third of the run and would be
whole epochs, or an even percentage, of the batches; that is a warning.

## References

huggingface/accelerate#963, huggingface/diffusers#4387, huggingface/transformers#18436
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.clock import Cadence
from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    RunContext,
    RunHit,
    SchedulerPlan,
    Severity,
    check_plans_of_run,
    count,
    script,
    without_commas,
    yaml_flow,
)
from lrplan.lint.facts.lengths import UnitlessLength, lengths
from lrplan.lint.facts.stated_units import stated_lengths
from lrplan.rules.units._accumulated_warmups import miscounted_warmups
from lrplan.rules.units._expression_end import falls_until
from lrplan.rules.units._miscounted_lengths import (
    LengthFix,
    earlier_lengths_clause,
    ends_after,
    fix_lengths_together,
    misfitting_ends,
)

BAD = """\
training: {epochs: 10, batches_per_epoch: 40, accumulate: 4}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: CosineAnnealingLR, T_max: 400, interval: step}
"""


def check(context: Context) -> Iterator[Hit]:
    """Ends, cuts, warm-ups and formulas that count the other thing."""
    clock = context.clock
    if clock.settings.accumulate == 1 or clock.batches < 1.5 * clock.steps:
        return
    for top in context.plan.schedulers:
        if top.frequency == 1 and clock.follows_steps(top.interval):
            yield from _in_batches(context, top)
        elif top.frequency == 1 and top.interval == "batch":
            yield from _in_steps(context, top)


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Lengths in batches where several of them make an update."""
    stated = set()
    facts = context.facts
    accumulates = facts.batches_per_epoch > facts.steps_per_epoch > 0
    for length in stated_lengths(context):
        in_batches = length.powers.get("batches") == 1 and not length.powers.get("accumulate")
        if accumulates and length.cadence == "step" and in_batches:
            stated.add(length.scheduler.index)
            yield RunHit(
                location=context.location(length.scheduler),
                message=(
                    f"{length.words}, which counts batches, but several of them are accumulated"
                    f" for each update that {length.scheduler.type} is stepped after"
                ),
                fix=f"divide {length.name} by the number of batches that make an update",
                scheduler=length.scheduler.index,
            )
    yield from (hit for hit in _of_plan(context) if hit.scheduler not in stated)


def _in_batches(context: Context, top: SchedulerPlan) -> Iterator[Hit]:
    clock = context.clock
    batches, steps = clock.batches * clock.repeats, clock.steps * clock.repeats
    miscounted = [
        each for each in misfitting_ends(context, top) if ends_after(context, each, batches)
    ]
    miscounted += [each for each in lengths(context, top) if _cuts_count_batches(context, each)]
    for length in miscounted:
        mend = _mend(context, length)
        verb = "counts" if len(length.values) == 1 else "count"
        yield Hit(
            path=length.path,
            message=(
                f"{length.words} {verb} batches: with {clock.settings.accumulate} accumulated for"
                f" a step, the run's {count(batches, 'batch')} make"
                f" {count(steps, 'step' if clock.repeats == 1 else 'tick')}, so the schedule is"
                f" {_ratio(context)} times too long{earlier_lengths_clause(context, length)}"
            ),
            fix=mend.fix,
            edits=mend.edits,
        )
    if not miscounted and not any(misfitting_ends(context, top)):
        yield from miscounted_warmups(context, top)
    yield from _formulas(context, top, "batch")


def _in_steps(context: Context, top: SchedulerPlan) -> Iterator[Hit]:
    clock = context.clock
    # A length that fits neither the ticks nor the plan, but fits the steps exactly, counts steps.
    # Warm-ups are checked only if every end fits: one mistake is reported once.
    unfit = list(misfitting_ends(context, top))
    if not unfit:
        yield from miscounted_warmups(context, top)
    yield from _formulas(context, top, "step")
    for length in unfit:
        if ends_after(context, length, clock.steps):
            yield Hit(
                path=length.path,
                message=(
                    f"{length.words} counts steps, of which the run has {clock.steps:,}, but the"
                    f" scheduler ticks with each of its {count(clock.batches, 'batch')}, so it"
                    f" is over {_ratio(context)} times too early"
                    f"{earlier_lengths_clause(context, length)}"
                ),
                fix=f"interval: step, or {_fix(context, length, 'st')}",
                step=context.step(length.span, length.value),
            )


def _cuts_count_batches(context: Context, length: UnitlessLength) -> bool:
    """Return True if it is whole epochs of batches, and so much that nothing happens in the run."""
    clock, batches = context.clock, context.clock.batches_per_epoch
    if length.kind not in {"cuts", "every"} or not batches or batches < 10 or clock.repeats > 1:
        return False
    whole = all(value % batches == 0 for value in length.values)
    return whole and clock.length("step") < length.value <= clock.batches


def _formulas(context: Context, top: SchedulerPlan, counted: str) -> Iterator[Hit]:
    """Expressions that come down with the last batch where steps tick, or reverse."""
    clock = context.clock
    batches, steps = clock.batches * clock.repeats, clock.steps * clock.repeats
    total, ticks = (batches, steps) if counted == "batch" else (clock.steps, clock.batches)
    extent = "too long" if counted == "batch" else "too short"
    for factor in falls_until(context, top, total, ticks):
        yield Hit(
            path=factor.path,
            message=(
                f"the expression comes down by tick {total:,}, the run's"
                f" {count(total, counted)}, but the scheduler ticks {count(ticks, 'time')}: the"
                f" schedule is {_ratio(context)} times {extent}"
            ),
            fix=f"an expression that comes down by tick {ticks:,}",
        )


def _ratio(context: Context) -> str:
    return f"{context.clock.batches / context.clock.steps:.3g}"


def _mend(context: Context, length: UnitlessLength) -> LengthFix:
    if length.kind == "end" and length.span.begin:
        cadence = Cadence(length.span.top.interval)

        def in_steps(batches: float) -> int:
            return context.clock.resolve(f"{without_commas(batches)}ba", cadence)

        return fix_lengths_together(context, length, in_steps, "count steps, not batches, in")
    return LengthFix(_fix(context, length, "ba"), _edits(context, length, "ba"))


def _edits(context: Context, length: UnitlessLength, unit: str) -> tuple[Edit, ...]:
    if length.name not in length.scheduler.arguments:
        return ()
    texts = [f"{without_commas(value)}{unit}" for value in length.values]
    is_list = isinstance(length.scheduler.arguments[length.name], list)
    one = context.clock.resolve(texts[0], Cadence(length.span.top.interval))
    return (Edit(length.path, yaml_flow(texts if is_list else one)),)


def _fix(context: Context, length: UnitlessLength, unit: str) -> str:
    if length.name not in length.scheduler.arguments:
        return "total_steps: 100%"
    texts = [f"{without_commas(value)}{unit}" for value in length.values]
    if len(texts) > 1:
        return f"{length.name}: [{', '.join(texts)}]"
    ticks = context.clock.resolve(texts[0], Cadence(length.span.top.interval))
    return f"{length.name}: {ticks}, or {texts[0]}"


_of_plan = check_plans_of_run(check)


def _example(t_max: int) -> str:
    return script(
        f"CosineAnnealingLR(optimizer, T_max={t_max})",
        epochs=20,
        made=("batches = 0",),
        before_step=("batches += 1", "if batches % 4:", "    continue"),
        after_step=("scheduler.step()",),
    )


RULE = Rule(
    code="LRP103",
    name="gradient-accumulation-horizon",
    severity=Severity.ERROR,
    needs="spec",
    summary="A length in batches on a scheduler that ticks per step, or reverse.",
    bad=(
        BAD,
        BAD.replace("CosineAnnealingLR, T_max: 400", "OneCycleLR, max_lr: 0.01, total_steps: 400"),
    ),
    good=(
        BAD.replace("T_max: 400", "T_max: 100"),
        BAD.replace("T_max: 400", "T_max: 400ba"),
        BAD.replace("10, batches", "10, horizon: 40, batches"),
    ),
    check=check,
    check_run=check_run,
    bad_source=(_example(160),),
    good_source=(_example(40),),
    level="unit",
    supersedes=(
        "lambda-negative-or-complex-past-end",
        "stops-midway",
        "timm-warmup-prefix-and-cycle-length",
    ),
)
