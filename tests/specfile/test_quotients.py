"""Ratios that are written as quotients, such as ``start: 1 / 2001``."""

import pytest
import yaml

import lrplan
from tests.support.spec_validator import spec_validator
from tests.support.specs import spec

RAMP = "{{type: StepLR, step_size: 9, interval: step, warmup: {{length: 4, start: {}}}}}"
FLOOR = "{{type: CosineAnnealingLR, T_max: 20, interval: step, eta_min: {}}}"


def load(folder, scheduler):
    path = folder / "spec.yaml"
    path.write_text(spec(scheduler, steps=20, optimizer="{type: SGD, lr: 0.5}"), "utf-8")
    return lrplan.load(path)["run"]


def is_valid(scheduler):
    text = spec(scheduler, steps=20, optimizer="{type: SGD, lr: 0.5}")
    return spec_validator().is_valid(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("written", "wanted"), [("1 / 2001", 1 / 2001), ("1e-6/5e-4", 1e-6 / 5e-4), ("1_0/4_0", 0.25)]
)
def test_a_ratio_is_the_quotient(tmp_path, written, wanted):
    first = load(tmp_path, RAMP.format(written)).simulate().lr["all"][0]
    assert first == pytest.approx(0.5 * wanted, rel=1e-15)
    assert is_valid(RAMP.format(written))


def test_a_multiple_is_one_too(tmp_path):
    scheduler = load(tmp_path, FLOOR.format("1e-6 / 5e-5x")).resolved.schedulers[0]
    assert scheduler.arguments["eta_min"] == pytest.approx(0.5 * 0.02, rel=1e-15)
    assert is_valid(FLOOR.format("1e-6 / 5e-5x"))


@pytest.mark.parametrize(
    "scheduler",
    [
        RAMP.format("1 / 0"),
        RAMP.format("1e300 / 1e-300"),
        RAMP.format("-1 / 2"),
        RAMP.format("1 / 2 / 3"),
        FLOOR.format("1 / 2"),
    ],
)
def test_other_texts_are_no_numbers(tmp_path, scheduler):
    with pytest.raises(lrplan.SpecError, match="must be a number"):
        load(tmp_path, scheduler)
