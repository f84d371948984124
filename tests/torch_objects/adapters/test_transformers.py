"""transformers' schedulers: what lrplan shows is what the real ones give, step by step."""

import numpy as np
import pytest

from lrplan.catalog import REQUIRED
from lrplan.catalog.third_party.transformers import ROWS
from lrplan.errors import SpecError
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

optimization = pytest.importorskip("transformers.optimization", reason="transformers is missing")

STEPS = 30
WARMUP_AND_LENGTH = {"num_warmup_steps": 5, "num_training_steps": 20}
IGNORED = {"num_warmup_steps", "num_training_steps"}
LOSS = [1.0, 0.9, 0.8, 0.8, 0.8, 0.7, *[0.6] * 12, *[0.5 - 0.01 * i for i in range(12)]]

CASES = {
    "linear": ("linear", {}),
    "cosine": ("cosine", {}),
    "cosine-a-wave": ("cosine", {"num_cycles": 1.0}),
    "cosine-3-restarts": ("cosine_with_restarts", {"num_cycles": 3}),
    "cosine-1-restart": ("cosine_with_restarts", {}),
    "polynomial": ("polynomial", {"lr_end": 0.001, "power": 2.0}),
    "constant": ("constant", {}),
    "constant-with-warmup": ("constant_with_warmup", {}),
    "inverse-sqrt": ("inverse_sqrt", {}),
    "inverse-sqrt-timescale": ("inverse_sqrt", {"timescale": 12}),
    "cosine-min-lr": ("cosine_with_min_lr", {"min_lr": 0.05}),
    "cosine-min-lr-rate": ("cosine_with_min_lr", {"min_lr_rate": 0.1}),
    "cosine-warmup-min-lr": ("cosine_warmup_with_min_lr", {"min_lr_rate": 0.1}),
    "cosine-warmup-lr-rate": (
        "cosine_warmup_with_min_lr",
        {"min_lr": 0.01, "warmup_lr_rate": 0.05},
    ),
    "wsd": ("warmup_stable_decay", {"num_decay_steps": 5}),
    "wsd-linear": (
        "warmup_stable_decay",
        {
            "num_decay_steps": 4,
            "num_stable_steps": 6,
            "num_training_steps": None,
            "warmup_type": "cosine",
            "decay_type": "linear",
            "min_lr_ratio": 0.1,
        },
    ),
    "wsd-1-sqrt": (
        "warmup_stable_decay",
        {"num_decay_steps": 5, "warmup_type": "1-sqrt", "decay_type": "1-sqrt"},
    ),
}
WITH_METRIC = {
    "plateau": ("reduce_lr_on_plateau", {"factor": 0.5, "patience": 2, "min_lr": 0.01}),
    "greedy": ("greedy", {"factor": 0.8, "patience": 2, "max_lr": 2.0}),
    "greedy-smooth": ("greedy", {"patience": 1, "smooth": True, "window_size": 3, "warmup": 2}),
    "greedy-reset": ("greedy", {"patience": 0, "factor": 0.01, "reset_start": 2}),
}


def names(cases):
    return pytest.mark.parametrize(("name", "specific"), cases.values(), ids=cases)


def expected(name, specific, rates, metric=None):
    """The loop of transformers' documentation: step the optimizer, then the scheduler."""
    own = {key: value for key, value in specific.items() if key not in WARMUP_AND_LENGTH}
    counts = {**WARMUP_AND_LENGTH, **{k: specific[k] for k in WARMUP_AND_LENGTH if k in specific}}
    optimizer = sgd(rates)
    scheduler = optimization.get_scheduler(name, optimizer, **counts, scheduler_specific_kwargs=own)
    rows = []
    for step in range(STEPS):
        rows.append(rates_of(optimizer))
        optimizer.step()
        scheduler.step() if metric is None else scheduler.step(metric[step])
    return np.array(rows)


def shown(name, specific, rates, metric=None):
    given = {**WARMUP_AND_LENGTH, **specific}
    mapping = {"type": f"transformers:{name}", **given}
    return applied(mapping, rates=rates, training={"steps": STEPS}, metric=metric)


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@names(CASES)
def test_gives_what_get_scheduler_gives_past_the_end_too(name, specific, rates):
    found = shown(name, specific, rates)
    assert found.tolist() == expected(name, specific, rates).tolist()


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@names(WITH_METRIC)
def test_gives_what_get_scheduler_gives_for_the_same_metric(name, specific, rates):
    found = shown(name, specific, rates, LOSS)
    reference = expected(name, specific, rates, LOSS)
    assert len(np.unique(reference[:, 0])) > 2
    assert found.tolist() == reference.tolist()


@names(WITH_METRIC)
def test_the_metrics_of_batches_before_the_first_step_are_read(name, specific):
    optimizer, window = sgd(THREE), 5
    own = {key: value for key, value in specific.items() if key not in WARMUP_AND_LENGTH}
    scheduler = optimization.get_scheduler(name, optimizer, scheduler_specific_kwargs=own)
    rows = []
    for batch in range(STEPS):
        if (batch + 1) % window == 0:
            rows.append(rates_of(optimizer))
            optimizer.step()
        scheduler.step(LOSS[batch])
    mapping = {"type": f"transformers:{name}", "interval": "batch", **own}
    training = {"steps": STEPS // window, "accumulate": window}
    assert len(np.unique(np.array(rows)[:, 0])) > 2
    assert applied(mapping, rates=THREE, training=training, metric=LOSS).tolist() == rows


def test_epochs_as_ticks_hold_the_rate_for_an_epoch():
    mapping = {
        "type": "transformers:linear",
        "interval": "epoch",
        "num_warmup_steps": "2ep",
        "num_training_steps": "100%",
    }
    lrs = applied(mapping, training={"epochs": 10, "steps_per_epoch": 3})
    per_epoch = [0, 0.5, 1, 7 / 8, 6 / 8, 5 / 8, 4 / 8, 3 / 8, 2 / 8, 1 / 8]
    assert lrs[:, 0].tolist() == np.repeat(per_epoch, 3).tolist()


def test_durations_become_ticks():
    mapping = {
        "type": "transformers:cosine",
        "interval": "step",
        "num_warmup_steps": "1ep",
        "num_training_steps": "4ep",
    }
    lrs = applied(mapping, training={"epochs": 6, "steps_per_epoch": 5})
    assert lrs.tolist() == expected("cosine", {}, ONE).tolist()


# Peak 1, 5 warm-up updates, 20 updates in all: update 0, where the peak is, update 19, update 22.
# Measured with transformers 5.23.0 and torch 2.13.0, to the digits given.
MEASURED = {
    "cosine": ("cosine", {}, 0.0, 5, 0.0109, 0.0432),
    "cosine-warmup-min-lr": (
        "cosine_warmup_with_min_lr",
        {"min_lr_rate": 0.1},
        0.2,
        4,
        0.1,
        0.1859,
    ),
    "wsd": ("warmup_stable_decay", {"num_decay_steps": 5}, 0.0, 5, 0.0955, 0.0),
}


@pytest.mark.parametrize(
    ("name", "specific", "first", "peak", "last", "after"), MEASURED.values(), ids=MEASURED
)
def test_one_recipe_gives_the_measured_curve(name, specific, first, peak, last, after):
    rates = shown(name, specific, ONE)[:, 0]
    assert rates[0] == first
    assert rates.argmax() == peak
    assert rates.max() == 1
    assert rates[[19, 22]] == pytest.approx([last, after], abs=5e-5)


def test_every_name_has_a_row():
    known = [f"transformers:{kind.value}" for kind in optimization.TYPE_TO_SCHEDULER_FUNCTION]
    assert [row.name for row in ROWS] == known


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_arguments_are_those_of_the_function(row):
    kind = row.name.partition(":")[2]
    classes = {
        "reduce_lr_on_plateau": optimization.ReduceLROnPlateau,
        "greedy": optimization.GreedyLR,
    }
    functions = optimization.TYPE_TO_SCHEDULER_FUNCTION
    function = classes.get(kind) or functions[optimization.SchedulerType(kind)]
    real = by_signature(function)
    ours = by_row(row)
    assert {name: ours[name] for name in real} == real
    assert set(ours) - set(real) <= IGNORED
    # get_scheduler takes these two for every name; where the function does not, they do nothing.
    assert set(ours) >= IGNORED
    assert all(ours[name] is None for name in IGNORED - set(real))
    assert all(ours[name] in (None, REQUIRED) for name in IGNORED)


def test_a_group_with_a_rate_of_its_own_ends_at_another_floor():
    found = shown("cosine_with_min_lr", {"min_lr": 0.05}, THREE)
    assert found[20] == pytest.approx([0.05, 0.015, 0.001], rel=1e-12)


def test_what_transformers_refuses_is_told_at_its_place():
    both = {"min_lr": 0.1, "min_lr_rate": 0.1}
    with pytest.raises(SpecError, match="Only one of min_lr or min_lr_rate should be set"):
        shown("cosine_with_min_lr", both, ONE)


def test_what_transformers_warns_of_is_kept():
    mapping = {
        "type": "transformers:warmup_stable_decay",
        "num_decay_steps": 5,
        "num_stable_steps": 10,
        **WARMUP_AND_LENGTH,
    }
    (warning,) = trace_of(mapping, training={"steps": STEPS}).warnings
    assert "Both num_training_steps and num_stable_steps" in warning.message
