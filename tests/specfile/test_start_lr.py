"""``start_lr`` of a ``warmup``: its first learning rate, in place of a factor."""

import numpy as np
import pytest

import lrplan
from tests.support.specs import spec

TRAINING = {"steps": 20, "batch_size": 64, "world_size": 8}


def load(folder, warmup, optimizer="{type: SGD, lr: 0.4}"):
    path = folder / "spec.yaml"
    scheduler = f"{{type: StepLR, step_size: 12, interval: step, warmup: {warmup}}}"
    path.write_text(spec(scheduler, training=TRAINING, optimizer=optimizer), "utf-8")
    return lrplan.load(path)["run"]


@pytest.mark.parametrize(
    ("written", "first"), [("0.1", 0.1), ("0", 0.0), ("0.5", 0.5), ("0.01 per 256sp", 0.02)]
)
@pytest.mark.parametrize("mode", ["before", "mask", "multiply"])
def test_the_warm_up_is_a_line_from_it(tmp_path, written, first, mode):
    plan = load(tmp_path, f"{{length: 8, start_lr: {written}, mode: {mode}}}")
    found = plan.simulate().lr["all"][:8]
    wanted = [first + (0.4 - first) * step / 8 for step in range(8)]
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-15)


def test_groups_of_one_lr_share_it(tmp_path):
    optimizer = "{type: SGD, lr: 0.4, groups: {a: {}, b: {weight_decay: 0.1}}}"
    values = load(tmp_path, "{length: 8, start_lr: 0.1}", optimizer).simulate().lr
    assert [lr[0] for lr in values.values()] == pytest.approx([0.1, 0.1], rel=1e-15)


@pytest.mark.parametrize(
    ("warmup", "optimizer", "message"),
    [
        ("{length: 8, start_lr: 0.1, start: 0.2}", "{type: SGD, lr: 0.4}", "say the same"),
        (
            "{length: 8, start_lr: 0.1}",
            "{type: SGD, lr: 0.4, groups: {a: {}, b: {lr: 0.1}}}",
            "is for groups of one lr, and these have several",
        ),
        ("{length: 8, start_lr: 0.1}", "{type: SGD, lr: 0}", "needs the lr of the optimizer"),
        ("{length: 8, start_lr: -0.1}", "{type: SGD, lr: 0.4}", "must be at least 0"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path, warmup, optimizer, message):
    with pytest.raises(lrplan.SpecError) as error:
        load(tmp_path, warmup, optimizer)
    (finding,) = error.value.findings
    assert message in finding.message
    assert finding.path == "schedules.run.scheduler.warmup.start_lr"
