"""Learning rates that grow with the samples of a step, such as ``lr: 5e-4 per 512sp``."""

import pytest
import yaml

import lrplan
from tests.support.spec_validator import spec_validator
from tests.support.specs import spec

TRAINING = {"epochs": 2, "dataset_size": 8192, "batch_size": 64, "world_size": 4, "accumulate": 2}


def lrs(folder, optimizer, training=TRAINING):
    path = folder / "spec.yaml"
    path.write_text(spec(training=training, optimizer=optimizer), "utf-8")
    plan = lrplan.load(path)["run"]
    return {group: float(values[0]) for group, values in plan.simulate().lr.items()}


def test_the_lr_is_that_of_all_samples_of_a_step(tmp_path):
    # 64 samples x 4 devices x 2 batches = 512 samples a step
    wanted = {"5e-4 per 512sp": 5e-4, "0.1 per 256sp": 0.2, "1.5e-4 per 1_024 sp": 7.5e-5}
    found = {text: lrs(tmp_path, {"type": "SGD", "lr": text})["all"] for text in wanted}
    assert found == pytest.approx(wanted, rel=1e-15)


def test_groups_take_it_and_multiples_of_it(tmp_path):
    groups = {"a": {"lr": "0.1x"}, "b": {"lr": "0.3 per 1024sp"}, "c": {}}
    found = lrs(tmp_path, {"type": "SGD", "lr": "0.1 per 256sp", "groups": groups})
    assert found == pytest.approx({"a": 0.02, "b": 0.15, "c": 0.2}, rel=1e-15)


def test_floors_of_schedulers_take_it(tmp_path):
    path = tmp_path / "spec.yaml"
    cosine = "{type: CosineAnnealingLR, T_max: 100%, eta_min: 1e-3 per 256sp, interval: step}"
    path.write_text(spec(cosine, training=TRAINING, optimizer="{type: SGD, lr: 0.1}"), "utf-8")
    plan = lrplan.load(path)["run"].resolved
    assert plan.schedulers[0].arguments["eta_min"] == pytest.approx(2e-3, rel=1e-15)


@pytest.mark.parametrize(
    ("training", "lr", "message"),
    [
        ({"steps": 10}, "5e-4 per 512sp", "needs the samples of a step, which are not known"),
        (TRAINING, "5e-4 per 0sp", "cannot be given for 0 samples"),
        (TRAINING, "5e-4 per 512", "must be a number"),
        (TRAINING, "5e-4 per 512tok", "must be a number"),
        (TRAINING, "-5e-4 per 512sp", "must be a number"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(tmp_path, training, lr, message):
    with pytest.raises(lrplan.SpecError) as error:
        lrs(tmp_path, {"type": "SGD", "lr": lr}, training)
    (finding,) = error.value.findings
    assert message in finding.message
    assert finding.path == "schedules.run.optimizer.lr"


@pytest.mark.parametrize(("lr", "is_valid"), [("5e-4 per 512sp", True), ("5e-4 per 512", False)])
def test_the_schema_takes_what_the_loader_takes(lr, is_valid):
    text = spec(training=TRAINING, optimizer={"type": "SGD", "lr": lr, "groups": {"a": {"lr": lr}}})
    validator = spec_validator()
    assert validator.is_valid(yaml.safe_load(text)) is is_valid
