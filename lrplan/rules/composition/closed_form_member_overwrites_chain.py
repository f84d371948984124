"""A scheduler that computes from the base lr undoes what the others beside it did.

Most schedulers of torch multiply the learning rate that the group holds, so several of them can
tick side by side. ``LambdaLR``, ``CosineAnnealingWarmRestarts``, ``CyclicLR``, ``OneCycleLR`` and
lrplan's own do not: at every tick they compute the learning rate from the base lr alone. Beside
others, in a list or in a ``ChainedScheduler``, they erase what those did.

## Why it matters

With a base lr of 0.1, ``ExponentialLR(0.9)`` followed by a ``LambdaLR`` of factor 1 stays at
0.1. ``LinearLR`` from a tenth over 3 ticks, followed by warm restarts of 5, gives 0.1, 0.0905,
0.0655: no warm-up at all. The other way round, ``LambdaLR`` over 3 ticks followed by
``ExponentialLR(0.9)`` settles at 0.09: the decay happens once instead of at every tick. A
``ReduceLROnPlateau`` beside a ``LambdaLR`` that ticks per step loses each cut at the next step.
With epochs of 9 steps, a ``LambdaLR`` per epoch in front of a warm-up of 10 steps cuts off its last
tick alone: the learning rate is 1.1 times too high for an epoch, which is a warning.

## How to fix it

Let one follow the other with ``SequentialLR``, or write everything as one ``LambdaLR``. For
different parameter groups, restrict each scheduler with ``groups``.

## When it is fine

Schedulers on different groups or different fields do not touch each other. A warm-up that is over
before the other scheduler ticks for the first time is not reported.

## References

pytorch/pytorch#82859, mosaicml/composer#99
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.lint import Context, Hit, Rule, RunContext, RunHit, SchedulerPlan, Severity, script
from lrplan.lint.facts.combinations import (
    fields,
    is_closed_form,
    is_warmup,
    schedulers_without_containers,
    shares_groups,
    side_by_side,
)
from lrplan.lint.facts.plateaus import is_torch_plateau
from lrplan.lint.facts.warmups import line_factors
from lrplan.observation import ObservedScheduler

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      - {type: ExponentialLR, gamma: 0.9}
      - {type: LambdaLR, lr_lambda: "1 / (1 + 0.1 * epoch)"}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "0.9 ** epoch / (1 + 0.1 * epoch)"}
"""
_FIX = "use SequentialLR, or write it as one LambdaLR"
_SLIGHT = 1.25
"""A learning rate that is too high by no more than this factor is a warning."""


def check(context: Context) -> Iterator[Hit]:
    """Each scheduler of closed form with another beside it on the same groups and field."""
    for team in side_by_side(context):
        for index, member in enumerate(team):
            for leaf in schedulers_without_containers(member):
                if is_closed_form(leaf):
                    yield from _overwrites(context, team, index, leaf)


def _overwrites(
    context: Context, team: Sequence[SchedulerPlan], index: int, leaf: SchedulerPlan
) -> Iterator[Hit]:
    # A scheduler of closed form (LambdaLR) writes base * f(tick) at each tick; a recursive one
    # (ExponentialLR) multiplies what it finds. Whatever ticks before the first is overwritten at
    # once, and whatever ticks after it lasts until its next tick.
    own = team[index]
    earlier_writers = [each for each in team[:index] if _meets(context, each, leaf)]
    after = [
        each
        for each in team[index + 1 :]
        if _meets(context, each, leaf) and not _is_settled(context, own, each)
    ]
    # Of two of closed form the later one wins, and reports.
    lost = [
        *earlier_writers,
        *(
            each
            for each in after
            if not any(map(is_closed_form, schedulers_without_containers(each)))
        ),
    ]
    if not lost or _is_left_to_others(context, own, leaf):
        return
    if len(lost) == 1 and not earlier_writers:
        cut = _cut_warmup(context, own, leaf, lost[0])
        if cut is not None:
            yield cut
            return
    mixed = any(is_torch_plateau(each) or _ticks_apart(own, each) for each in lost)
    names = " and ".join(dict.fromkeys(each.type for each in lost))
    yield Hit(
        path=context.path_of(leaf, "type"),
        message=(
            f"{leaf.type} computes {context.field_of(leaf)} from its base at each of"
            f" {context.ticks(_top(context, own)):,} ticks, so what {names} has done by then is"
            " lost"
        ),
        fix=_FIX,
        severity=None if earlier_writers or mixed else Severity.WARNING,
    )


def _cut_warmup(
    context: Context, own: SchedulerPlan, leaf: SchedulerPlan, warmup: SchedulerPlan
) -> Hit | None:
    """The hit for a warm-up that the first tick of ``leaf`` cuts short; None for anything else."""
    factors, total = line_factors(context, warmup), context.integer(warmup, "total_iters")
    first = context.clock.step_of_call(1, own.cadence)
    if not (
        factors and total and first and is_warmup(context, warmup) and _ticks_apart(own, warmup)
    ):
        return None
    # 9 steps an epoch, a LambdaLR f per epoch before a warm-up of 10 steps from 0.1: at step 9 the
    # warm-up has reached 0.91. The LambdaLR writes base * f there, which the last tick of the
    # warm-up multiplies by 1 / 0.91. Together the two should give base * f.
    rank = context.clock.loop.rank
    goes_second = rank(own.cadence) <= rank(warmup.cadence)
    done = context.clock.calls_before_step(warmup.cadence, first - goes_second)
    start, end = factors
    is_line = bool(warmup.row.name_of("end factor"))
    reached = start + (end - start) * done / total if is_line else start
    if done >= total or reached <= 0:
        return None
    field = context.field_of(leaf)
    return Hit(
        path=context.path_of(leaf, "type"),
        message=(
            f"{leaf.type} computes {field} from its base at step {first:,}, after"
            f" {done:,} of the {total:,} ticks of {warmup.type}: from there on {field} is up to"
            f" {1 / reached:.3g} times what both give together"
        ),
        fix=_FIX,
        step=first,
        severity=Severity.WARNING if 1 / reached <= _SLIGHT else None,
    )


def _ticks_apart(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    return (one.interval, one.frequency) != (other.interval, other.frequency)


def _meets(context: Context, other: SchedulerPlan, leaf: SchedulerPlan) -> bool:
    common = fields(context, other) & fields(context, leaf)
    return bool(common) and shares_groups(other, leaf)


def _is_settled(context: Context, closed: SchedulerPlan, warmup: SchedulerPlan) -> bool:
    """Return True if ``warmup``, built later, is over when ``closed`` ticks for the first time."""
    total = context.integer(warmup, "total_iters")
    if total is None or not is_warmup(context, warmup):
        return False
    # 100 steps an epoch: a warm-up of 100 steps is over at step 100. That is also the first step
    # after the first tick of a LambdaLR that ticks per epoch, so nothing of the warm-up is lost.
    first = context.clock.step_of_call(1, closed.cadence)
    over = context.clock.step_of_call(total, warmup.cadence)
    return over is not None and (first is None or over <= first)


def _is_left_to_others(context: Context, own: SchedulerPlan, leaf: SchedulerPlan) -> bool:
    """Inside a ChainedScheduler: ``sequential-onecycle-member``."""
    return leaf.row.replaces_lr and own not in context.plan.schedulers


def _top(context: Context, scheduler: SchedulerPlan) -> SchedulerPlan:
    return next(span.top for span in context.spans() if span.scheduler is scheduler)


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers of closed form that a script steps together with others of the same optimizer."""
    for team in context.schedulers_by_optimizer:
        yield from _lost_in_team(context, team)


def _lost_in_team(context: RunContext, team: Sequence[ObservedScheduler]) -> Iterator[RunHit]:
    closed = [each for each in team if _is_closed(context, each)]
    for own in closed:
        beside = [each for each in team if _ticks_beside(context, own, each)]
        # Of two of closed form the later one wins, and reports.
        lost = [each for each in beside if each not in closed or each.index < own.index]
        if lost:
            names = " and ".join(dict.fromkeys(each.type for each in lost))
            lines = ", ".join(str(each.location.line) for each in lost if each.location)
            yield RunHit(
                location=context.location(own),
                message=(
                    f"{own.type} computes the lr from its base at each of its ticks, so what"
                    f" {names}{f' of line {lines}' if lines else ''} has done by then is lost"
                ),
                fix="let one follow the other with SequentialLR, or write one LambdaLR",
                scheduler=own.index,
            )


def _is_closed(context: RunContext, scheduler: ObservedScheduler) -> bool:
    row = context.row(scheduler)
    if row is None or row.drives != "lr" or row.container is not None:
        return False
    # Those of Hugging Face are a LambdaLR each.
    return row.update == "sets" or row.extra in {"transformers", "diffusers"}


def _ticks_beside(context: RunContext, own: ObservedScheduler, other: ObservedScheduler) -> bool:
    """Return True if both tick in the same part of the run, on one optimizer and field."""
    one, two, row = context.ticks(own), context.ticks(other), context.row(other)
    if other is own or other.optimizer != own.optimizer or own.optimizer is None or row is None:
        return False
    if one is None or two is None or row.drives != "lr":
        return False
    return one.first.step < two.last_step and two.first.step < one.last_step


def _example(decay: str) -> str:
    return script(
        "LambdaLR(optimizer, lambda epoch: min(1, (epoch + 1) / 4))",
        made=(f"decay = torch.optim.lr_scheduler.{decay}",),
        after_epoch=("scheduler.step()", "decay.step()"),
    )


RULE = Rule(
    code="LRP401",
    name="closed-form-member-overwrites-chain",
    severity=Severity.ERROR,
    needs="spec",
    summary="A closed-form scheduler overwrites what the schedulers beside it did.",
    bad=(BAD, BAD.replace("- {type: ExponentialLR, gamma: 0.9}", "- {type: LinearLR}")),
    good=(GOOD,),
    check=check,
    check_run=check_run,
    bad_source=(_example("ExponentialLR(optimizer, gamma=0.9)"),),
    good_source=(
        script(
            "LinearLR(optimizer, 0.25, total_iters=3)",
            made=("decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)",),
            after_epoch=("scheduler.step()", "decay.step()"),
        ),
    ),
    level="cause",
    supersedes=("chained-warmup-cosine-peak-lost", "constructor-changes-lr"),
)
