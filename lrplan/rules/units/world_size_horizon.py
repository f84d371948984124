"""A schedule's length counts the steps of one device, but several share the data.

A distributed sampler gives each of N devices an Nth of the data, so that an epoch has about an
Nth of the steps that ``dataset_size / batch_size`` gives. A length computed before the data was
divided is N times too long; one that was divided twice is N times too short.

## Why it matters

A cosine of 8,000 ticks in a run of 1,000 (eight devices) ends at 0.962 of its base, and there is no
warning. ``accelerate`` lets a prepared scheduler tick once for every device, which hides the
mistake there; it appears when the code moves to a plain loop. With ``loop: accelerate`` this rule
is silent, and accelerate-multi-process-step-multiplier looks for the opposite mistake.

## How to fix it

Give a unit: ``T_max: 100%`` or ``10ep`` follow ``world_size``, ``accumulate`` and ``drop_last``.

## When it is fine

Lengths with a unit, and lengths that fit the run or its ``training.horizon``. Only lengths that are
the number of steps times or divided by the number of devices, to within an epoch's rounding, are
reported; a divided one is a warning.

## References

huggingface/accelerate#963
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
)
from lrplan.lint.facts.lengths import UnitlessLength
from lrplan.rules.units._miscounted_lengths import (
    LengthFix,
    earlier_lengths_clause,
    ends_after,
    fix_lengths_together,
    misfitting_ends,
    steps_on_one_device,
)

BAD = """\
training: {epochs: 10, dataset_size: 51200, batch_size: 64, world_size: 8}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: CosineAnnealingLR, T_max: 8000, interval: step}
"""


def check(context: Context) -> Iterator[Hit]:
    """Ends that are the run's steps times or divided by the devices."""
    devices = context.clock.settings.world_size
    top_schedulers = [
        top for top in context.plan.schedulers if (top.interval, top.frequency) == ("step", 1)
    ]
    if devices == 1 or context.clock.repeats > 1:
        return
    for top in top_schedulers:
        for length in misfitting_ends(context, top):
            # Where both fit, gradient-accumulation-horizon says so.
            if not ends_after(context, length, context.clock.batches):
                yield from _hits(context, length, devices)


_OF_ONE_DEVICE = {"epochs": 1, "batches": 1, "processes": 1}


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Ends that are the run's steps times or divided by the devices."""
    yield from check_plans_of_run(check)(context)
    code = context.observation.code
    if code is None or code.accelerator is not None or code.framework:
        return
    for scheduler in context.tops:
        name = context.role_name(scheduler, "end")
        per_update = context.cadence(scheduler) in {"step", "batch"}
        if per_update and scheduler.units.get(name) == _OF_ONE_DEVICE:
            yield RunHit(
                location=context.location(scheduler),
                message=(
                    f"{name}={scheduler.texts[name]} is the length of the loader times the"
                    " processes, and each process has as many steps as its loader has batches:"
                    " the schedule is longer than the run"
                ),
                fix=f"{name} without the number of processes",
                scheduler=scheduler.index,
            )


def _hits(context: Context, length: UnitlessLength, devices: int) -> Iterator[Hit]:
    steps, accumulate = context.clock.steps, context.clock.settings.accumulate
    one = {steps_on_one_device(context), steps * devices}
    run = f"{devices} devices share the data, and the run has {count(steps, 'step')}"
    if any(ends_after(context, length, each) for each in one):
        description = (
            f"counts the steps of one device: {run}, so the schedule is {devices} times too long"
        )
        message = f"{length.words} {description}{earlier_lengths_clause(context, length)}"
        mend = _mend(context, length, devices)
        yield Hit(path=length.path, message=message, fix=mend.fix, edits=mend.edits)
    elif accumulate > 1 and any(ends_after(context, length, each * accumulate) for each in one):
        description = (
            f"counts the batches of one device: {run} of {accumulate} batches each, so the"
            f" schedule is {devices * accumulate} times too long"
        )
        message = f"{length.words} {description}{earlier_lengths_clause(context, length)}"
        mend = _mend(context, length, devices * accumulate)
        yield Hit(path=length.path, message=message, fix=mend.fix, edits=mend.edits)
    elif steps // devices >= 10 and length.value in {steps // devices, -(-steps // devices)}:
        description = f"is the run's {count(steps, 'step')} divided by {devices} devices once more"
        yield Hit(
            path=length.path,
            message=f"{length.words} {description}: the data is divided already",
            fix=_fix(length),
            edits=_edits(length),
            step=context.step(length.span, length.value),
            severity=Severity.WARNING,
        )


def _mend(context: Context, length: UnitlessLength, times: int) -> LengthFix:
    if not length.span.begin:
        return LengthFix(_fix(length), _edits(length))

    def divided(ticks: float) -> int | None:
        return None if ticks % times else int(ticks // times)

    return fix_lengths_together(context, length, divided, f"divide by {times}:")


def _total(length: UnitlessLength) -> str:
    return without_commas((length.span.ticks or length.span.end) - length.after)


def _edits(length: UnitlessLength) -> tuple[Edit, ...]:
    is_written = length.name in length.scheduler.arguments
    return (Edit(length.path, _total(length)),) if is_written else ()


def _fix(length: UnitlessLength) -> str:
    name = length.name if length.name in length.scheduler.arguments else "total_steps"
    return f"{name}: {_total(length)}" + (", or 100%" if length.begin == 0 else "")


def _example(steps: str) -> str:
    return script(
        made=(
            "epochs, world_size = 10, torch.distributed.get_world_size()",
            f"steps = {steps.replace('10', 'epochs')}",
            "scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)",
        ),
        after_step=("scheduler.step()",),
    )


RULE = Rule(
    code="LRP112",
    name="world-size-horizon",
    severity=Severity.ERROR,
    needs="spec",
    summary="A length in steps of one device where several share the data.",
    bad=(BAD,),
    good=(
        BAD.replace("T_max: 8000", "T_max: 1000"),
        BAD.replace("T_max: 8000", "T_max: 100%"),
        BAD.replace(", world_size: 8", ""),
    ),
    check=check,
    check_run=check_run,
    bad_source=(_example("10 * len(loader) * world_size"),),
    good_source=(_example("10 * len(loader)"),),
    level="unit",
    supersedes=("stops-midway", "timm-warmup-prefix-and-cycle-length"),
)
