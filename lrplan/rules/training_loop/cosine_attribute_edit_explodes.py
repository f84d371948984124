"""Changing a length of a scheduler while it runs breaks the formulas that go from step to step.

``CosineAnnealingLR`` computes each value from the one before: the ratio of two neighbours on the
curve that ``T_max`` and ``eta_min`` make. With another ``T_max`` the ratios are those of another
curve, and the values leave it.

## Why it matters

With T_max set from 10 to 8 at step 8, the learning rate later rises to 3.5 times its base value;
with 20 in place of 10 it stays far below the curve. Nothing warns.

## How to fix it

Make a new scheduler for the rest of the run, from the learning rate that is in use, or plan the
whole length before the run starts.

## When it is fine

Before the first ``step()``: an attribute that is set outside of the loop is not reported.

## References

pytorch/pytorch#60265, pytorch/pytorch#40971
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, script


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Arguments of a scheduler that moves from value to value, set again in a loop."""
    code = context.observation.code
    if code is None:
        return
    for each in context.observation.schedulers:
        row = context.row(each)
        if row is None or row.update != "moves" or not each.module.startswith("torch"):
            continue
        for write in code.schedulers[each.index].written:
            if not write.in_loop:
                continue
            if row.argument(write.name) is not None:
                yield RunHit(
                    location=code.location(write.place),
                    message=(
                        f"{each.type} goes on from its last value: with another {write.name} in"
                        " the middle of the run it leaves its curve"
                    ),
                    fix="make a new scheduler for the rest of the run",
                    scheduler=each.index,
                )


_MADE = "CosineAnnealingLR(optimizer, T_max=10)"

RULE = Rule(
    code="LRP869",
    name="cosine-attribute-edit-explodes",
    severity=Severity.ERROR,
    needs="run",
    summary="A length of a recursive scheduler is changed while it runs.",
    check_run=check_run,
    seen_in="source",
    bad_source=(
        script(
            _MADE,
            after_epoch=("if epoch == 8:", "    scheduler.T_max = 20", "scheduler.step()"),
        ),
    ),
    good_source=(script(_MADE, after_epoch=("scheduler.step()",)),),
)
