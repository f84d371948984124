"""``frequency`` makes a length longer: it counts ticks, and a tick comes only every few steps.

``T_max``, ``step_size``, ``milestones`` and the like count calls of ``scheduler.step()``. With
``frequency: 10`` there are a tenth as many of them, so that a length that was written for the whole
run needs ten runs. ``step_size: 30`` with ``frequency: 10`` cuts after 300 epochs.

## Why it matters

``T_max: 1000`` with ``frequency: 10`` in a run of 1,000 steps: the cosine has 100 ticks, and the
last step is made at 98 % of the learning rate.

## How to fix it

Divide the lengths by ``frequency``, give them a unit (``100%``, ``1000st``), or leave ``frequency``
out.

## When it is fine

Lengths with a unit: they are counted in ticks of the scheduler, ``frequency`` included. Plain
numbers are taken as stretched only where the run (or its ``training.horizon``) gets fewer ticks
than they say, and would get at least as many without ``frequency``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    SchedulerPlan,
    Severity,
    child_path,
    count,
    share,
    without_commas,
    yaml_flow,
)
from lrplan.lint.facts.lengths import UnitlessLength, lengths
from lrplan.lint.facts.tick_usage import ends_with_run, ticks_of_plan

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 1000, frequency: 10}
"""
_KINDS = {"end", "every", "cuts", "ramp", "warm-up"}
_ROOM = 1.02
_UNITS = {"step": "st", "epoch": "ep", "batch": "ba"}


def check(context: Context) -> Iterator[Hit]:
    """Schedulers with a frequency and lengths that only fit a run without it."""
    for top in context.plan.schedulers:
        found = [] if top.frequency == 1 else [*_stretched(context, top)]
        if found:
            # The decay of a warm-up, stable, decay schedule is in the unit of its total.
            parts = [each for each in lengths(context, top) if each.kind == "part"]
            yield _hit(context, top, [*found, *parts])


def _stretched(context: Context, top: SchedulerPlan) -> Iterator[UnitlessLength]:
    ticks = ticks_of_plan(context, top)
    for length in lengths(context, top):
        needed = length.begin + length.value
        fits_without = needed <= _ROOM * ticks * top.frequency
        judged = length.kind in _KINDS and ends_with_run(context, length.span)
        if judged and needed > ticks and fits_without:
            yield length


def _hit(context: Context, top: SchedulerPlan, found: list[UnitlessLength]) -> Hit:
    ticks = ticks_of_plan(context, top)
    longest = max(found, key=lambda each: each.begin + each.value)
    whole = "in all" if context.clock.horizon is None else "in the whole plan"
    edits = _edits(context, top, found)
    words = " and ".join(each.words for each in found)
    part = share(ticks / (longest.begin + longest.value))
    return Hit(
        path=child_path(top.path, "frequency"),
        message=(
            f"frequency {top.frequency:,} stretches {words}: the scheduler ticks once in"
            f" {count(top.frequency, top.interval)}, {count(ticks, 'time')} {whole}, {part} of what"
            " it needs"
        ),
        fix=f"{_with_units(edits)}, or no frequency",
        edits=edits,
    )


def _edits(context: Context, top: SchedulerPlan, found: list[UnitlessLength]) -> tuple[Edit, ...]:
    """All lengths of the scheduler with the unit that was meant, where they are written so."""
    written = [each for each in found if each.name in each.scheduler.arguments]
    if len(written) < len(lengths(context, top)):
        return ()
    return tuple(Edit(each.path, _with_unit(each, _UNITS[top.interval])) for each in written)


def _with_unit(length: UnitlessLength, unit: str) -> str:
    values = [f"{without_commas(value)}{unit}" for value in length.values]
    is_list = isinstance(length.scheduler.arguments[length.name], list)
    return yaml_flow(values if is_list else values[0])


def _with_units(edits: tuple[Edit, ...]) -> str:
    written = (f"{edit.path.rpartition('.')[2]}: {edit.new}" for edit in edits)
    return " and ".join(written) or "lengths with a unit"


RULE = Rule(
    code="LRP118",
    name="length-stretched-by-frequency",
    severity=Severity.ERROR,
    needs="spec",
    summary="`frequency` stretches a length beyond the run.",
    bad=(BAD,),
    good=(BAD.replace("T_max: 1000", "T_max: 100"), BAD.replace("T_max: 1000", "T_max: 100%")),
    check=check,
    level="unit",
    supersedes=("horizon-in-steps-stepped-per-epoch",),
)
