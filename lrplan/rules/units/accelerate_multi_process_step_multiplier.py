"""accelerate moves a prepared scheduler once for every device, but its length counts steps.

One ``step()`` of a scheduler that went through ``accelerator.prepare`` is ``num_processes`` ticks,
so that a length computed before the data was divided is right on any number of devices. One that
counts the run's own steps, such as ``len(loader) * epochs`` after ``prepare``, is over after a
fraction of the run.

## Why it matters

With 8 devices the learning rate is at its end after an eighth of the training, and a warm-up is an
eighth as long; on one device all looks right. A line to 0 over 8 steps on two devices trains the
second half at 0, and a cosine climbs again. ``OneCycleLR`` is not called beyond its
``total_steps``, and stays at its last value.

## How to fix it

Give a unit: ``T_max: 100%`` or ``10ep`` count what accelerate counts. In code, use the length of
the loader before ``prepare``, multiply by ``accelerator.num_processes``, or leave the scheduler out
of ``prepare``.

## When it is fine

With ``split_batches`` or ``step_scheduler_with_optimizer: false`` there is one tick a step, and
nothing is reported; nor for lengths that fit the run's ticks or its ``training.horizon``.

## References

huggingface/accelerate#2926, huggingface/accelerate#2142, huggingface/diffusers#3954,
huggingface/transformers#24088
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
    Severity,
    count,
    script,
    with_commas,
)
from lrplan.lint.facts.lengths import UnitlessLength, lengths
from lrplan.lint.run_facts import ticks_per_step
from lrplan.observation import ObservedScheduler
from lrplan.rules.units._miscounted_lengths import (
    LengthFix,
    earlier_lengths_clause,
    ends_after,
    fix_lengths_together,
)
from lrplan.schedule_code.model import loops_of

BAD = """\
training: {epochs: 10, dataset_size: 51200, batch_size: 64, world_size: 8, loop: accelerate}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: CosineAnnealingLR, T_max: 1000, interval: step}
"""

_NEAR = 0.01


def check(context: Context) -> Iterator[Hit]:
    """Ends that fit the run, were there one tick for each of its steps or epochs."""
    clock = context.clock
    if clock.repeats == 1:
        return
    for top in context.plan.schedulers:
        # Had nothing kept a OneCycleLR from going beyond its end.
        ticks = clock.calls_in_run(Cadence(top.interval, top.frequency))
        planned = clock.resolve("100%", top.cadence)
        for length in lengths(context, top):
            fits_both = any(ends_after(context, length, whole) for whole in (ticks, planned))
            if (
                length.kind == "end"
                and not fits_both
                and ends_after(context, length, ticks // clock.repeats)
            ):
                yield _hit(context, length, ticks)


def _hit(context: Context, length: UnitlessLength, ticks: int) -> Hit:
    clock, top = context.clock, length.span.top
    counted = "step" if clock.follows_steps(top.interval) else top.interval
    mend = _mend(context, length, ticks)
    return Hit(
        path=length.path,
        message=(
            f"{length.words} counts {counted}s, but accelerate moves a prepared scheduler"
            f" {clock.repeats} times for each of them, {count(ticks, 'time')} in all: it is over"
            f" after 1/{clock.repeats} of the run{earlier_lengths_clause(context, length)}"
        ),
        fix=mend.fix,
        edits=mend.edits,
        step=context.step(length.span, length.value),
    )


def _mend(context: Context, length: UnitlessLength, ticks: int) -> LengthFix:
    repeats = context.clock.repeats
    if length.span.begin:
        advice = f"multiply by {repeats}:"
        return fix_lengths_together(context, length, lambda steps: int(steps * repeats), advice)
    is_written = length.name in length.scheduler.arguments
    name = length.name if is_written else "total_steps"
    edits = (Edit(length.path, str(ticks)),) if is_written else ()
    return LengthFix(f"{name}: {ticks}, or 100%", edits)


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Ends that fit the updates of the run, where each moves the scheduler several times."""
    if not context.recorded:
        yield from _in_source(context)
        return
    for scheduler in context.tops:
        ticks = context.ticks(scheduler)
        times = 0 if ticks is None else ticks_per_step(ticks)
        name, end = _end_of_schedule(context, scheduler)
        planned = context.observation.steps
        done = context.facts.steps[scheduler.optimizer or 0] if context.finished else 0
        steps = planned.value if planned is not None else done
        # Two or three ticks by hand are another mistake, and no run of this one.
        if times < 2 or times != context.observation.world_size or not end or not steps:
            continue
        if abs(end - steps) <= max(1, _NEAR * steps):
            yield RunHit(
                location=context.location(scheduler),
                message=(
                    f"{name} {with_commas(end)} counts updates, but accelerate moves a prepared"
                    f" scheduler {times} times for each of them: it is over after 1/{times} of the"
                    " run"
                ),
                fix=f"{name} times {times}, the number of processes",
                step=int(end) // times,
                scheduler=scheduler.index,
            )


def _in_source(context: RunContext) -> Iterator[RunHit]:
    """Prepared schedulers whose end counts the batches of one process, or updates.

    Of the loader before ``prepare`` the length is right: what the processes tick together is as
    much. With one process nothing is wrong, so it is a warning.
    """
    code = context.observation.code
    careful = {"num_processes", "split_batches", "world_size", "step_scheduler_with_optimizer"}
    if code is None or code.words & careful:
        return
    limits = {each.length.text for each in loops_of(code.body) if each.length is not None}
    for scheduler in context.tops:
        name = context.role_name(scheduler, "end")
        length = code.schedulers[scheduler.index].arguments.get(name)
        per_update = context.cadence(scheduler) in {"step", "batch"}
        if length is None or not scheduler.prepared or not per_update:
            continue
        is_limit = length.text in limits and "steps" in (length.units or {})
        if length.is_of_one_process or is_limit:
            yield RunHit(
                location=context.location(scheduler),
                message=(
                    f"accelerate moves a prepared scheduler once for each process: on two,"
                    f" {name}={scheduler.texts[name]} is over after half of the run"
                ),
                fix=f"{name} times accelerator.num_processes, or a length from before prepare",
                severity=Severity.WARNING,
                scheduler=scheduler.index,
            )


def _end_of_schedule(context: RunContext, scheduler: ObservedScheduler) -> tuple[str, float]:
    """The length of the whole schedule, and its name; 0 where that is not known."""
    name = context.role_name(scheduler, "end")
    end = context.number(scheduler, name) if name else None
    if end is None:
        epochs, steps = (context.number(scheduler, each) for each in ("epochs", "steps_per_epoch"))
        name, end = "epochs * steps_per_epoch", (epochs or 0) * (steps or 0)
    return name, end


_AFTER = ("model, optimizer, loader = accelerator.prepare(model, optimizer, loader)",)
_MADE = (
    "steps = 10 * len(loader)",
    "scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)",
    "scheduler = accelerator.prepare(scheduler)",
)


def _example(made: tuple[str, ...]) -> str:
    before = ("import accelerate", "accelerator = accelerate.Accelerator()")
    return script(made=(*before, *made), after_step=("scheduler.step()",))


RULE = Rule(
    code="LRP113",
    name="accelerate-multi-process-step-multiplier",
    severity=Severity.ERROR,
    needs="spec",
    summary="A length in steps where accelerate ticks once for every device.",
    bad=(
        BAD,
        BAD.replace(
            "CosineAnnealingLR, T_max: 1000", "OneCycleLR, max_lr: 0.01, total_steps: 1000"
        ),
    ),
    good=(
        BAD.replace("T_max: 1000", "T_max: 8000"),
        BAD.replace("T_max: 1000", "T_max: 100%"),
        BAD.replace("loop: accelerate", "loop: accelerate, split_batches: true"),
    ),
    check=check,
    check_run=check_run,
    bad_source=(_example(_AFTER + _MADE),),
    good_source=(_example(_MADE + _AFTER),),
    level="unit",
    supersedes=("horizon-in-epochs-stepped-per-step", "stops-midway"),
)
