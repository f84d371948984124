"""Processes that train together apply different learning rates.

In data-parallel training every process has an optimizer and a scheduler of its own. Nothing keeps
them together but that all of them do the same: the same number of batches, of ticks, and the same
metric.

## Why it matters

The replicas share gradients, and then step by different amounts: their weights drift apart, and
what is saved is that of process 0. Its log looks right.

## How to fix it

Hand the same metric to each (``torch.distributed.all_reduce``), give every process as many batches
(``DistributedSampler``, ``drop_last=True``), and step the scheduler in all of them, not in process
0 alone.

## When it is fine

Processes that train different things, such as the stages of a pipeline. They are not compared where
their groups differ in name or number.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from lrplan.lint import Location, Rule, RunContext, RunHit, Severity, number, script


def check_run(context: RunContext) -> Iterator[RunHit]:
    """The first difference of each process."""
    reported: set[int] = set()
    for each in context.observation.rank_differences:
        if each.rank in reported:
            continue
        reported.add(each.rank)
        optimizer = context.optimizer(each.optimizer)
        location = None if optimizer is None else optimizer.location
        scheduler = next((one for one in context.tops if one.optimizer == each.optimizer), None)
        if scheduler is not None:
            location = scheduler.location or location
        applied = f"applies {number(each.lr)}" if isfinite(each.lr) else "has no such update"
        yield RunHit(
            location=location or Location(file=context.observation.file),
            message=(
                f"process {each.rank} {applied} at step {each.step:,}, where process 0 applies"
                f" {number(each.lr_of_rank_0)}"
            ),
            fix="do in every process what is done in process 0, with the same metric",
            step=each.step,
            scheduler=None if scheduler is None else scheduler.index,
        )


_RANK = 'rank = int(__import__("os").environ.get("RANK", 0))'

RULE = Rule(
    code="LRP867",
    name="ranks-differ",
    severity=Severity.ERROR,
    needs="run",
    summary="Processes that train together apply different learning rates.",
    check_run=check_run,
    seen_in="recording",
    bad_source=(
        script(
            "StepLR(optimizer, step_size=3)",
            made=(_RANK,),
            after_epoch=("if rank == 0:", "    scheduler.step()"),
        ),
    ),
    good_source=(
        script("StepLR(optimizer, step_size=3)", made=(_RANK,), after_epoch=("scheduler.step()",)),
    ),
)
