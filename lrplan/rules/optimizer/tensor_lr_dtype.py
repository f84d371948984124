"""A learning rate in half precision cannot follow its schedule.

A learning rate that is a tensor is rounded to its type at every tick. ``bfloat16`` has steps of up
to 0.8% between neighbours and ``float16`` of 0.1%, and a scheduler that multiplies the last
learning rate starts each time from the rounded one: a small change is lost for good. ``float16``
also has nothing between 0 and 6e-8.

## Why it matters

``ExponentialLR(gamma=0.999)`` on a ``bfloat16`` learning rate of 0.1 stays at 0.1001 forever. A
cosine of 200 ticks from 3e-4 stands still for the first 26, then falls in straight lines.

## How to fix it

``lr_tensor: true`` is ``float32``, which is off by about 1e-4 after ten thousand ticks of
``ExponentialLR``; ``float64`` is as exact as a number. The type of the weights does not matter.

## When it is fine

A constant learning rate.

## References

pytorch/pytorch#107076
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, child_path, write_values

BAD = """\
training: {epochs: 20, steps_per_epoch: 100}
schedules:
  run:
    optimizer: {type: AdamW, lr: 3e-4, lr_tensor: bfloat16}
    scheduler: {type: CosineAnnealingLR, T_max: 20}
"""
_STEPS = {"bfloat16": 2.0**-7, "float16": 2.0**-10}
"""The largest distance between neighbours, as a share of the smaller one."""


def check(context: Context) -> Iterator[Hit]:
    """Driven groups whose lr is a tensor of a coarse type."""
    optimizer = context.plan.optimizer
    driven = {
        group
        for top in context.plan.schedulers
        for each in top.walk()
        if context.field_of(each) == "lr"
        for group in top.groups
    }
    # Of several groups with one type the first is named: they come in reverse order, and in a dict
    # the last one written stays.
    neighbours = {
        kind: group.name
        for group in reversed(optimizer.groups)
        if group.name in driven
        and (kind := _tensor_type(optimizer.lr_tensor, group.lr_tensor)) in _STEPS
    }
    for kind, group in neighbours.items():
        yield Hit(
            path=child_path(optimizer.path, "lr_tensor"),
            message=(
                f"the learning rate of {group} is a tensor of {kind}, whose neighbours are up to"
                f" {_STEPS[kind]:.1%} apart: smaller changes are lost"
            ),
            fix="`lr_tensor: true` for float32, or float64",
            edits=write_values(_owner(context, group), {"lr_tensor": True}),
        )


def _owner(context: Context, group: str) -> str:
    """The path of the mapping that says the type: that of the group, or of the optimizer."""
    optimizer = context.plan.optimizer
    owners = (each for each in optimizer.groups if each.lr_tensor is not None)
    return next((each.path for each in owners if each.name == group), optimizer.path)


def _tensor_type(everywhere: str | None, own: str | None) -> str:
    return (everywhere if own is None else own) or ""


RULE = Rule(
    code="LRP805",
    name="tensor-lr-dtype",
    severity=Severity.WARNING,
    needs="spec",
    summary="A learning rate in half precision cannot follow its schedule.",
    bad=(BAD, BAD.replace("bfloat16", "float16")),
    good=(BAD.replace("bfloat16", "true"), BAD.replace("bfloat16", "float64")),
    check=check,
)
