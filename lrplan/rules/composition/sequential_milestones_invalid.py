"""Milestones of a ``SequentialLR`` that leave a phase without a single tick.

Milestones count from the start of the ``SequentialLR``, not from the phase before. torch takes any
list of the right length: out of order, twice the same, zero, negative, or past the end of the run.
Some phases then never run, and there is no warning.

## Why it matters

With ``milestones: [6, 3]`` three phases of factors 0.1, 0.2 and 0.3 give 0.1 for 3 ticks and then
0.3: the second never runs. Equal milestones do the same.

## How to fix it

Write strictly increasing milestones between 1 and the last tick of the run. If they were meant as
lengths of the phases, add them up: lengths 5 and 20 are ``[5, 25]``.

## When it is fine

A milestone past the end of a run that stops early on purpose: say so with ``training.horizon``.

## References

pytorch/pytorch#185872
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TypeGuard

from lrplan.lint import Context, Hit, Rule, Severity, Span, child_path
from lrplan.lint.facts.steps_as_ticks import counts_steps
from lrplan.lint.facts.tick_usage import ends_with_run, last_planned_tick, ticks_of_plan
from lrplan.lint.facts.warmups import stated_warmups

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [20, 10]
      schedulers:
        - {type: ConstantLR, factor: 1.0}
        - {type: ConstantLR, factor: 0.1, total_iters: 100}
        - {type: ConstantLR, factor: 0.01, total_iters: 100}
"""


def check(context: Context) -> Iterator[Hit]:
    """Each milestone out of order, and the first one past the end."""
    for span in context.sequences():
        milestones_argument = span.scheduler.arguments.get("milestones")
        milestones = (
            [each for each in milestones_argument if isinstance(each, int)]
            if _is_list(milestones_argument)
            else []
        )
        # More milestones than hand-overs are refused when it is built.
        milestones = milestones[: max(len(list(span.scheduler.children())) - 1, 0)]
        # [10, 10, 5] is compared as 0-10, 10-10 and 10-5: the second milestone is the same as the
        # one before it and the third comes before it. The leading 0 is the start of the
        # run.
        for index, (previous, milestone) in enumerate(pairwise([0, *milestones])):
            if milestone <= previous and (milestone != 0 or context.torch >= (2, 13)):
                yield _empty(context, span, index, previous, milestone)
        yield from _past_end(context, span, milestones)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _empty(context: Context, span: Span, index: int, previous: int, milestone: int) -> Hit:
    after = f"milestone {previous:,}" if index else "the start"
    equal = milestone == previous
    problem = f"is the same as {after}" if equal else f"comes before {after}"
    kind = list(span.scheduler.children())[index].type
    return Hit(
        path=child_path(context.path_of(span.scheduler, "milestones"), index),
        message=f"milestone {milestone:,} {problem}, so schedulers[{index}] ({kind}) never runs",
        fix="milestones count from the start, and each is larger than the one before",
        step=context.step(span, max(milestone, 0)),
        severity=Severity.WARNING if equal else None,
    )


def _past_end(context: Context, span: Span, milestones: list[int]) -> Iterator[Hit]:
    if _never_warms_up(context, span) or counts_steps(context, span, "milestones"):
        return
    planned = max(span.ticks, ticks_of_plan(context, span.top) - span.begin)
    for index, milestone in enumerate(milestones):
        if milestone >= planned and milestone > max([0, *milestones[:index]]):
            kind = list(span.scheduler.children())[index + 1].type
            yield Hit(
                path=child_path(context.path_of(span.scheduler, "milestones"), index),
                message=(
                    f"milestone {milestone:,} is past the end: the scheduler has {span.ticks:,}"
                    f" ticks, so schedulers[{index + 1}] ({kind}) never runs"
                ),
                fix=f"a milestone below {span.ticks}, or training.horizon for a run cut short",
                severity=Severity.WARNING,
            )
            return


def _never_warms_up(context: Context, span: Span) -> bool:
    """Return True if the first phase is a warm-up beyond the run: ``warmup-never-finishes``."""
    return any(
        warmup.span.top is span.top and warmup.length > last_planned_tick(context, warmup.span)
        for warmup in stated_warmups(context)
        if ends_with_run(context, warmup.span)
    )


RULE = Rule(
    code="LRP408",
    name="sequential-milestones-invalid",
    severity=Severity.ERROR,
    needs="spec",
    summary="A milestone of SequentialLR leaves a phase without a tick.",
    bad=(BAD,),
    good=(BAD.replace("[20, 10]", "[10, 20]"),),
    check=check,
    supersedes=(
        "milestones-beyond-run",
        "milestones-unsorted-or-duplicate",
        "schedule-changes-nothing",
    ),
)
