"""Before torch 2.10 ``SequentialLR`` spoils the base lr where the learning rate is a tensor.

Up to torch 2.9 ``SequentialLR`` made the tensor that every group steps with and the one that
remembers its base lr the same object. From then on each write to the learning rate changed the
base, and later phases started from the changed value.

## Why it matters

A warm-up over three ticks from a tenth of 0.1, then a cosine: 0.01, 0.04, 0.07 is right, but the
cosine starts at 0.07 instead of 0.1. The peak is never reached, and there is no warning.

## How to fix it

Use torch 2.10 or later, or a learning rate that is a number.

## When it is fine

From torch 2.10 on, and before 2.4.

## References

pytorch/pytorch#162359, pytorch/pytorch#162360, pytorch/pytorch#126854
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity

BAD = """\
training: {epochs: 20, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1, lr_tensor: true}
    scheduler:
      type: SequentialLR
      milestones: [3]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 3}
        - {type: CosineAnnealingLR, T_max: 17}
"""
_FIRST, _FIXED = (2, 4), (2, 10)


def check(context: Context) -> Iterator[Hit]:
    """On torch 2.4 to 2.9: a SequentialLR over a group whose lr is a tensor."""
    optimizer = context.plan.optimizer
    if not _FIRST <= context.torch < _FIXED or not optimizer.has_tensors:
        return
    release = ".".join(map(str, context.torch))
    for span in context.sequences():
        yield Hit(
            path=context.path_of(span.scheduler, "type"),
            message=(
                f"on torch {release} (2.4 to 2.9) SequentialLR makes a tensor's base lr follow"
                " the lr itself: later phases start from what the warm-up has left"
            ),
            fix="torch 2.10 or later, or no `lr_tensor`",
        )


RULE = Rule(
    code="LRP806",
    name="tensor-lr-sequential-base-corrupted",
    severity=Severity.ERROR,
    needs="spec",
    summary="Before torch 2.10 SequentialLR spoils the base of a tensor learning rate.",
    bad=(BAD,),
    good=(BAD.replace(", lr_tensor: true", ""),),
    check=check,
    bad_torch="2.9.1",
)
