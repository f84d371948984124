"""A plateau is given one and the same value every time, so it cuts whatever the training does.

``ReduceLROnPlateau`` cuts after ``patience`` values that are no better than the best one. A value
that never changes is never better: a best loss so far, the learning rate, or a metric that is
computed once before the loop.

## Why it matters

With ``patience=10`` and a constant metric, the learning rate is cut after values 12, 23 and 34, by
the default ``factor`` to a thousandth of what it was.

## How to fix it

Hand the plateau what was measured in this epoch: ``scheduler.step(val_loss)``.

## When it is fine

A run of a few epochs in which nothing is learned yet. Fewer than three values are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity, count, number, script
from lrplan.rules.plateau._observed_plateaus import observed_plateaus

_FEWEST = 3


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Plateaus whose values are all equal."""
    for plateau in observed_plateaus(context):
        metrics = plateau.metrics
        first = metrics[0] if metrics else float("nan")
        if len(metrics) >= _FEWEST and all(value == first for value in metrics):
            yield RunHit(
                location=plateau.ticks.first.location or context.location(plateau.scheduler),
                message=(
                    f"{plateau.scheduler.type} is given {number(first)} at each of its"
                    f" {count(len(metrics), 'step')}: it cuts as if nothing ever improved"
                ),
                fix="give it the metric of the epoch that has just ended",
                scheduler=plateau.scheduler.index,
            )


def _example(metric: str) -> str:
    return script(
        "ReduceLROnPlateau(optimizer, patience=2)",
        made=("best = 1.0",),
        after_epoch=(f"scheduler.step({metric})",),
    )


RULE = Rule(
    code="LRP511",
    name="plateau-metric-constant",
    severity=Severity.WARNING,
    needs="run",
    summary="A plateau is given the same value every time.",
    check_run=check_run,
    seen_in="recording",
    bad_source=(_example("best"),),
    good_source=(_example("loss.item()"),),
)
