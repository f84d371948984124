"""Samples per step beside those that the rates were tuned for."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from tests.support.unit_specs import spec, units

RUN = "epochs: 10, dataset_size: 204800"


def told(training, optimizer="{type: SGD, lr: 0.1}"):
    reported = units(spec(f"{RUN}, {training}", "[]", optimizer))
    return [each for each in reported if each.name == "batch-size-lr-scaling"]


@pytest.mark.parametrize(
    ("training", "ratio"),
    [
        ("batch_size: 2048, base_batch_size: 256", "8"),
        ("batch_size: 256, world_size: 8, base_batch_size: 256", "8"),
        ("batch_size: 64, world_size: 8, accumulate: 4, base_batch_size: 256", "8"),
        ("batch_size: 32, base_batch_size: 256", "0.125"),
    ],
)
def test_devices_and_accumulation_count(training, ratio):
    (found,) = told(training)
    assert found.severity is Severity.INFO
    assert f"tuned for 256 samples a step, and this run has {int(256 * float(ratio)):,}" in (
        found.message
    )


@pytest.mark.parametrize(
    ("optimizer", "fix"),
    [
        ("{type: SGD, lr: 0.1}", "lr times it: 0.8"),
        ("{type: AdamW, lr: 1e-3}", "lr times its square root: 0.002828"),
        (
            "{type: SGD, groups: {body: {lr: 0.1}, head: {lr: 0.2}}}",
            "lr times it: 0.8, 1.6",
        ),
    ],
)
def test_the_rate_is_scaled_as_the_optimizer_wants(optimizer, fix):
    (found,) = told("batch_size: 2048, base_batch_size: 256", optimizer)
    assert found.fix == fix


@pytest.mark.parametrize(
    "training",
    [
        "batch_size: 2048",
        "batch_size: 2048, base_batch_size: 2048",
        "batch_size: 512, base_batch_size: 256",
        "batch_size: 128, base_batch_size: 256",
    ],
)
def test_without_a_base_or_near_it_nothing_is_said(training):
    assert told(training) == []


def test_without_a_batch_size_there_is_nothing_to_compare():
    text = spec("epochs: 10, steps_per_epoch: 100, base_batch_size: 256", "[]")
    assert units(text) == []
