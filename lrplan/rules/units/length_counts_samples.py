"""A length of a schedule counts samples where it has to count batches.

``len(dataset)`` is the number of samples; ``len(loader)`` is that of batches, and of updates. They
differ by the batch size.

## Why it matters

With ``steps_per_epoch=len(dataset)`` and batches of 64, ``OneCycleLR`` plans 64 times as many ticks
as there are: the run ends in its warm-up, and the learning rate never reaches its peak.

## How to fix it

``len(loader)``, divided by the batches of one update where gradients are accumulated.

## When it is fine

Batches of one sample. A length that is divided by a batch size is not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.catalog import SchedulerRow
from lrplan.lint import Rule, RunContext, RunHit, Severity, script


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Lengths that are a number of samples, not divided by a batch size."""
    code = context.observation.code
    if code is None:
        return
    for each in code.schedulers:
        row = context.row(context.observation.schedulers[each.index])
        lengths = set() if row is None else _lengths(row)
        for name, value in each.arguments.items():
            units = value.units or {}
            if name in lengths and units.get("samples", 0) > 0 and "batch_size" not in units:
                yield RunHit(
                    location=code.location(value.place),
                    message=f"{name}={value.text} counts samples, and {each.type} counts ticks",
                    fix="count the batches: len(loader)",
                    scheduler=each.index,
                )


def _lengths(row: SchedulerRow) -> set[str]:
    kinds = {"duration", "durations"}
    return {"steps_per_epoch", *(each.name for each in row.arguments if each.kind in kinds)}


def _example(length: str) -> str:
    made = f"scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10 * len({length}))"
    return script("", made=(made,), after_step=("scheduler.step()",))


RULE = Rule(
    code="LRP119",
    name="length-counts-samples",
    severity=Severity.ERROR,
    needs="run",
    summary="A length of a schedule is a number of samples, not of batches.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_example("data"),),
    good_source=(_example("loader"),),
    level="unit",
)
