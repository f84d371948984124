"""``_LRScheduler`` is an old name: the base class of schedulers is ``LRScheduler``.

torch 2.0 made the class public as ``LRScheduler`` and kept ``_LRScheduler`` as an empty subclass of
it. None of torch's own schedulers derives from the old name any more.

## Why it matters

``isinstance(scheduler, _LRScheduler)`` is False for every scheduler of torch from 2.0 on, so a
check by the old name refuses all of them, or takes the wrong branch. A class of one's own that
derives from it works.

## How to fix it

Write ``LRScheduler``. Where releases before 2.0 have to work, import it in a ``try`` that falls
back to the old name.

## When it is fine

A library that supports torch 1.x: an import inside ``try`` or under a check of the version is not
reported.

## References

Lightning-AI/pytorch-lightning#15912, Lightning-AI/pytorch-lightning#16211
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.edits import TextEdit
from lrplan.lint import Rule, RunContext, RunHit, Severity

_SCRIPT = """\
from torch.optim.lr_scheduler import _LRScheduler


class Inverse(_LRScheduler):
    def get_lr(self):
        return [base / (1 + self.last_epoch) for base in self.base_lrs]
"""


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Uses of the old name, but those that are meant for both."""
    code = context.observation.code
    if code is None:
        return
    for each in code.names:
        if not each.guarded:
            yield RunHit(
                location=code.location(each.place),
                message="`_LRScheduler` is the old name of LRScheduler, and no longer its class",
                fix="LRScheduler",
                edits=tuple(TextEdit(place, "LRScheduler") for place in each.spelled),
            )


RULE = Rule(
    code="LRP809",
    name="lrscheduler-class-rename",
    severity=Severity.INFO,
    needs="run",
    summary="`_LRScheduler` is an old name that torch's schedulers no longer have.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_SCRIPT,),
    good_source=(_SCRIPT.replace("_LRScheduler", "LRScheduler"),),
)
