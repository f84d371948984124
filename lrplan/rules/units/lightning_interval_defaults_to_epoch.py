"""Lightning ticks a scheduler once an epoch unless its mapping says ``interval: step``.

A bare scheduler returned from ``configure_optimizers`` ticks per epoch. So does one whose
``interval`` stands beside ``lr_scheduler`` instead of inside it: Lightning ignores it there, with a
warning. A schedule in steps then gets only a few ticks.

## Why it matters

The learning rate hardly changes. A line to 0 over 12 steps, in 3 epochs of 4, is still at 0.083 of
0.1 in the last one; a warm-up of some hundred steps hardly begins; ``OneCycleLR`` with
``trainer.estimated_stepping_batches`` stays in its first phase. Nothing fails.

## How to fix it

Give ``interval: step``; in code, inside the mapping:
``{"optimizer": o, "lr_scheduler": {"scheduler": s, "interval": "step"}}``.

## When it is fine

Schedules meant per epoch: write ``interval: epoch``, and horizon-in-steps-stepped-per-epoch checks
their lengths. Lengths with a unit are resolved to epochs, and fit.

## References

Lightning-AI/pytorch-lightning#4929, Lightning-AI/pytorch-lightning#6948,
Lightning-AI/pytorch-lightning#20436
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrplan.lint import Context, Hit, Rule, RunContext, RunHit, Severity
from lrplan.lint.facts.lengths import node_at
from lrplan.observation import ObservedScheduler
from lrplan.rules.units.horizon_in_steps_stepped_per_epoch import RULE as IN_STEPS

BAD = """\
training: {epochs: 30, steps_per_epoch: 100, loop: lightning}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: CosineAnnealingLR, T_max: 3000}
"""


_MODULE = """\
import lightning
import torch


class Classifier(lightning.LightningModule):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-3)
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=1e-3, total_steps=self.trainer.estimated_stepping_batches
        )
        return
"""


def _module(result: str) -> str:
    return _MODULE.replace("return\n", f"{result}\n")


def check(context: Context) -> Iterator[Hit]:
    """Lengths in steps on schedulers that leave ``interval`` to Lightning."""
    if context.clock.settings.loop != "lightning":
        return
    left = [
        top.path
        for top in context.plan.schedulers
        if node_at(context, top.path).get("interval") is None
    ]
    for hit in IN_STEPS.check(context):
        if any(hit.path.startswith(path) for path in left):
            why = "Lightning's `interval` is `epoch` where none is given"
            yield replace(hit, message=f"{hit.message}; {why}")


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Schedulers of a Lightning module that are meant per step, and have no interval."""
    code = context.observation.code
    for config in () if code is None else code.lightning:
        scheduler = context.observation.schedulers[config.scheduler]
        if config.interval is not None or not _in_steps(context, scheduler):
            continue
        beside = "interval" in config.misplaced
        yield RunHit(
            location=context.location(scheduler),
            message=(
                f"{scheduler.type} is planned in steps, and Lightning ticks it once an epoch"
                + ("; `interval` beside `lr_scheduler` is not read" if beside else "")
            ),
            fix='{"scheduler": ..., "interval": "step"} inside of "lr_scheduler"',
            scheduler=scheduler.index,
        )


def _in_steps(context: RunContext, scheduler: ObservedScheduler) -> bool:
    row = context.row(scheduler)
    lengths = [scheduler.units.get(name, {}) for name in scheduler.texts]
    if any(units.keys() == {"epochs"} for units in lengths):
        return "steps_per_epoch" in scheduler.texts
    in_steps = any(units.keys() & {"steps", "batches"} for units in lengths)
    return in_steps or (row is not None and row.name == "OneCycleLR")


RULE = Rule(
    code="LRP114",
    name="lightning-interval-defaults-to-epoch",
    severity=Severity.ERROR,
    needs="spec",
    summary="A schedule in steps leaves its interval to Lightning, which ticks per epoch.",
    bad=(
        BAD,
        BAD.replace(
            "CosineAnnealingLR, T_max: 3000", "OneCycleLR, max_lr: 0.01, total_steps: 3000"
        ),
    ),
    good=(
        BAD.replace("T_max: 3000", "T_max: 3000, interval: step"),
        BAD.replace("T_max: 3000", "T_max: 3000st"),
        BAD.replace("T_max: 3000", "T_max: 30"),
    ),
    check=check,
    check_run=check_run,
    seen_in="source",
    bad_source=(_module("return [optimizer], [scheduler]"),),
    good_source=(_module('return [optimizer], [{"scheduler": scheduler, "interval": "step"}]'),),
    level="unit",
    supersedes=(IN_STEPS.name, *IN_STEPS.supersedes),
    does_not_explain=("lr-zero-for-part-of-run",),
)
