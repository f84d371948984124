"""The state of PyPI's ``GradualWarmupScheduler`` holds the scheduler inside it, not its state.

The package keeps ``after_scheduler`` as an attribute, and its ``state_dict`` is made of attributes.
Loading it restores a copy of the old scheduler, which then drives a copy of the old optimizer.

## Why it matters

After the resume the learning rate never changes again: saved after the hand-over to a cosine, the
learning rate stays at 0.0814 where 0.0671, 0.0513, 0.0354 should follow. ``torch.load`` refuses
such a checkpoint unless ``weights_only=False``, and the optimizer is in it twice.

## How to fix it

Use ``SequentialLR`` with ``LinearLR``, or lrplan's own ``GradualWarmupScheduler``; or point
``scheduler.after_scheduler.optimizer`` at the new optimizer after loading.

## References

ildoonet/pytorch-gradual-warmup-lr#27
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, ResumeOptions, Rule, Severity
from lrplan.rules.resume._resumed_run import describe_difference, differs, hit_scheduler

_TYPE = "warmup_scheduler:GradualWarmupScheduler"
BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: warmup_scheduler:GradualWarmupScheduler
      multiplier: 1
      total_epoch: 5
      after_scheduler: {type: CosineAnnealingLR, T_max: 25}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler:
      type: SequentialLR
      milestones: [5]
      schedulers:
        - {type: LinearLR, start_factor: 0.1, total_iters: 5}
        - {type: CosineAnnealingLR, T_max: 25}
"""
_FIX = "SequentialLR with LinearLR, or after_scheduler.optimizer = optimizer after loading"


def check(context: Context) -> Iterator[Hit]:
    """A resume of the package's scheduler with another one inside."""
    resumed = context.resume
    inside = any(span.scheduler.arguments.get("after_scheduler") for span in context.spans(_TYPE))
    if inside and resumed.options.complete and differs(resumed):
        refusal = " (and torch.load needs weights_only=False)" if resumed.unsafe else ""
        message = (
            f"the loaded state drives the optimizer of the interrupted run{refusal}:"
            f" {describe_difference(resumed)}"
        )
        yield from hit_scheduler(context, message, _FIX, _TYPE)


RULE = Rule(
    code="LRP857",
    name="gradual-warmup-resume-frozen",
    severity=Severity.ERROR,
    needs="resume",
    summary="After a resume, PyPI's GradualWarmupScheduler no longer changes the lr.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    supersedes=("resume-discontinuity",),
    resume=(ResumeOptions(at="12ep"), ResumeOptions(at="12ep")),
    extra="warmup_scheduler",
)
