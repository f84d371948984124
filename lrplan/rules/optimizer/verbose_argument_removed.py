"""``verbose`` is no longer an argument of schedulers.

Up to torch 2.6 every scheduler took ``verbose``: it printed the new learning rate at each change.
It was deprecated in 2.2 and is a ``TypeError`` from 2.7 on.

## How to fix it

Delete it. ``lrplan table`` shows the learning rates before the run; in training read
``scheduler.get_last_lr()``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.edits import TextEdit
from lrplan.lint import Edit, Explanation, Finding, Rule, RunContext, RunHit, Severity, script
from lrplan.lint.torch_release import parse_version

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10, verbose: true}
"""


def explains(finding: Finding) -> Explanation | None:
    """An unknown key ``verbose``."""
    if finding.name == "unknown-key" and finding.path.endswith(".verbose"):
        message = "`verbose` was removed from every scheduler in torch 2.7"
        return Explanation(message, "delete it", (Edit(finding.path, None),))
    return None


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers of torch that a script makes with ``verbose``."""
    code = context.observation.code
    if code is None:
        return
    for each in code.schedulers:
        if "verbose" not in each.arguments or not each.module.startswith("torch"):
            continue
        release = context.observation.torch
        is_removed = not release or parse_version(release) >= (2, 7)
        yield RunHit(
            location=code.location(each.keywords.get("verbose", each.place)),
            message=(
                f"{each.type} has no argument `verbose` from torch 2.7 on: TypeError"
                if is_removed
                else "`verbose` is deprecated, and removed in torch 2.7"
            ),
            fix="delete it; get_last_lr() has the value to print",
            edits=tuple(
                TextEdit(place, "") for name, place in each.removals.items() if name == "verbose"
            ),
            severity=None if is_removed else Severity.INFO,
            scheduler=each.index,
        )


RULE = Rule(
    code="LRP803",
    name="verbose-argument-removed",
    severity=Severity.ERROR,
    needs="spec",
    summary="`verbose` was removed from schedulers in torch 2.7.",
    bad=(BAD,),
    good=(BAD.replace(", verbose: true", ""),),
    check_run=check_run,
    seen_in="source",
    bad_source=(
        script("StepLR(optimizer, step_size=3, verbose=True)", after_epoch=("scheduler.step()",)),
    ),
    good_source=(script("StepLR(optimizer, step_size=3)", after_epoch=("scheduler.step()",)),),
    reword_problem=explains,
)
