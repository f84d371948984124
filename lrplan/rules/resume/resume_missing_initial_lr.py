"""``last_epoch`` resumes a schedule in a script; a spec always describes the whole schedule.

With ``last_epoch=4`` a scheduler goes on at tick 5, and looks for the ``initial_lr`` that an
earlier one left in the parameter groups. A fresh optimizer has none.

## Why it matters

On torch 2.13 every scheduler raises ``KeyError: param 'initial_lr' is not specified`` then, and
``OneCycleLR`` misses ``max_lr`` as well. ``SequentialLR`` raises nothing, and begins with its first
member again. Setting ``initial_lr`` by hand gets past the error, but
leaves the learning rate where the optimizer had it, not where the schedule was.

## How to fix it

Delete it; ``last_epoch: -1``, the default, says nothing and is let pass. To resume, build optimizer
and scheduler as at first, then load both from the checkpoint: ``optimizer.load_state_dict(...)``,
``scheduler.load_state_dict(...)``. To look at the whole plan, let the spec's run be as long as all
its parts together; ``training.horizon`` is for one that stops early.

## References

stefanopini/simple-HRNet#33, mozilla/TTS#57
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.catalog import SCHEDULERS
from lrplan.lint import Edit, Explanation, Finding, Rule, RunContext, RunHit, Severity, script
from lrplan.lint.facts.problem_text import argument_in
from lrplan.observation import ObservedOptimizer
from lrplan.rules.resume._resumed_run import AS_DOCUMENTED

_MISSES = ("cannot be built: 'max_lr'", "cannot be built: 'initial_lr'")
BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10, last_epoch: 4}
"""


def explains(finding: Finding) -> Explanation | None:
    """An unknown key ``last_epoch`` of a scheduler, or one that a resume gives to it."""
    if finding.name == "cannot-build" and finding.message.endswith(_MISSES):
        message = (
            f"{finding.message}: built with last_epoch, it looks for what the interrupted run left"
        )
        return Explanation(f"{message} in the parameter groups", AS_DOCUMENTED)
    if finding.name != "unknown-key" or argument_in(finding.path) != "last_epoch":
        return None
    if ".scheduler" not in finding.path:
        return None
    row = SCHEDULERS.get(finding.message.rpartition(" for ")[2])
    if row is not None and row.family == "torch" and not row.takes_last_epoch:
        return None
    if row is not None and row.container == "sequential":
        message = f"`last_epoch` resumes a schedule, but {row.name} starts its first member again"
        return Explanation(f"{message}, for every number", AS_DOCUMENTED)
    message = "`last_epoch` resumes a schedule: with a fresh optimizer, which has no `initial_lr`,"
    fix = "delete it, and resume with load_state_dict"
    return Explanation(f"{message} torch raises KeyError", fix, (Edit(finding.path, None),))


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers that are made to continue, on an optimizer whose state nobody has loaded."""
    loaded = {
        each.index
        for each in context.facts.states
        if each.kind == "state_loaded" and each.of == "optimizer"
    }
    for scheduler in context.observation.schedulers:
        optimizer, row = context.optimizer(scheduler.optimizer), context.row(scheduler)
        last_epoch = scheduler.arguments.get("last_epoch", -1)
        if row is None or optimizer is None or not isinstance(last_epoch, int) or last_epoch < 0:
            continue
        if optimizer.index in loaded or optimizer.escapes or _has_initial_lr(context, optimizer):
            continue
        yield RunHit(
            location=context.location(scheduler),
            message=(
                f"{scheduler.type} is made with last_epoch={last_epoch}, and the groups of the"
                " optimizer have no initial_lr: torch raises KeyError"
            ),
            fix="leave last_epoch out, and load the states of optimizer and scheduler",
            scheduler=scheduler.index,
        )


def _has_initial_lr(context: RunContext, optimizer: ObservedOptimizer) -> bool:
    """Return True if its groups have one, or an earlier scheduler, which writes it."""
    if any("initial_lr" in group.options for group in optimizer.groups):
        return True
    made = [each for each in context.observation.schedulers if each.optimizer == optimizer.index]
    return any(each.arguments.get("last_epoch", -1) == -1 for each in made)


def _example(more: str) -> str:
    return script(
        f"StepLR(optimizer, step_size=3{more})", epochs=5, after_epoch=("scheduler.step()",)
    )


RULE = Rule(
    code="LRP851",
    name="resume-missing-initial-lr",
    severity=Severity.ERROR,
    needs="spec",
    summary="`last_epoch` is given for a new run.",
    bad=(BAD,),
    good=(BAD.replace(", last_epoch: 4", ""),),
    check_run=check_run,
    bad_source=(_example(", last_epoch=4"),),
    good_source=(_example(""),),
    reword_problem=explains,
)
