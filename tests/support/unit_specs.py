"""Specs for the tests of the units family, and what it says about them."""

from __future__ import annotations

from tests.support import specs
from tests.support.rule_runs import findings
from tests.support.specs import SGD


def spec(training, scheduler, optimizer=SGD):
    return specs.spec(scheduler, training=f"{{{training}}}", optimizer=optimizer)


def units(text, *, static=True):
    """Findings of this family; most of its rules need no curve."""
    return [each for each in findings(text, static=static) if each.rule.startswith("LRP1")]


def only(text, *, static=True):
    (finding,) = units(text, static=static)
    return finding


def sequence(warmup, cosine, interval="interval: step"):
    return (
        f"{{type: SequentialLR, {interval}, milestones: [{warmup}], schedulers: ["
        f"{{type: LinearLR, start_factor: 0.01, total_iters: {warmup}}},"
        f" {{type: CosineAnnealingLR, T_max: {cosine}}}]}}"
    )


IMAGENET = "epochs: 90, steps_per_epoch: 5004"
SMALL = "epochs: 90, steps_per_epoch: 50"
WINDOWS = "epochs: 10, batches_per_epoch: 1251, accumulate: 4"  # 313 steps an epoch, 3,130 in all
SHARED = "epochs: 10, dataset_size: 51200, batch_size: 64, world_size: 8"
