"""A milestone given twice cuts twice; one at 0 cuts before the first update.

``MultiStepLR`` counts how often each tick is in the list. The order in the list does not matter, so
an unsorted one is harmless, but it may be a typing error.

## Why it matters

``milestones: [3, 3, 6]`` with ``gamma: 0.1`` falls from 0.1 to 0.001 at tick 3. ``[0, 3]`` starts
at 0.01: the learning rate in the optimizer is never used.

## How to fix it

Write each tick once, in order. For a deeper cut at one tick, use two schedulers or an ``ignore``.
Instead of a milestone at 0, lower ``lr``.

## When it is fine

Unsorted but distinct milestones act like sorted ones: an info. (torch 1.3 and earlier refuse
them.)

## References

pytorch/pytorch#33229
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lrplan.lint import (
    Context,
    Hit,
    Rule,
    Severity,
    Span,
    check_plans_of_run,
    count,
    join_numbers,
    script,
    write_values,
)

BAD = """\
training: {epochs: 12, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: MultiStepLR, milestones: [3, 3, 6]}
"""
AT_ZERO = BAD.replace("[3, 3, 6]", "[0, 3]")


def check(context: Context) -> Iterator[Hit]:
    """Milestones that are doubled, at 0, or out of order."""
    for span in context.spans_with("cuts"):
        milestones = span.scheduler.arguments.get("milestones")
        plain = milestones if isinstance(milestones, list) else []
        milestones = [tick for tick in plain if isinstance(tick, int)]
        path = context.path_of(span.scheduler, "milestones")
        if _changes(context, span):
            yield from _doubled(context, span, path, milestones)
            yield from _at_zero(context, span, path, milestones)
        if milestones != sorted(milestones):
            yield Hit(
                path=path,
                message=f"the milestones are not in order; they act as {sorted(milestones)}",
                fix=f"milestones: {sorted(milestones)}",
                edits=write_values(span.scheduler.path, {"milestones": sorted(milestones)}),
                severity=Severity.INFO,
            )


def _changes(context: Context, span: Span) -> bool:
    return context.number(span.scheduler, "gamma") != 1


def _doubled(context: Context, span: Span, path: str, milestones: list[int]) -> Iterator[Hit]:
    times = Counter(milestones)
    doubled = sorted(tick for tick, number in times.items() if number > 1)
    if not doubled:
        return
    gamma = context.number(span.scheduler, "gamma") or 0.0
    most = times[doubled[0]]
    yield Hit(
        path=path,
        message=(
            f"{join_numbers(doubled)} is in the list {count(most, 'time')}: the lr is multiplied by"
            f" {gamma**most:.3g} there"
        ),
        fix="leave one of them out, or write the milestone that was meant",
        step=context.step(span, doubled[0]),
    )


def _at_zero(context: Context, span: Span, path: str, milestones: list[int]) -> Iterator[Hit]:
    if 0 not in milestones:
        return
    gamma = context.number(span.scheduler, "gamma") or 0.0
    yield Hit(
        path=path,
        message=f"a milestone at 0 acts before the first update, which gets {gamma:.3g} of lr",
        fix=f"milestones: {sorted({tick for tick in milestones if tick})}, with a lower lr",
        step=context.step(span, 0),
    )


def _example(milestones: str) -> str:
    made = f"MultiStepLR(optimizer, milestones={milestones})"
    return script(made, after_epoch=("scheduler.step()",))


RULE = Rule(
    code="LRP310",
    name="milestones-unsorted-or-duplicate",
    severity=Severity.WARNING,
    needs="spec",
    summary="Milestones that are doubled, at 0, or out of order.",
    bad=(BAD, AT_ZERO),
    good=(BAD.replace("[3, 3, 6]", "[3, 6, 9]"), AT_ZERO.replace("[0, 3]", "[3, 6]")),
    check=check,
    check_run=check_plans_of_run(check),
    bad_source=(_example("[3, 3, 6]"),),
    good_source=(_example("[3, 6, 9]"),),
)
