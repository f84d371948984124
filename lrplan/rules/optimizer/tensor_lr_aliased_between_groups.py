"""Groups without their own learning rate share the optimizer's tensor: one write changes all.

A learning rate that is a tensor is filled, not replaced. Given to the optimizer as its ``lr``, the
same tensor is the learning rate of every group that has none of its own, so groups cannot differ:
the last write wins, and ``ReduceLROnPlateau`` cuts it once for every group.

## Why it matters

Two groups that share a tensor of 0.1, one with a constant factor and one halved at each tick: both
are halved. A plateau with ``factor: 0.1`` cuts them to a hundredth at once; before torch 2.10 it
put a number in the tensor's place, as before torch 2.4 every scheduler did.

## How to fix it

Give each group a tensor: ``lr_tensor: true`` in the group, or an ``lr`` of its own.

## When it is fine

A single group, or a schedule that gives all groups the same factor at every tick: nothing is
reported.

## References

pytorch/pytorch#163093, pytorch/pytorch#163098, pytorch/pytorch#163103, pytorch/pytorch#163120
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrplan.lint import (
    Context,
    Edit,
    Hit,
    Rule,
    SchedulerPlan,
    Severity,
    child_path,
    count,
    write_values,
)
from lrplan.lint.facts.plateaus import is_torch_plateau
from lrplan.plan import LR_TENSOR

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer:
      type: SGD
      lr: 0.1
      lr_tensor: true
      groups: {backbone: {}, head: {}}
    scheduler:
      type: LambdaLR
      lr_lambda: {backbone: "0.95 ** epoch", head: "0.9 ** epoch"}
"""
PLATEAU_BAD = """\
training: {epochs: 10, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, lr_tensor: true, groups: {backbone: {}, head: {}}}
    scheduler: {type: ReduceLROnPlateau, factor: 0.3, patience: 2}
    metrics: {val_loss: {expr: "max(0.5, 1 - epoch / 10)"}}
"""
_OWN = "{backbone: {lr_tensor: true}, head: {lr_tensor: true}}"
_REPLACED_BEFORE = (2, 10)
"""Until then a plateau scheduler gives each group a number in place of the tensor."""
_ALL_REPLACED_BEFORE = (2, 4)
"""Until then every scheduler does."""


def check(context: Context) -> Iterator[Hit]:
    """Groups that share a tensor, under schedulers that would give them different values."""
    optimizer = context.plan.optimizer
    shared = optimizer.groups_sharing_lr_tensor()
    if len(shared) < 2 or context.torch < _ALL_REPLACED_BEFORE:
        return
    for top in context.plan.schedulers:
        effect = _effect(context, top, shared)
        if effect:
            yield Hit(
                path=child_path(optimizer.path, LR_TENSOR),
                message=(
                    f"{', '.join(shared[:-1])} and {shared[-1]} share one tensor as their lr:"
                    f" {effect}"
                ),
                fix="`lr_tensor: true` in each group, so that each has a tensor of its own",
                edits=_own_tensors(context, shared),
            )
            return


def _own_tensors(context: Context, shared: Sequence[str]) -> tuple[Edit, ...]:
    groups = context.plan.optimizer.groups
    paths = dict.fromkeys(each.path for each in groups if each.name in shared and each.path)
    return tuple(edit for each in paths for edit in write_values(each, {LR_TENSOR: True}))


def _effect(context: Context, top: SchedulerPlan, shared: Sequence[str]) -> str:
    """The effect of sharing under a scheduler; empty where there is none."""
    driven = [name for name in top.groups if name in shared]
    inside = [each for each in top.walk() if context.field_of(each) == "lr"]
    if not driven or not inside:
        return ""
    if len(driven) < len(shared):
        others = ", ".join(name for name in shared if name not in driven)
        return f"{top.type} should drive {', '.join(driven)} alone, but changes {others} too"
    cutting = any(map(is_torch_plateau, inside))
    if cutting and context.torch >= _REPLACED_BEFORE:
        return f"ReduceLROnPlateau cuts it {count(len(driven), 'time')} at once"
    apart = next((each for each in inside if _differ(each, top, driven)), None)
    return "" if apart is None else f"all groups get what {apart.type} gives {driven[-1]}"


def _differ(scheduler: SchedulerPlan, top: SchedulerPlan, driven: Sequence[str]) -> bool:
    """Return True if an argument has other values for some of the groups."""
    indices = [top.groups.index(name) for name in driven]
    return any(
        len({repr(values[index]) for index in indices}) > 1
        for argument in scheduler.row.arguments
        if argument.per_group
        and isinstance(values := scheduler.arguments.get(argument.name), list)
        and len(values) == len(top.groups)
    )


RULE = Rule(
    code="LRP804",
    name="tensor-lr-aliased-between-groups",
    severity=Severity.ERROR,
    needs="spec",
    summary="Parameter groups share one tensor as their learning rate.",
    bad=(BAD, PLATEAU_BAD),
    good=(
        BAD.replace("{backbone: {}, head: {}}", _OWN),
        PLATEAU_BAD.replace("{backbone: {}, head: {}}", _OWN),
        BAD.replace('{backbone: "0.95 ** epoch", head: "0.9 ** epoch"}', '"0.95 ** epoch"'),
    ),
    check=check,
)
