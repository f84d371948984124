"""timm's schedulers: what lrplan shows is what timm's own training loop gives, step by step."""

import sys

import numpy as np
import pytest

from lrplan.catalog.third_party.timm import ROWS
from lrplan.torch_objects.adapters import timm as adapter
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

EPOCHS, PER_EPOCH = 9, 4

LENGTH = {
    "CosineLRScheduler": 6,
    "TanhLRScheduler": 6,
    "PolyLRScheduler": 6,
    "WSDLRScheduler": 6,
}
WARMUP = {"warmup_t": 2, "warmup_lr_init": 0.01}
CASES = {
    "cosine": ("CosineLRScheduler", {"t_initial": 6}),
    "cosine-warmup": ("CosineLRScheduler", {"t_initial": 6, "lr_min": 0.001, **WARMUP}),
    "cosine-prefix": ("CosineLRScheduler", {"t_initial": 4, "warmup_prefix": True, **WARMUP}),
    "cosine-cycles": (
        "CosineLRScheduler",
        {"t_initial": 2, "cycle_limit": 3, "cycle_decay": 0.5, "k_decay": 1.5},
    ),
    "cosine-longer-cycles": (
        "CosineLRScheduler",
        {"t_initial": 2, "cycle_limit": 2, "cycle_mul": 2.0},
    ),
    "tanh": ("TanhLRScheduler", {"t_initial": 6, **WARMUP}),
    "tanh-prefix": ("TanhLRScheduler", {"t_initial": 3, "lb": -4, "warmup_prefix": True, **WARMUP}),
    "poly": ("PolyLRScheduler", {"t_initial": 6, "power": 2.0, **WARMUP}),
    "poly-cycles": ("PolyLRScheduler", {"t_initial": 3, "cycle_limit": 2, "lr_min": 0.001}),
    "step": ("StepLRScheduler", {"decay_t": 2, "decay_rate": 0.5, **WARMUP}),
    "step-under-warmup": (
        "StepLRScheduler",
        {"decay_t": 2, "decay_rate": 0.5, "warmup_prefix": False, **WARMUP},
    ),
    "multistep": ("MultiStepLRScheduler", {"decay_t": [3, 5], "decay_rate": 0.1, **WARMUP}),
    "multistep-no-warmup": ("MultiStepLRScheduler", {"decay_t": [3, 5], "decay_rate": 0.1}),
    "wsd": ("WSDLRScheduler", {"t_initial": 5, "decay_t": 2, **WARMUP}),
    "wsd-rsqrt": (
        "WSDLRScheduler",
        {"t_initial": 6, "decay_t": 3, "stable_fn": "rsqrt", "decay_fn": "linear", **WARMUP},
    ),
    "wsd-exp": (
        "WSDLRScheduler",
        {"t_initial": 6, "decay_t": 3, "decay_fn": "exp", "decay_ratio": 0.2, "lr_min": 0.001},
    ),
    "noise": ("CosineLRScheduler", {"t_initial": 6, "noise_range_t": [2, 5], "noise_seed": 7}),
}


@pytest.fixture(scope="module")
def timm():
    pytest.importorskip("torch")
    if adapter.find_spec("timm") is None:
        pytest.skip("timm is missing")
    return adapter._package()


def train(scheduler, optimizer, metric=None):
    """The loop of timm's training script: both calls are made, one of them acts."""
    rows, updates = [], 0
    for epoch in range(EPOCHS):
        for _ in range(PER_EPOCH):
            rows.append(rates_of(optimizer))
            optimizer.step()
            updates += 1
            scheduler.step_update(num_updates=updates)
        scheduler.step(epoch + 1, None if metric is None else metric[epoch])
    return np.array(rows)


def training():
    return {"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH}


def in_updates(arguments):
    """The same shape, a unit of time being an update."""
    return {
        key: [each * PER_EPOCH for each in value]
        if isinstance(value, list)
        else value * PER_EPOCH
        if key in {"t_initial", "decay_t", "warmup_t"}
        else value
        for key, value in arguments.items()
    }


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize(("name", "arguments"), CASES.values(), ids=CASES)
def test_in_epochs_it_gives_what_timms_loop_gives(timm, name, arguments, rates):
    optimizer = sgd(rates)
    reference = train(getattr(timm, name)(optimizer, **arguments), optimizer)
    assert len(np.unique(reference[:, 0])) > 1
    mapping = {"type": f"timm:{name}", **arguments}
    assert applied(mapping, rates=rates, training=training()).tolist() == reference.tolist()


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize(("name", "arguments"), CASES.values(), ids=CASES)
def test_in_updates_it_gives_what_timms_loop_gives(timm, name, arguments, rates):
    given = {**in_updates(arguments), "t_in_epochs": False}
    optimizer = sgd(rates)
    reference = train(getattr(timm, name)(optimizer, **given), optimizer)
    assert len(np.unique(reference[:, 0])) > 1
    mapping = {"type": f"timm:{name}", "interval": "step", **given}
    assert applied(mapping, rates=rates, training=training()).tolist() == reference.tolist()


@pytest.mark.parametrize("warmup", [{}, WARMUP], ids=["plain", "warmup"])
def test_plateau_gives_what_timms_loop_gives(timm, warmup):
    arguments = {"mode": "min", "patience_t": 1, "decay_rate": 0.5, **warmup}
    metric = [1.0, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8]
    optimizer = sgd(THREE)
    with pytest.warns(FutureWarning, match="PlateauLRScheduler is deprecated"):
        scheduler = timm.PlateauLRScheduler(optimizer, **arguments)
    reference = train(scheduler, optimizer, metric)
    assert len(np.unique(reference[:, 0])) > 2
    mapping = {"type": "timm:PlateauLRScheduler", **arguments}
    trace = trace_of(mapping, rates=THREE, training=training(), metric=metric)
    assert [trace.lr[group].tolist() for group in trace.groups] == reference.T.tolist()
    assert ["deprecated" in each.message for each in trace.warnings] == [True]


@pytest.mark.parametrize(
    ("interval", "in_epochs"), [("step", True), ("epoch", False)], ids=["updates", "epochs"]
)
def test_told_of_the_wrong_thing_it_never_moves(timm, interval, in_epochs):
    mapping = {
        "type": "timm:CosineLRScheduler",
        "interval": interval,
        "t_initial": 10,
        "warmup_t": 3,
        "warmup_lr_init": 1e-4,
        "t_in_epochs": in_epochs,
    }
    assert set(applied(mapping, training=training())[:, 0]) == {1e-4}


# Peak 1, 5 warm-up updates, cosine to 0, 20 updates in all: the largest rate and its update, then
# updates 19 and 22. Measured with timm 1.0.31 and torch 2.13.0, to the digits given.
FIVE = {"warmup_t": 5, "warmup_lr_init": 0.01}
MEASURED = {
    "defaults": ("CosineLRScheduler", {"t_initial": 20, **FIVE}, 0.8536, 5, 0.0062, 0.0),
    "prefix": (
        "CosineLRScheduler",
        {"t_initial": 15, "warmup_prefix": True, **FIVE},
        1.0,
        5,
        0.0109,
        0.0,
    ),
    "wsd": ("WSDLRScheduler", {"t_initial": 20, "decay_t": 5, **FIVE}, 1.0, 5, 1.0, 0.3675),
}


@pytest.mark.parametrize(
    ("name", "arguments", "peak", "at", "last", "after"), MEASURED.values(), ids=MEASURED
)
def test_one_recipe_gives_the_measured_curve(timm, name, arguments, peak, at, last, after):
    mapping = {"type": f"timm:{name}", "t_in_epochs": False, **arguments}
    rates = applied(mapping, training={"steps": 30})[:, 0]
    assert rates[0] == 0.01
    assert rates.argmax() == at
    assert [rates.max(), *rates[[19, 22]]] == pytest.approx([peak, last, after], abs=5e-5)


def test_a_milestone_cuts_one_tick_early(timm):
    mapping = {"type": "timm:MultiStepLRScheduler", "decay_t": [3], "decay_rate": 0.1}
    per_epoch = applied(mapping, training={"epochs": 5, "steps_per_epoch": 1})[:, 0]
    assert per_epoch.tolist() == [1, 1, 0.1, 0.1, 0.1]


def test_every_scheduler_has_a_row(timm):
    real = {name for name in vars(timm) if name.endswith("LRScheduler")}
    assert {row.name for row in ROWS} == {f"timm:{name}" for name in real}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_arguments_are_those_of_the_class(timm, row):
    real = by_signature(getattr(timm, row.name.partition(":")[2]))
    assert list(by_row(row).items()) == list(real.items())


def test_it_goes_on_from_a_saved_state(timm):
    def made():
        optimizer = sgd()
        arguments = {"t_initial": 8, **WARMUP}
        return optimizer, adapter.CosineLRScheduler(optimizer, _interval="epoch", **arguments)

    optimizer, first = made()
    for _ in range(3):
        first.step()
    again, second = made()
    second.load_state_dict(first.state_dict())
    first.step()
    second.step()
    assert rates_of(again) == rates_of(optimizer)


def test_no_half_of_timm_is_left_behind(timm):
    assert not [name for name in sys.modules if name.partition(".")[0] == "timm"]
