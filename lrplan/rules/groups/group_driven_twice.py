"""Two decays of one kind meet on a parameter group, and their factors multiply.

Schedulers of a list tick side by side. Where ``groups`` of two of them overlap, each cut is made
twice on the groups that both name, and once on the others.

## Why it matters

``StepLR`` on ``[backbone, neck]`` beside ``StepLR`` on ``[neck, head]``: ``neck`` is cut to a
hundredth where the others are cut to a tenth, and to a millionth after three cuts.

## How to fix it

Name each group in one of the two only. ``SWALR`` follows a decay as a phase of ``SequentialLR``.

## When it is fine

Schedulers of different classes on the same groups, such as a warm-up beside a decay, are meant to
multiply, but for ``SWALR`` beside a cosine: from tick ``anneal_epochs`` on it sets ``swa_lr``,
whatever the cosine does. Two of one class with the same groups and different arguments are meant to
multiply too. Schedulers of different fields do not meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lrplan.lint import Context, Edit, Hit, Rule, SchedulerPlan, Severity, write_values
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
                message=f"{one.type} and {other.type} both drive {_noun(context, one)}{whose}",
                fix="each group in one of the two, or one scheduler for all",
                edits=_edits(context, one, other),
            )


def _edits(context: Context, one: SchedulerPlan, other: SchedulerPlan) -> tuple[Edit, ...]:
    """The second of two that are alike leaves their common groups to the first."""
    rest = [name for name in other.groups if name not in one.groups]
    restricted = max(len(one.groups), len(other.groups)) < len(context.plan.optimizer.groups)
    if not (rest and restricted and _are_alike(one, other)) or states_values_per_group(other):
        return ()
    return write_values(other.path, {"groups": rest})


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
    everything = len(context.plan.optimizer.groups)
    restricted = len(one.groups) < everything and len(other.groups) < everything
    return alike or (plain and restricted)


def _averages_beside_decay(one: SchedulerPlan, other: SchedulerPlan) -> bool:
    """Return True if SWALR takes over for good while the other goes on to an end of its own."""
    return any(
        swa.type == "SWALR" and falls_to_end(decay) for swa, decay in ((one, other), (other, one))
    )


RULE = Rule(
    code="LRP703",
    name="group-driven-twice",
    family="groups",
    severity=Severity.WARNING,
    needs="curve",
    summary="Two decays of a list meet on a parameter group.",
    bad=(BAD, AVERAGING),
    good=(BAD.replace("groups: [neck, head]", "groups: [head]"), IN_TURN),
    check=check,
    level="cause",
)
