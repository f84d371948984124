"""A scheduler of another package that is to drive some groups only leaves the others alone."""

import pytest

from tests.torch_objects.adapters.traced import THREE, applied

TRAINING = {"epochs": 6, "steps_per_epoch": 5}
EACH = {
    "warmup_scheduler": {
        "type": "warmup_scheduler:GradualWarmupScheduler",
        "multiplier": 1,
        "total_epoch": 5,
        "after_scheduler": {"type": "CosineAnnealingLR", "T_max": 25},
    },
    "pytorch_accelerated": {
        "type": "pytorch_accelerated:CosineLrScheduler",
        "num_warmup_epochs": 1,
    },
    "ignite": {
        "type": "ignite:create_lr_scheduler_with_warmup",
        "warmup_start_value": 0.01,
        "warmup_duration": 5,
        "lr_scheduler": {"type": "CosineAnnealingLR", "T_max": 25},
    },
    "mmengine": {"type": "mmengine:LinearLR", "start_factor": 0.1, "end": 10},
}


@pytest.mark.parametrize("package", EACH)
def test_the_groups_named_have_its_curve_and_the_others_their_rate(package):
    pytest.importorskip(package, reason=f"{package} is missing")
    scheduler = {**EACH[package], "interval": "step"}
    alone = applied(scheduler, rates=THREE[1:], training=TRAINING)
    lrs = applied({**scheduler, "groups": ["g1", "g2"]}, rates=THREE, training=TRAINING)
    assert set(lrs[:, 0]) == {THREE[0]}
    assert lrs[:, 1:].tolist() == alone.tolist()
