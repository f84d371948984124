"""mmengine: what lrplan shows is what its ``ParamSchedulerHook`` gives in a training loop."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lrplan.catalog.third_party.mmengine import ROWS
from lrplan.errors import SpecError
from tests.torch_objects.adapters.traced import (
    ONE,
    THREE,
    applied,
    by_row,
    by_signature,
    sgd,
    trace_of,
)

scheduler = pytest.importorskip("mmengine.optim.scheduler", reason="mmengine is missing")
hooks = pytest.importorskip("mmengine.hooks", reason="mmengine is missing")

EPOCHS, PER_EPOCH = 8, 3
TRAINING = {"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH}
METRIC = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]

# Lengths in ticks for a run of 8; the run in iterations has 24, so it goes on past the end.
CASES = {
    "step": ("Step", {"step_size": 2, "gamma": 0.5}),
    "step-from": ("Step", {"step_size": 2, "gamma": 0.5, "begin": 2, "end": 6}),
    "multistep": ("MultiStep", {"milestones": [2, 3, 3], "gamma": 0.5, "begin": 1}),
    "constant": ("Constant", {"factor": 0.5, "end": 4}),
    "exponential": ("Exponential", {"gamma": 0.9, "begin": 1}),
    "cosine": ("CosineAnnealing", {"T_max": 3}),
    "cosine-to-end": ("CosineAnnealing", {"begin": 1, "end": 7, "eta_min": 0.01}),
    "cosine-ratio": ("CosineAnnealing", {"end": 6, "eta_min_ratio": 0.1}),
    "linear": ("Linear", {"start_factor": 0.1, "end": 4}),
    "linear-down": ("Linear", {"start_factor": 1.0, "end_factor": 0.2, "begin": 2, "end": 6}),
    "poly": ("Poly", {"power": 2.0, "eta_min": 0.01, "end": 7}),
    "restarts": ("CosineRestart", {"periods": [3, 4], "restart_weights": [1, 0.5], "eta_min": 0}),
    "restarts-ratio": (
        "CosineRestart",
        {"periods": [2, 2], "restart_weights": [1, 1], "eta_min_ratio": 0.1, "begin": 1},
    ),
}
SUFFIXES = {
    "lr": ("LR", {}, "lr"),
    "momentum": ("Momentum", {}, "momentum"),
    "any": ("ParamScheduler", {"param_name": "weight_decay"}, "weight_decay"),
}
OPTIONS = {"momentum": 0.9, "weight_decay": 0.1}


def adamw(rates):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]
    return torch.optim.AdamW(groups, lr=rates[0])


def train(optimizer, schedulers, field="lr", metric=None):
    """mmengine's loop: hooks after each iteration, each epoch and each validation."""
    hook, runner = hooks.ParamSchedulerHook(), SimpleNamespace(param_schedulers=schedulers)
    rows = []
    for epoch in range(EPOCHS):
        for iteration in range(PER_EPOCH):
            rows.append([float(group[field]) for group in optimizer.param_groups])
            optimizer.step()
            hook.after_train_iter(runner, iteration)
        hook.after_train_epoch(runner)
        if metric is not None:
            hook.after_val_epoch(runner, {"loss": metric[epoch]})
    return np.array(rows)


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize("interval", ["epoch", "step"])
@pytest.mark.parametrize(("suffix", "more", "field"), SUFFIXES.values(), ids=SUFFIXES)
@pytest.mark.parametrize(("stem", "arguments"), CASES.values(), ids=CASES)
def test_it_gives_what_the_hook_gives(stem, arguments, suffix, more, field, interval, rates):
    given = {**more, **arguments}
    optimizer = sgd(rates, **OPTIONS)
    made = getattr(scheduler, stem + suffix)(optimizer, by_epoch=interval == "epoch", **given)
    reference = train(optimizer, [made], field)
    assert len(np.unique(reference[:, 0])) > 1
    mapping = {"type": f"mmengine:{stem}{suffix}", "interval": interval, **given}
    trace = trace_of(mapping, rates=rates, training=TRAINING, **OPTIONS)
    results = [trace.columns[field][name].tolist() for name in trace.groups]
    assert results == reference.T.tolist()


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize("name", ["OneCycleLR", "OneCycleParamScheduler"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"eta_max": 0.5, "total_steps": 24},
        {"eta_max": 0.5, "end": 24, "anneal_strategy": "linear", "three_phase": True},
    ],
    ids=["cosine", "three-lines"],
)
def test_one_cycle_gives_what_the_hook_gives(name, arguments, rates):
    more = {"param_name": "lr"} if name.endswith("ParamScheduler") else {}
    given = {**more, **arguments}
    optimizer = sgd(rates)
    made = getattr(scheduler, name)(optimizer, by_epoch=False, **given)
    reference = train(optimizer, [made])
    mapping = {"type": f"mmengine:{name}", "interval": "step", **given}
    assert applied(mapping, rates=rates, training=TRAINING).tolist() == reference.tolist()


def test_one_cycle_takes_a_peak_per_group():
    mapping = {
        "type": "mmengine:OneCycleLR",
        "interval": "step",
        "eta_max": {"g0": 0.5, "g1": 0.1, "g2": 0.01},
        "total_steps": 24,
    }
    lrs = applied(mapping, rates=THREE, training=TRAINING)
    assert lrs.max(axis=0) == pytest.approx([0.5, 0.1, 0.01], rel=1e-2)


@pytest.mark.parametrize(
    ("name", "more", "field"),
    [
        ("ReduceOnPlateauLR", {}, "lr"),
        ("ReduceOnPlateauMomentum", {}, "momentum"),
        ("ReduceOnPlateauParamScheduler", {"param_name": "lr"}, "lr"),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [
        {"factor": 0.5, "patience": 1},
        {"factor": 0.5, "patience": 0, "min_value": 0.2, "begin": 3, "end": 7, "rule": "greater"},
    ],
    ids=["always", "from-begin-to-end"],
)
def test_a_plateau_gives_what_the_hook_gives(name, more, field, arguments):
    given = {**more, **arguments}
    optimizer = sgd(THREE, **OPTIONS)
    made = getattr(scheduler, name)(optimizer, **given)
    reference = train(optimizer, [made], field, METRIC)
    assert len(np.unique(reference[:, 0])) > 1
    mapping = {"type": f"mmengine:{name}", **given}
    trace = trace_of(mapping, rates=THREE, training=TRAINING, metric=METRIC, **OPTIONS)
    results = [trace.columns[field][group].tolist() for group in trace.groups]
    assert results == reference.T.tolist()


def test_the_momentum_of_adam_is_its_first_beta():
    optimizer = adamw(THREE)
    made = scheduler.LinearMomentum(optimizer, start_factor=0.5, end=5, by_epoch=False)
    reference = train(optimizer, [made], "momentum")
    assert reference[-1, 0] == pytest.approx(0.9, abs=1e-12)
    mapping = {"type": "mmengine:LinearMomentum", "interval": "step", "start_factor": 0.5, "end": 5}
    trace = trace_of(mapping, rates=THREE, training=TRAINING, type="AdamW")
    results = [trace.momentum[name].tolist() for name in trace.groups]
    assert results == reference.T.tolist()


def test_a_list_shares_one_counter_and_one_base():
    warmup = {"start_factor": 0.01, "begin": 0, "end": 6}
    cosine = {"T_max": 18, "begin": 6, "end": 24}
    optimizer = sgd(THREE)
    members = [
        scheduler.LinearLR(optimizer, by_epoch=False, **warmup),
        scheduler.CosineAnnealingLR(optimizer, by_epoch=False, **cosine),
        scheduler.StepLR(optimizer, 4, by_epoch=True),
    ]
    reference = train(optimizer, members)
    lrs = applied(
        [
            {"type": "mmengine:LinearLR", "interval": "step", **warmup},
            {"type": "mmengine:CosineAnnealingLR", "interval": "step", **cosine},
            {"type": "mmengine:StepLR", "interval": "epoch", "step_size": 4},
        ],
        rates=THREE,
        training=TRAINING,
    )
    assert lrs.tolist() == reference.tolist()


def test_units_stand_for_conversion_from_epochs():
    optimizer = sgd()
    convert = scheduler.LinearLR.build_iter_from_epoch
    members = [
        convert(optimizer, start_factor=0.01, end=2, epoch_length=PER_EPOCH),
        scheduler.CosineAnnealingLR.build_iter_from_epoch(
            optimizer, T_max=6, begin=2, end=8, epoch_length=PER_EPOCH
        ),
    ]
    reference = train(optimizer, members)
    lrs = applied(
        [
            {"type": "mmengine:LinearLR", "interval": "step", "start_factor": 0.01, "end": "2ep"},
            {
                "type": "mmengine:CosineAnnealingLR",
                "interval": "step",
                "T_max": "6ep",
                "begin": "2ep",
                "end": "8ep",
            },
        ],
        training=TRAINING,
    )
    assert lrs.tolist() == reference.tolist()


# Measured with mmengine 0.10.7 at a base rate of 1 (0.1 for the short ones), to the digits given.
def test_one_recipe_gives_the_measured_curve():
    lrs = applied(
        [
            {"type": "mmengine:LinearLR", "start_factor": 0.01, "end": 5},
            {"type": "mmengine:CosineAnnealingLR", "T_max": 15, "begin": 5, "end": 20},
        ],
        training={"epochs": 30, "steps_per_epoch": 1},
    )[:, 0]
    assert (lrs[0], lrs.argmax()) == (0.01, 4)
    assert lrs[4:6] == pytest.approx([1, 1], abs=1e-12)
    assert lrs[[19, 22]] == pytest.approx([0.0109, 0.0109], abs=5e-5)


@pytest.mark.parametrize(
    ("mapping", "measured"),
    [
        (
            {"type": "mmengine:LinearLR", "start_factor": 0.1, "end": 3},
            [0.01, 0.055, 0.1, 0.1],
        ),
        ({"type": "mmengine:LinearLR", "start_factor": 0.1}, [0.01] * 12),
        (
            {"type": "mmengine:CosineAnnealingLR", "T_max": 10, "end": 5},
            [0.1, 0.0976, 0.0905, 0.0794, *[0.0655] * 8],
        ),
    ],
    ids=["one-short", "without-end", "frozen"],
)
def test_the_pitfalls_measured(mapping, measured):
    lrs = applied(mapping, rates=(0.1,), training={"epochs": 12, "steps_per_epoch": 1})[:, 0]
    assert lrs[: len(measured)] == pytest.approx(measured, abs=5e-5)


@pytest.mark.parametrize(("interval", "by_epoch"), [("epoch", True), ("step", False)])
def test_by_epoch_may_be_said(interval, by_epoch):
    mapping = {"type": "mmengine:ExponentialLR", "interval": interval, "gamma": 0.9}
    lrs = applied({**mapping, "by_epoch": by_epoch}, training=TRAINING)
    assert lrs.tolist() == applied(mapping, training=TRAINING).tolist()


@pytest.mark.parametrize(
    ("interval", "by_epoch", "wanted"), [("epoch", False, "step"), ("step", True, "epoch")]
)
def test_by_epoch_must_agree_with_the_interval(interval, by_epoch, wanted):
    mapping = {"type": "mmengine:ExponentialLR", "gamma": 0.9, "interval": interval}
    with pytest.raises(SpecError, match=f"by_epoch: .* needs interval: {wanted}"):
        trace_of({**mapping, "by_epoch": by_epoch})


def test_a_plateau_only_ticks_per_epoch():
    mapping = {"type": "mmengine:ReduceOnPlateauLR", "interval": "step"}
    with pytest.raises(SpecError, match="only support by_epoch=True"):
        trace_of(mapping, metric=[1.0] * 30)


NOT_OF_A_SPEC = ("self", "optimizer", "last_step", "verbose", "monitor")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_arguments_are_those_of_the_class(row):
    cls = getattr(scheduler, row.name.partition(":")[2])
    base = next(each for each in cls.__mro__ if each.__name__.endswith("ParamScheduler"))
    arguments = by_signature(base, without=NOT_OF_A_SPEC)
    if base is not cls:
        arguments.pop("param_name")
    assert by_row(row) == arguments


def test_every_scheduler_has_a_row():
    real = set(scheduler.__all__) - {"_ParamScheduler"}
    assert {row.name for row in ROWS} == {f"mmengine:{name}" for name in real}
