"""A milestone or step size lies past the end of the run, so nothing happens there.

A run that was shortened, or milestones taken from a longer recipe, leave the learning rate
unchanged. There is no message: the scheduler just never reaches that tick.

## Why it matters

``MultiStepLR`` with ``[30, 60]``, or ``StepLR`` with ``step_size: 30``, in a run of 8 epochs
trains all 8 at the full learning rate.

## How to fix it

Scale the milestones with the run: ``[50%, 75%]``.

## When it is fine

Milestones within ``training.horizon`` are not flagged. A last milestone exactly at the end of the
run (``[30, 60, 90]`` in 90 epochs) is only mentioned, and so is ``StepLR`` in a run of one tick.

## References

facebookresearch/detectron2#497
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    Severity,
    Span,
    check_plans_of_run,
    join_numbers,
    script,
    ticks,
    unit,
)
from lrplan.lint.facts.lengths import write_lengths
from lrplan.lint.facts.tick_usage import last_planned_tick, planned_ticks

BAD = """\
training: {epochs: 8, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiStepLR, milestones: [30, 60]}
"""
STEP = BAD.replace("MultiStepLR, milestones: [30, 60]", "StepLR, step_size: 30")
PARTLY = BAD.replace("[30, 60]", "[4, 16]")


def check(context: Context) -> Iterator[Hit]:
    """Milestones and distances at ticks that no step comes after."""
    for span in context.spans_with("cuts"):
        if _acts(context, span):
            yield from _milestones(context, span)
    for span in context.spans_with("every"):
        if _acts(context, span):
            yield from _distance(context, span)


def _acts(context: Context, span: Span) -> bool:
    return span.ticks > 0 and context.number(span.scheduler, "gamma") != 1


def _ticks_given(span: Span) -> list[int]:
    ticks_listed = span.scheduler.arguments.get("milestones")
    return (
        [tick for tick in ticks_listed if isinstance(tick, int)]
        if isinstance(ticks_listed, list)
        else []
    )


def _milestones(context: Context, span: Span) -> Iterator[Hit]:
    ticks_listed = _ticks_given(span)
    beyond = [tick for tick in ticks_listed if tick > last_planned_tick(context, span)]
    if not beyond:
        return
    at_end = len(beyond) < len(ticks_listed) and set(beyond) == {planned_ticks(context, span)}
    effect = "" if len(beyond) < len(ticks_listed) else _no_change(context, span)
    yield Hit(
        path=context.path_of(span.scheduler, "milestones"),
        message=f"{_named(beyond)} not reached in {ticks(span.ticks, span.top)}{effect}",
        fix=_fix(context, span, ticks_listed, at_end=at_end),
        edits=_from_start_of_phase(context, span, ticks_listed),
        step=None if effect == "" else context.clock.steps - 1,
        severity=Severity.INFO if at_end else Severity.WARNING,
    )


def _fix(context: Context, span: Span, given: list[int], *, at_end: bool) -> str:
    if at_end:
        return "leave it out"
    if moved := _from_start_of_phase(context, span, given):
        begin = f"{unit(span.top)} {span.begin:,}"
        left_out = [tick for tick in given if tick >= span.begin + planned_ticks(context, span)]
        why = f"; {join_numbers(left_out)} is the end of the run" if left_out else ""
        return f"milestones count from the start of their phase, at {begin}: {moved[0].new}{why}"
    # In the same proportions, with the last one at three quarters of the run.
    shares = ", ".join(f"{75 * tick / max(given):.0f}%" for tick in given)
    return f"give shares of the run, such as [{shares}] in the same proportions"


def _from_start_of_phase(context: Context, span: Span, given: list[int]) -> tuple[Edit, ...]:
    """The milestones less the ticks before their phase, where that makes all of them reached.

    One that is the end of the run is left out.
    """
    end = planned_ticks(context, span)
    moved = [tick - span.begin for tick in given if tick != span.begin + end]
    fits = (
        span.begin and moved and min(moved) > 0 and max(moved) <= last_planned_tick(context, span)
    )
    return write_lengths(context, span, {"milestones": moved}) if fits else ()


def _no_change(context: Context, span: Span) -> str:
    field = context.field_of(span.scheduler)
    return f": {'the lr' if field == 'lr' else f'`{field}`'} never changes"


def _named(beyond: list[int]) -> str:
    plural = "milestone {} is" if len(beyond) == 1 else "milestones {} are"
    return plural.format(join_numbers(beyond))


def _distance(context: Context, span: Span) -> Iterator[Hit]:
    name = span.scheduler.row.name_of("every")
    size = context.integer(span.scheduler, name) or 0
    if size <= last_planned_tick(context, span):
        return
    short = size == planned_ticks(context, span) == 1
    yield Hit(
        path=context.path_of(span.scheduler, name),
        message=(
            f"the first change would come at {unit(span.top)} {size:,}, and the scheduler gets"
            f" {ticks(span.ticks, span.top)}{_no_change(context, span)}"
        ),
        fix=f"a shorter {name}, such as 40%, which changes the lr twice",
        step=context.clock.steps - 1,
        severity=Severity.INFO if short else Severity.WARNING,
    )


RULE = Rule(
    code="LRP304",
    name="milestones-beyond-run",
    severity=Severity.WARNING,
    needs="spec",
    summary="A milestone or step size lies past the end of the run.",
    bad=(BAD, STEP, PARTLY),
    good=(
        BAD.replace("[30, 60]", "[50%, 75%]"),
        STEP.replace("30", "3"),
        PARTLY.replace("16", "6"),
    ),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(
        script("MultiStepLR(optimizer, milestones=[30, 60])", after_epoch=("scheduler.step()",)),
    ),
    good_source=(
        script("MultiStepLR(optimizer, milestones=[5, 8])", after_epoch=("scheduler.step()",)),
    ),
    level="cause",
    does_not_explain=("lr-zero-for-part-of-run",),
)
