"""``step(epoch + i / iters)`` after ``optimizer.step()`` sets the value of the batch that is over.

``CosineAnnealingWarmRestarts`` takes a fraction of an epoch. With the number ``i`` of the batch
that was just trained, the next batch gets the value that this one should have had: each update runs
one batch late, and the first value is used twice.

## Why it matters

Little: one batch of the epoch. But the curve of the run is not the one that is planned, and a plot
of the scheduler alone does not show it.

## How to fix it

Write ``step(epoch + (i + 1) / iters)``, or step before ``optimizer.step()``.

## When it is fine

Batches that are counted from 1 (``enumerate(loader, 1)``), and a scheduler that is stepped before
the optimizer, are not reported.

## References

pytorch/pytorch#117540
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, script

_WITH_FRACTIONS = "CosineAnnealingWarmRestarts"


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Ticks after the step that are given the number of the batch that is over."""
    code = context.observation.code
    if code is None:
        return
    for act in code.acts():
        if act.kind != "scheduler_tick" or not act.is_given_batch:
            continue
        scheduler = code.schedulers[act.index]
        ticks = context.facts.ticks.get(act.index)
        is_after = ticks is not None and not ticks.before_first_step
        if scheduler.type == _WITH_FRACTIONS and scheduler.module.startswith("torch") and is_after:
            given = act.arguments[0].text
            yield RunHit(
                location=code.location(act.place),
                message=(
                    f"step({given}) after the update sets the value of the batch that is over: each"
                    " update runs one batch late"
                ),
                fix="count the batch that comes next: (i + 1) in place of i",
                scheduler=scheduler.index,
            )


def _example(number: str) -> str:
    return (
        script(
            "CosineAnnealingWarmRestarts(optimizer, T_0=5)",
            made=("i, iters = 0, len(loader)",),
            step="optimizer.step()",
        )
        .replace("for (x,) in loader:", "for i, (x,) in enumerate(loader):")
        .replace(
            "        optimizer.step()\n",
            f"        optimizer.step()\n        scheduler.step(epoch + {number} / iters)\n",
        )
    )


RULE = Rule(
    code="LRP607",
    name="warm-restarts-fractional-step-lag",
    severity=Severity.INFO,
    needs="run",
    summary="Warm restarts are stepped with the number of the batch that is over.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_example("i"),),
    good_source=(_example("(i + 1)"),),
)
