"""``verbose`` is no longer an argument of schedulers.

Up to torch 2.6 every scheduler took ``verbose``: it printed the new learning rate at each change.
It was deprecated in 2.2 and is a ``TypeError`` from 2.7 on.

## How to fix it

Delete it. ``lrplan table`` shows the learning rates before the run; in training read
``scheduler.get_last_lr()``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Edit, Explanation, Finding, Hit, Rule, Severity

BAD = """\
training: {epochs: 30, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 10, verbose: true}
"""


def check(_: Context) -> Iterator[Hit]:
    """Nothing: a spec with the argument does not load, see ``explains``."""
    yield from ()


def explains(finding: Finding) -> Explanation | None:
    """An unknown key ``verbose``."""
    if finding.name == "unknown-key" and finding.path.endswith(".verbose"):
        message = "`verbose` was removed from every scheduler in torch 2.7"
        return Explanation(message, "delete it", (Edit(finding.path, None),))
    return None


RULE = Rule(
    code="LRP803",
    name="verbose-argument-removed",
    family="optimizer",
    severity=Severity.ERROR,
    needs="spec",
    summary="`verbose` was removed from schedulers in torch 2.7.",
    bad=(BAD,),
    good=(BAD.replace(", verbose: true", ""),),
    check=check,
    explains=explains,
)
