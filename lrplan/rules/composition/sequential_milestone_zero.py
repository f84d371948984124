"""Before torch 2.13 with a milestone of 0 step 0 gets the lr of a phase that never runs.

With ``milestones: [0]`` the second phase should act from the start. Up to torch 2.12 the
constructor of ``SequentialLR`` starts the first one all the same, so step 0 gets its learning rate,
and the second phase then goes on from there.

## Why it matters

``LinearLR`` from a tenth and a cosine over 4 ticks, base lr 0.1: torch 2.8 to 2.12 give 0.01,
0.0117, 0.01, 0.0059; torch 2.13 gives 0.1, 0.0854, as it should.

## How to fix it

Leave the empty phase and its milestone out.

## When it is fine

On torch 2.13 and later the learning rates are right; ``sequential-milestones-invalid`` then tells
that the first phase never runs.

## References

pytorch/pytorch#185872
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity, child_path

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [0]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 5}
        - {type: CosineAnnealingLR, T_max: 30}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 30}
"""


def check(context: Context) -> Iterator[Hit]:
    """On torch 1.10 to 2.12: a SequentialLR whose first milestone is 0."""
    if context.torch >= (2, 13):
        return
    for span in context.sequences():
        milestones = span.scheduler.arguments.get("milestones")
        members = list(span.scheduler.children())
        if not isinstance(milestones, list) or milestones[:1] != [0] or not members:
            continue
        release = ".".join(map(str, context.torch))
        yield Hit(
            path=child_path(context.path_of(span.scheduler, "milestones"), 0),
            message=(
                f"on torch {release} (all before 2.13) a milestone of 0 gives step 0 the lr of"
                f" {members[0].type}, which never runs"
            ),
            fix=f"leave out the {members[0].type} and its milestone",
            step=0,
        )


RULE = Rule(
    code="LRP415",
    name="sequential-milestone-zero",
    severity=Severity.ERROR,
    needs="spec",
    summary="Before torch 2.13 a milestone of 0 gives a wrong first lr.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    bad_torch="2.12.0",
)
