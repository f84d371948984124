"""``ReduceLROnPlateau`` cannot stand inside ``SequentialLR`` or ``ChainedScheduler``.

Its ``step()`` needs a metric, and neither of the two passes one on.

## Why it matters

torch 2.13 raises ``ValueError`` when either is built; where an older release lets it pass, the
first tick is a ``TypeError``.

## How to fix it

For a warm-up before the plateau write the key ``warmup`` on the plateau by itself: it is handed the
metric, and no metric of the warm-up counts. With ``mode: mask`` they do. To have other schedulers
act with it from the start, write them as a list under ``scheduler``.

## References

huggingface/transformers#29417, pytorch/pytorch#82859
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity
from lrplan.lint.facts.plateaus import is_torch_plateau

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 5}
        - {type: ReduceLROnPlateau, patience: 3}
    metrics: {val_loss: {expr: "1 / (1 + epoch)"}}
"""
BAD_CHAINED = BAD.replace("SequentialLR", "ChainedScheduler").replace("      milestones: [5]\n", "")
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: GradualWarmupScheduler
      multiplier: 1
      total_epoch: 5
      after_scheduler: {type: ReduceLROnPlateau, patience: 3}
    metrics: {val_loss: {expr: "1 / (1 + epoch)"}}
"""


def check(context: Context) -> Iterator[Hit]:
    """A plateau, or a warm-up that hands over to one, directly inside a container."""
    for span in context.spans():
        if span.scheduler.row.container is None:
            continue
        for child in span.scheduler.children():
            held = (child.arguments.get(name) for name in ("after_scheduler", "base_scheduler"))
            inner = next((each for each in held if each is not None), child)
            plateau = next((each for each in child.walk() if is_torch_plateau(each)), None)
            if plateau is None or (plateau is not child and plateau is not inner):
                continue
            yield Hit(
                path=context.path_of(plateau, "type"),
                message=f"{span.scheduler.type} passes no metric on, and {plateau.type} needs"
                " one at each tick: it cannot run",
                fix="the plateau by itself, with the key `warmup`",
            )


RULE = Rule(
    code="LRP405",
    name="sequential-plateau-unsupported",
    severity=Severity.ERROR,
    needs="spec",
    summary="ReduceLROnPlateau cannot stand in SequentialLR or ChainedScheduler.",
    bad=(BAD, BAD_CHAINED),
    good=(GOOD,),
    check=check,
    supersedes=("cannot-build", "stops-midway"),
)
