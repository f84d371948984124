"""DeepSpeed's schedulers: what lrplan shows is what the real ones give in the engine's order."""

import subprocess
import sys

import numpy as np
import pytest
from torch.optim import Adam

from lrplan.catalog.third_party.deepspeed import ROWS
from lrplan.torch_objects.adapters import deepspeed as adapter
from tests.torch_objects.adapters.traced import (
    ONE,
    THREE,
    applied,
    by_row,
    by_signature,
    rates_of,
    sgd,
    trace_of,
)

pytest.importorskip("deepspeed", reason="deepspeed is missing")

STEPS = 30
CASES = {
    "warmup": ("WarmupLR", {"warmup_num_steps": 5}),
    "warmup-linear": (
        "WarmupLR",
        {"warmup_min_lr": 0.01, "warmup_num_steps": 5, "warmup_type": "linear"},
    ),
    "decay": ("WarmupDecayLR", {"total_num_steps": 20, "warmup_num_steps": 5}),
    "decay-linear": (
        "WarmupDecayLR",
        {
            "total_num_steps": 20,
            "warmup_num_steps": 5,
            "warmup_type": "linear",
            "warmup_max_lr": 0.5,
        },
    ),
    "cosine": ("WarmupCosineLR", {"total_num_steps": 20, "warmup_num_steps": 5}),
    "cosine-linear": (
        "WarmupCosineLR",
        {
            "total_num_steps": 20,
            "warmup_num_steps": 5,
            "warmup_type": "linear",
            "warmup_min_ratio": 0.1,
            "cos_min_ratio": 0.01,
        },
    ),
    "one-cycle": (
        "OneCycle",
        {
            "cycle_min_lr": 0.1,
            "cycle_max_lr": 1.0,
            "cycle_first_step_size": 6,
            "cycle_second_step_size": 9,
            "decay_step_size": 4,
            "decay_lr_rate": 0.5,
            "cycle_momentum": False,
        },
    ),
    "one-cycle-stairs": (
        "OneCycle",
        {
            "cycle_min_lr": 0.1,
            "cycle_max_lr": 1.0,
            "cycle_first_step_size": 10,
            "cycle_first_stair_count": 5,
            "cycle_momentum": False,
        },
    ),
    "range-test": (
        "LRRangeTest",
        {"lr_range_test_min_lr": 0.01, "lr_range_test_step_size": 4},
    ),
    "range-test-stairs": (
        "LRRangeTest",
        {"lr_range_test_step_size": 4, "lr_range_test_staircase": True},
    ),
}
PER_GROUP = {
    "warmup": ("WarmupLR", {"warmup_max_lr": [1.0, 0.5, 0.1], "warmup_num_steps": 5}),
    "range-test": ("LRRangeTest", {"lr_range_test_min_lr": [0.1, 0.2, 0.3]}),
}


def run(name, arguments, optimizer, steps=STEPS):
    """Step the optimizer, then the scheduler, as DeepSpeedEngine does at a boundary."""
    scheduler = getattr(adapter.schedules(), name)(optimizer, **arguments)
    rows = []
    for _ in range(steps):
        rows.append(rates_of(optimizer))
        optimizer.step()
        scheduler.step()
    return rows


def shown(name, arguments, rates=ONE, **options):
    mapping = {"type": f"deepspeed:{name}", **arguments}
    return applied(mapping, rates=rates, training={"steps": STEPS}, **options)


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize(("name", "arguments"), CASES.values(), ids=CASES)
def test_gives_what_the_engine_gives_past_the_end_too(name, arguments, rates):
    reference = run(name, arguments, sgd(rates))
    assert len(np.unique(reference)) > 2
    assert shown(name, arguments, rates).tolist() == reference


@pytest.mark.parametrize(("name", "arguments"), PER_GROUP.values(), ids=PER_GROUP)
def test_a_list_is_one_value_for_each_group(name, arguments):
    assert shown(name, arguments, THREE).tolist() == run(name, arguments, sgd(THREE))


def test_one_cycle_writes_betas():
    arguments = {"cycle_min_lr": 0.1, "cycle_max_lr": 1.0, "cycle_first_step_size": 6}
    reference = Adam(sgd().param_groups[0]["params"], lr=1.0)
    scheduler = adapter.schedules().OneCycle(reference, **arguments)
    momenta = []
    for _ in range(STEPS):
        momenta.append(reference.param_groups[0]["betas"][0])
        reference.step()
        scheduler.step()
    mapping = {"type": "deepspeed:OneCycle", **arguments}
    trace = trace_of(mapping, training={"steps": STEPS}, type="Adam")
    assert trace.columns["momentum"]["g0"].tolist() == momenta
    assert reference.param_groups[0]["betas"][1] == 0.99


def test_what_deepspeed_logs_is_kept_as_a_warning():
    mapping = {"type": "deepspeed:OneCycle", "cycle_min_lr": 0.1, "cycle_max_lr": 1.0}
    (warning,) = trace_of(mapping, training={"steps": 5}).warnings
    assert "cycle_momentum is disabled because optimizer SGD" in warning.message


# Peak 1, 5 warm-up updates, 20 updates in all: the first two, the largest rate and its update,
# update 19. Measured with DeepSpeed 0.19.8 and torch 2.13.0, to the digits given.
LINEAR = {"warmup_num_steps": 5, "warmup_type": "linear"}
MEASURED = {
    "warmup": ("WarmupLR", {"warmup_max_lr": 1.0, **LINEAR}, 1.0, 6, 1.0),
    "decay": (
        "WarmupDecayLR",
        {"total_num_steps": 20, "warmup_max_lr": 1.0, **LINEAR},
        1.0,
        6,
        0.1333,
    ),
    "cosine": ("WarmupCosineLR", {"total_num_steps": 20, **LINEAR}, 0.9891, 6, 0.0110),
    "log": ("WarmupLR", {"warmup_max_lr": 1.0, "warmup_num_steps": 5}, 1.0, 5, 1.0),
}


@pytest.mark.parametrize(
    ("name", "arguments", "peak", "at", "last"), MEASURED.values(), ids=MEASURED
)
def test_one_recipe_gives_the_measured_curve(name, arguments, peak, at, last):
    rates = shown(name, arguments)[:, 0]
    assert rates[:2].tolist() == [0, 0]
    assert rates.argmax() == at
    assert [rates.max(), rates[19]] == pytest.approx([peak, last], abs=1.1e-4)


def test_every_scheduler_has_a_row():
    valid = adapter.schedules().VALID_LR_SCHEDULES
    assert {row.name for row in ROWS} == {f"deepspeed:{name}" for name in valid}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_arguments_are_those_of_the_class(row):
    real = getattr(adapter.schedules(), row.name.partition(":")[2])
    without = ("self", "optimizer", "last_batch_iteration")
    assert list(by_row(row).items()) == list(by_signature(real, without=without).items())


def test_results_on_standard_output_stay_clean(tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "training: {steps: 3}\nschedules:\n  s:\n    optimizer: {type: SGD, lr: 0.1}\n"
        "    scheduler: {type: deepspeed:WarmupLR, warmup_num_steps: 2}\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "lrplan", "export", str(spec), "--format", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("schedule,group,step,")
    assert len(done.stdout.splitlines()) == 4
    assert done.stderr == ""
