"""Each device of a parallel run decides for itself when a plateau cuts.

In data-parallel training every process has its own scheduler. If each gets the metric of its own
part of the validation data, each may cut at another epoch, and from then on the replicas train at
different learning rates although they share gradients.

## Why it matters

There is no error, and the curve of rank 0, which is logged, looks right. A plateau that was passed
to ``accelerator.prepare`` (accelerate 1.15) fails differently: on two processes it is stepped twice
per call, and ``patience: 2`` on a flat metric cuts after updates 2, 4, 5, 7 and 8.

## How to fix it

Reduce the metric over all ranks before ``step()``: ``torch.distributed.all_reduce``, or
``self.log(..., sync_dist=True)`` in Lightning. Do not prepare a plateau with accelerate.

## When it is fine

If the metric is reduced already, or every rank computes it on the whole validation set. A spec
cannot say so, so this is only an info. Silence it with ``ignore`` on the schedule.

## References

lucidrains/DALLE-pytorch#268, huggingface/accelerate#3797
"""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.lint import Context, Hit, Rule, Severity
from lrplan.lint.facts.plateaus import plateaus
from lrplan.rules.plateau._plateau import metric_name

BAD = """\
training: {epochs: 10, dataset_size: 8000, batch_size: 32, world_size: 8}
schedules:
  run:
    optimizer: {type: AdamW, lr: 1e-3}
    scheduler: {type: ReduceLROnPlateau, patience: 1}
    metrics: {val_loss: [1, 0.8, 0.7, 0.7, 0.7, 0.7, 0.6, 0.6, 0.6, 0.6]}
"""


def check(context: Context) -> Iterator[Hit]:
    """A plateau in a run on more than one device."""
    devices = context.clock.settings.world_size
    if devices < 2:
        return
    for span in plateaus(context):
        yield Hit(
            path=context.path_of(span.scheduler, "type"),
            message=(
                f"{devices:,} devices decide on their own when to cut, each by its own"
                f" `{metric_name(span) or 'metric'}`"
            ),
            fix="reduce the metric over all ranks before step()",
        )


RULE = Rule(
    code="LRP509",
    name="plateau-ranks-diverge",
    severity=Severity.INFO,
    needs="spec",
    summary="A plateau on several devices needs a metric reduced over them.",
    bad=(BAD,),
    good=(BAD.replace(", world_size: 8", ""),),
    check=check,
)
