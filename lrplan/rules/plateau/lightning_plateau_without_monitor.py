"""In Lightning a plateau needs ``monitor``, the name of the metric that it reads.

Lightning calls ``scheduler.step(metric)`` with a value that the module has logged. Which one, only
``monitor`` says.

## Why it matters

Without it Lightning raises ``MisconfigurationException`` before the first step.

## How to fix it

``{"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "monitor": "val_loss"}}``, with
the name under which the module logs the metric.

## When it is fine

With manual optimization, where the module steps the scheduler itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Rule, RunContext, RunHit, Severity

_MODULE = """\
import lightning
import torch


class Classifier(lightning.LightningModule):
    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-3)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
        return [optimizer], [CONFIG]
"""


def check_run(context: RunContext) -> Iterator[RunHit]:
    """Plateaus that a Lightning module configures without a metric."""
    code = context.observation.code
    if code is None or code.manual_optimization:
        return
    for config in code.lightning:
        scheduler = context.observation.schedulers[config.scheduler]
        row = context.row(scheduler)
        if row is not None and row.reads_metric and config.monitor is None:
            yield RunHit(
                location=context.location(scheduler),
                message="Lightning does not know which metric to give to ReduceLROnPlateau",
                fix='{"scheduler": ..., "monitor": "val_loss"}',
                scheduler=config.scheduler,
            )


RULE = Rule(
    code="LRP512",
    name="lightning-plateau-without-monitor",
    severity=Severity.ERROR,
    needs="run",
    summary="A plateau of a Lightning module has no `monitor`.",
    check_run=check_run,
    seen_in="source",
    bad_source=(_MODULE.replace("CONFIG", "scheduler"),),
    good_source=(_MODULE.replace("CONFIG", '{"scheduler": scheduler, "monitor": "val_loss"}'),),
)
