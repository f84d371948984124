"""One parameter group has no scheduler, while all others decay.

Schedulers that are restricted to groups leave the others at the learning rate of the optimizer.
Where that is the largest of all, and the others end far below it, the group was forgotten.

## Why it matters

``backbone`` and ``neck`` follow a cosine to 0; ``head``, which has the optimizer's own learning
rate, is trained at the full one until the last step, beside weights that no longer move.

## How to fix it

Name the group in ``groups`` of a scheduler, or leave ``groups`` out: then it drives all of them.

## When it is fine

A group that is meant to be constant: with a learning rate of its own (``groups: {scale: {lr:
1e-4}}``), smaller than another one's, 0, or the only one beside a single other group. Give it
``{type: ConstantLR, factor: 1}`` to say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Location,
    Rule,
    RunContext,
    RunHit,
    Severity,
    child_path,
    number,
    script,
)
from lrplan.lint.facts.group_values import path_of_group, states_values_per_group
from lrplan.lint.facts.lr_curves import drivers_of
from lrplan.observation import ObservedOptimizer
from lrplan.text import join_words

BAD = """\
training: {steps: 1000}
schedules:
  run:
    optimizer:
      type: SGD
      lr: 0.1
      groups: {backbone: {lr: 0.01}, neck: {lr: 0.05}, head: {}}
    scheduler: {type: CosineAnnealingLR, T_max: 1000, groups: [backbone, neck]}
"""
_DOWN = 0.1
_LEAST_DRIVEN = 2


def check(context: Context) -> Iterator[Hit]:
    """The one group that no scheduler drives, where it begins and ends above all others."""
    groups, lrs = context.plan.optimizer.groups, context.trace.lr
    idle = [group for group in groups if not drivers_of(context, group.name)]
    driven = [group.name for group in groups if group not in idle]
    if len(idle) != 1 or len(driven) < _LEAST_DRIVEN or context.plan.runs_user_code:
        return
    group = idle[0]
    rate = float(lrs[group.name][-1])
    others = max(float(lrs[name][-1]) for name in driven)
    if "lr" in group.options or rate < max(float(lrs[name].max()) for name in driven):
        return
    if others <= _DOWN * rate and context.clock.horizon is None:
        yield Hit(
            path=path_of_group(context, group),
            message=(
                f"no scheduler drives {group.name}: its lr stays at {number(rate)}, while the"
                f" others end at {number(others)} or less"
            ),
            fix=f"name {group.name} in the groups of a scheduler, or give it a ConstantLR",
            edits=_edits(context),
            step=context.trace.steps - 1,
        )


def _edits(context: Context) -> tuple[Edit, ...]:
    """The only scheduler drives all groups, where it has no values for each of them."""
    only, *others = context.plan.schedulers
    if others or states_values_per_group(only):
        return ()
    return (Edit(child_path(only.path, "groups"), None),)


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Optimizers of which a script writes the learning rate of some groups alone."""
    for index, writes in context.facts.writes.items():
        optimizer = context.optimizer(index)
        if optimizer is None or index in context.driven or "" in writes.groups:
            continue
        rest = [each for each in _groups(context, optimizer) if each not in writes.groups]
        if rest and len(writes.steps) >= _LEAST_DRIVEN and "?" not in writes.groups:
            yield RunHit(
                location=writes.first.location or Location(file=context.observation.file),
                message=(
                    f"the learning rate of {_named(writes.groups)} is written by hand,"
                    f" that of {_named(rest)} never changes"
                ),
                fix="for group in optimizer.param_groups: write each of them",
                severity=Severity.INFO,
            )


def _groups(context: RunContext, optimizer: ObservedOptimizer) -> list[str]:
    """The names of the groups; in a script, the positions of those that it says."""
    code = context.observation.code
    if code is None:
        return [each.name for each in optimizer.groups]
    return [str(number) for number in range(len(code.optimizers[optimizer.index].groups or ()))]


def _named(groups: Iterable[str]) -> str:
    return join_words([f"group {each}" if each.isdigit() else each for each in sorted(groups)])


_EACH = (
    "for group in optimizer.param_groups:",
    '    group["lr"] = 0.1 * 0.9 ** epoch',
)
_GROUPS = """torch.optim.SGD(
    [{"params": [model.weight]}, {"params": [model.bias], "lr": 0.2}], lr=0.1)"""


def _example(group: str) -> str:
    write = f'optimizer.param_groups[{group}]["lr"] = 0.1 * 0.9 ** epoch'
    return script(optimizer=_GROUPS, before_epoch=(write,))


RULE = Rule(
    code="LRP702",
    name="group-without-schedule",
    severity=Severity.WARNING,
    needs="curve",
    summary="One group has no scheduler and stays above all others.",
    bad=(BAD,),
    good=(BAD.replace("neck]", "neck, head]"), BAD.replace("head: {}", "head: {lr: 1e-3}")),
    check=check,
    check_run=check_run,
    bad_source=(_example("0"),),
    good_source=(script(optimizer=_GROUPS, before_epoch=_EACH),),
)
