"""The plan changes with the resume, but the loaded state keeps the old lengths and rates.

A scheduler's state holds its arguments: ``T_max``, ``total_steps``, ``milestones``, ``gamma``, the
base lrs; an optimizer's holds ``lr``, ``initial_lr``, ``weight_decay`` and the rest of each group.
``load_state_dict`` writes them over those of the constructor, and says nothing.

## Why it matters

A run of 30 epochs that is extended to 120 keeps the ``T_max`` of 30: the cosine is at zero at epoch
30, and rises back to its top by epoch 60. ``OneCycleLR`` raises once its old ``total_steps`` are
used up, hours into the run. Functions are the exception: ``LambdaLR`` does not save them.

## How to fix it

Plan the rest anew instead of loading the old plan: build the new scheduler, let it tick as often as
the old one had (or take the changed keys out of the state before loading it), and check the joined
curve with lrplan. Or keep the length, and end the run when its schedule ends.

## When it is fine

Nothing is reported where the changed plan leaves every argument as it was, or the curve the same.

## References

nodefluxio/vortex#70, the-database/traiNNer-redux#325, huggingface/transformers#9099
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, ResumeOptions, Rule, Severity
from lrplan.resume import ArgumentChange
from lrplan.rules.resume._resumed_run import describe_difference, differs, hit_scheduler

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 100%}
"""
_FIXES = {
    "scheduler": (
        "take the changed keys out of the saved state, or tick the new scheduler up to here instead"
    ),
    "optimizer": (
        "set them again after loading: in optimizer.param_groups, for lr also initial_lr and the"
        " scheduler's base_lrs"
    ),
}


def check(context: Context) -> Iterator[Hit]:
    """Arguments that the new plan asks for, and the states have overwritten."""
    resumed = context.resume
    if not (resumed.options.scheduler and differs(resumed)):
        return
    loaded = {"scheduler"} if resumed.options.optimizer == "lost" else {"scheduler", "optimizer"}
    changes = [each for each in resumed.changes if each.holder in loaded]
    if not changes:
        return
    kept = ", ".join(_words(change) for change in changes[:3])
    more = len(changes) - 3
    names = f"{kept} and {more} more" if more > 0 else kept
    message = f"the loaded state keeps {names}: {describe_difference(resumed)}"
    fix = "; ".join(dict.fromkeys(_FIXES[each.holder] for each in changes))
    yield from hit_scheduler(context, message, fix, path=changes[0].path)


def _words(change: ArgumentChange) -> str:
    return f"{change.name} {_value(change.saved)}, not {_value(change.wanted)}"


def _value(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


RULE = Rule(
    code="LRP853",
    name="resume-state-dict-overrides-arguments",
    severity=Severity.ERROR,
    needs="resume",
    summary="A loaded state overwrites the arguments that a changed plan asks for.",
    bad=(BAD,),
    good=(BAD,),
    check=check,
    supersedes=("resume-discontinuity",),
    resume=(ResumeOptions(at="20ep", training=("epochs=60",)), ResumeOptions(at="20ep")),
)
