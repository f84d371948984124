"""timm's ``lr_scale`` of a group and its fractional lengths give the curve that timm gives."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from lrplan.errors import UsageError
from lrplan.export.code import to_lightning, to_pytorch, to_transformers
from lrplan.export.json import to_json
from lrplan.resume import parse_resume_options
from lrplan.simulate.engine_choice import simulate
from lrplan.simulate.resuming.resume import resume
from lrplan.torch_objects.adapters import timm as adapter
from tests.support.specs import plan
from tests.torch_objects.adapters.timm_plans import (
    EPOCHS,
    NAMES,
    PER_EPOCH,
    random_arguments,
    random_groups,
)
from tests.torch_objects.adapters.traced import applied, plan_of, rates_of

PLANS_PER_CLASS = 40
LR = 0.3
METRIC = [1.0, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8]


@pytest.fixture(scope="module")
def timm():
    if adapter.find_spec("timm") is None:
        pytest.skip("timm is missing")
    return adapter._package()


def train(timm, name, arguments, groups):
    """The learning rates in timm's training script: it makes both calls, and one has an effect."""
    held = [{"params": [torch.nn.Parameter(torch.zeros(1))], **own} for own in groups.values()]
    optimizer = torch.optim.SGD(held, lr=LR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # timm's plateau is deprecated
        scheduler = getattr(timm, name)(optimizer, **arguments)
    rows, updates = [], 0
    for epoch in range(EPOCHS):
        for _ in range(PER_EPOCH):
            rows.append(rates_of(optimizer))
            optimizer.step()
            updates += 1
            scheduler.step_update(num_updates=updates, metric=METRIC[epoch])
        scheduler.step(epoch + 1, METRIC[epoch])
    return np.array(rows)


def simulated(name, arguments, groups):
    """The same by lrplan."""
    interval = "epoch" if arguments.get("t_in_epochs", True) else "step"
    trace = simulate(
        plan_of(
            {"type": f"timm:{name}", "interval": interval, **arguments},
            training={"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH},
            metric=METRIC if name == "PlateauLRScheduler" else None,
            lr=LR,
            groups=groups,
        )
    )
    assert trace.failure is None
    return np.column_stack([trace.lr[group] for group in trace.groups])


@pytest.mark.parametrize("name", NAMES)
def test_random_plans_give_what_timms_loop_gives(timm, name):
    rng = np.random.default_rng(NAMES.index(name))
    moving = 0
    for _ in range(PLANS_PER_CLASS):
        arguments, groups = random_arguments(name, rng), random_groups(rng)
        reference = train(timm, name, arguments, groups)
        # The last bit counts.
        assert simulated(name, arguments, groups).tolist() == reference.tolist(), arguments
        moving += len(np.unique(reference[:, 0])) > 1
    assert moving > PLANS_PER_CLASS / 2


def test_the_page_says_how_many():
    page = (Path(__file__).parents[3] / "docs" / "third-party.md").read_text("utf-8")
    count = len(NAMES) * PLANS_PER_CLASS
    assert f"{count} random ones with `lr_scale` and fractions" in page


def test_a_scale_halves_the_curve_its_first_value_too(timm):
    arguments = {"type": "timm:CosineLRScheduler", "t_initial": 9, "warmup_t": 2, "lr_min": 0.01}
    arguments["warmup_lr_init"] = 0.02
    run = {"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH}
    plain = applied(arguments, training=run)
    groups = {"half": {"lr_scale": 0.5}, "whole": {"lr_scale": 1}, "own": {"lr": 0.5}}
    halved = applied(arguments, training=run, groups=groups)
    assert halved[:, 1].tolist() == plain[:, 0].tolist()
    assert halved[:, 0].tolist() == (0.5 * plain[:, 0]).tolist()
    # A smaller lr is not the same: the start of the warm-up and the floor stay as they are.
    assert halved[0].tolist() == [0.01, 0.02, 0.02]


def test_the_published_decay_every_2_4_epochs(timm):
    """timm's EfficientNet-B2 recipe: x0.97 every 2.4 epochs, stepped once an epoch."""
    arguments = {"type": "timm:StepLRScheduler", "decay_t": 2.4, "decay_rate": 0.97}
    run = {"epochs": 450, "steps_per_epoch": 1}
    rates = applied(arguments, rates=(0.016,), training=run)[:, 0]
    expected = [0.016 * 0.97 ** np.floor(epoch / 2.4) for epoch in range(450)]
    assert rates == pytest.approx(expected, rel=1e-12)
    assert np.flatnonzero(np.diff(rates))[:4].tolist() == [2, 4, 7, 9]


def test_a_checkpoint_keeps_scale_and_fraction(timm):
    schedule = """
        optimizer: {type: SGD, lr: 0.3, groups: {a: {lr_scale: 0.25}, b: {}}}
        scheduler: {type: timm:StepLRScheduler, decay_t: 1.7, decay_rate: 0.5, warmup_t: 1.5}
    """
    read = plan(schedule, f"epochs: {EPOCHS}, steps_per_epoch: {PER_EPOCH}")
    result = resume(read, read, parse_resume_options("4ep", (), ()))
    assert result.identical
    groups = {"a": {"lr_scale": 0.25}, "b": {}}
    arguments = {"decay_t": 1.7, "decay_rate": 0.5, "warmup_t": 1.5}
    reference = train(timm, "StepLRScheduler", arguments, groups)
    assert result.trace.lr["a"].tolist() == reference[:, 0].tolist()
    assert result.trace.lr["b"].tolist() == reference[:, 1].tolist()


SCALED = "optimizer: {type: AdamW, lr: 0.3, groups: {all: {lr_scale: 0.25}}}\n"


@pytest.mark.parametrize(
    ("export", "reason"),
    [
        (to_pytorch, "timm:CosineLRScheduler comes with timm"),
        (to_lightning, "timm:CosineLRScheduler comes with timm"),
        (to_transformers, "no optimizer of Trainer has groups with an `lr_scale`"),
    ],
)
def test_code_that_would_not_scale_is_refused(timm, export, reason):
    cosine = "type: timm:CosineLRScheduler, interval: step, t_in_epochs: false, t_initial: 100%"
    read = plan(f"{SCALED}scheduler: {{{cosine}}}")
    with pytest.raises(UsageError, match=reason):
        export(read, simulate(read))


def test_the_export_has_the_scaled_rate_and_the_fraction(timm):
    read = plan(f"{SCALED}scheduler: {{type: timm:CosineLRScheduler, t_initial: 6.5}}")
    (schedule,) = json.loads("".join(to_json([simulate(read)])))["schedules"]
    assert schedule["resolved"] == {"t_initial": 6.5}
    assert schedule["groups"][0]["lr"][0] == 0.075
