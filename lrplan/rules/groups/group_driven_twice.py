"""Two decays of one kind meet on a parameter group, and their factors multiply.

Schedulers of a list tick side by side. Where ``groups`` of two of them overlap, each cut is made
twice on the groups that both name, and once on the others.

## Why it matters

``StepLR`` on ``[backbone, neck]`` beside ``StepLR`` on ``[neck, head]``: ``neck`` is cut to a
hundredth where the others are cut to a tenth, and to a millionth after three cuts.

## How to fix it

Name each group in one of the two only. A scheduler without ``groups`` drives all of them, also
those that the next one names. ``SWALR`` follows a decay as a phase of ``SequentialLR``.

## When it is fine

Schedulers of different classes on the same groups, and a warm-up beside a decay, are meant to
multiply, but for ``SWALR`` beside a cosine: from tick ``anneal_epochs`` on it sets ``swa_lr``,
whatever the cosine does. Two of one class with the same groups and different arguments are meant to
multiply too. Schedulers of different fields do not meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    RunContext,
    RunHit,
    SchedulerPlan,
    Severity,
    script,
    write_values,
)
from lrplan.lint.facts.combinations import falls_to_end, fields, is_warmup, shares_groups
from lrplan.lint.facts.group_values import states_values_per_group
from lrplan.lint.facts.plateaus import is_plateau
from lrplan.text import join_words

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, groups: {backbone: {lr: 0.01}, neck: {}, head: {}}}
    scheduler:
      - {type: StepLR, step_size: 300, groups: [backbone, neck]}
      - {type: StepLR, step_size: 300, groups: [neck, head]}
"""
ONE_FOR_ALL = """\
training: {epochs: 20, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, groups: {backbone: {lr: 0.01}, head: {}}}
    scheduler:
      - {type: StepLR, step_size: 5}
      - {type: CosineAnnealingLR, T_max: 20, groups: [head]}
"""
AVERAGING = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      - {type: CosineAnnealingLR, T_max: 30}
      - {type: SWALR, swa_lr: 0.05}
"""
IN_TURN = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [20]
      schedulers:
        - {type: CosineAnnealingLR, T_max: 30}
        - {type: SWALR, swa_lr: 0.05}
"""


def check(context: Context) -> Iterator[Hit]:
    """Pairs of schedulers that tick side by side and meet by accident."""
    for one, other in combinations(context.plan.schedulers, 2):
        if not shares_groups(one, other) or not fields(context, one) & fields(context, other):
            continue
        if _meets_by_accident(context, one, other):
            both = [name for name in other.groups if name in one.groups]
            whose = "" if len(context.trace.groups) == 1 else f" of {join_words(both)}"
            yield Hit(
                path=other.path,
                message=(
                    f"{one.type} and {other.type} both drive {_noun(context, one)}{whose}"
                    f"{_reason(context, one, other)}"
                ),
                fix="each group in one of the two, or one scheduler for all",
                edits=_edits(context, one, other),
            )


def _reason(context: Context, one: SchedulerPlan, other: SchedulerPlan) -> str:
    """The reason why they meet, where only one of the two is restricted to some groups."""
    unrestricted = _unrestricted(context, one, other)
    return "" if unrestricted is None else f": {unrestricted.type} drives every group"


def _unrestricted(
    context: Context, one: SchedulerPlan, other: SchedulerPlan
) -> SchedulerPlan | None:
    """The one of the two that drives every group, where the other drives some of them."""
    everything = len(context.plan.optimizer.groups)
    if min(len(one.groups), len(other.groups)) == everything:
        return None
    return next((each for each in (one, other) if len(each.groups) == everything), None)


def _edits(context: Context, one: SchedulerPlan, other: SchedulerPlan) -> tuple[Edit, ...]:
    """The common groups are left to the scheduler that names them, or to the first of two alike."""
    named = _unrestricted(context, one, other)
    if named is None and not _are_alike(one, other):
        return ()
    edited, kept = (one, other) if named is one else (other, one)
    rest = [name for name in edited.groups if name not in kept.groups]
    if not rest or states_values_per_group(edited):
        return ()
    return write_values(edited.path, {"groups": rest})


def _are_alike(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    return (one.type, one.arguments, one.cadence) == (other.type, other.arguments, other.cadence)


def _noun(context: Context, scheduler: SchedulerPlan) -> str:
    field = context.field_of(scheduler)
    return "the lr" if field == "lr" else field


def _meets_by_accident(context: Context, one: SchedulerPlan, other: SchedulerPlan) -> bool:
    if any(is_plateau(each) or is_warmup(context, each) for each in (one, other)):
        return False
    if _averages_beside_decay(one, other):
        return True
    plain = not any(each.row.container or each.row.name_of("function") for each in (one, other))
    alike = plain and one.type == other.type
    if set(one.groups) == set(other.groups):
        return alike and one.arguments == other.arguments and one.interval == other.interval
    return alike or plain


def _averages_beside_decay(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    """Return True if SWALR takes over for good while the other goes on to an end of its own."""
    return any(
        swa.row.family == "swa" and falls_to_end(decay)
        for swa, decay in ((one, other), (other, one))
    )


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Two schedulers of one class with the same arguments that both tick on an optimizer."""
    pairs = (pair for team in context.schedulers_by_optimizer for pair in combinations(team, 2))
    for one, other in pairs:
        row, ticks, again = context.row(one), context.ticks(one), context.ticks(other)
        alike = (one.type, one.module, one.optimizer, one.arguments) == (
            other.type,
            other.module,
            other.optimizer,
            other.arguments,
        )
        if not alike or row is None or ticks is None or again is None or one.unknown:
            continue
        if row.update not in {"multiplies", "moves"} or one.optimizer is None:
            continue
        if ticks.first.step < again.last_step and again.first.step < ticks.last_step:
            line = f" of line {one.location.line}" if one.location else ""
            yield RunHit(
                location=context.location(other),
                message=f"{other.type} drives the lr that another {one.type}{line} drives as well",
                fix="delete one of the two",
                scheduler=other.index,
            )


_TWICE = "again = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3)"


RULE = Rule(
    code="LRP703",
    name="group-driven-twice",
    severity=Severity.WARNING,
    needs="curve",
    summary="Two decays of a list change the same parameter group.",
    bad=(BAD, AVERAGING, ONE_FOR_ALL),
    good=(
        BAD.replace("groups: [neck, head]", "groups: [head]"),
        IN_TURN,
        ONE_FOR_ALL.replace("5}", "5, groups: [backbone]}"),
    ),
    check=check,
    check_run=check_run,
    bad_source=(
        script(
            "StepLR(optimizer, step_size=3)",
            made=(_TWICE,),
            after_epoch=("scheduler.step()", "again.step()"),
        ),
    ),
    good_source=(script("StepLR(optimizer, step_size=3)", after_epoch=("scheduler.step()",)),),
    level="cause",
)
