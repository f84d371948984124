"""Functions are not part of a saved state: after a resume, those of the new script are used.

``LambdaLR.state_dict()`` writes ``None`` for every plain function or lambda, and so do
``MultiplicativeLR`` and the ``scale_fn`` of ``CyclicLR``. ``torch.save`` of such a scheduler itself
fails, because a lambda cannot be pickled.

## Why it matters

If you change the expression between two runs, the new one is used from the checkpoint on, without a
warning; with ``T_max`` and other plain arguments it is the other way round.

## How to fix it

Save the state, not the scheduler. Keep the spec with the checkpoint, and pin its curve with
``lrplan lock``, so that you notice a changed expression.

## References

Documentation of ``torch.optim.lr_scheduler.LambdaLR.state_dict``; pytorch/pytorch#88684
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, ResumeOptions, Rule, Severity, count

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LambdaLR, lr_lambda: "1 - 0.9 * epoch / 30"}
"""
GOOD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: LinearLR, start_factor: 1, end_factor: 0.1, total_iters: 30}
"""


def check(context: Context) -> Iterator[Hit]:
    """Schedulers with functions whose state is loaded."""
    resumed = context.resume
    if not resumed.options.scheduler:
        return
    for span in context.spans():
        scheduler = span.scheduler
        names = (each.name for each in scheduler.row.arguments if each.kind == "expression")
        name = next(names, "")
        if scheduler.row.family != "torch":
            continue
        value = scheduler.arguments.get(name)
        if value is not None:
            functions = count(len(value) if isinstance(value, list) else 1, "function")
            yield Hit(
                path=context.path_of(scheduler, name),
                message=(
                    f"the state of {scheduler.type} does not save {functions}: from step"
                    f" {resumed.step:,} on, the resumed script's own definition is used"
                ),
                fix="keep the spec with the checkpoint, and pin its curve: lrplan lock",
                step=resumed.step,
            )


RULE = Rule(
    code="LRP858",
    name="lambda-not-saved",
    severity=Severity.INFO,
    needs="resume",
    summary="Functions such as `lr_lambda` are not saved: those of the resumed script count.",
    bad=(BAD,),
    good=(GOOD,),
    check=check,
    resume=(ResumeOptions(at="12ep"), ResumeOptions(at="12ep")),
)
