"""diffusers' schedulers: what lrplan shows is what the real ones give, step by step."""

import inspect

import numpy as np
import pytest

from lrplan.catalog.third_party.diffusers import ROWS
from tests.torch_objects.adapters.traced import ONE, THREE, applied, by_row, rates_of, sgd

optimization = pytest.importorskip("diffusers.optimization", reason="diffusers is missing")

STEPS = 30
LENGTHS = {"num_warmup_steps": 5, "num_training_steps": 20}
CASES = {
    "linear": ("linear", LENGTHS),
    "cosine": ("cosine", LENGTHS),
    "cosine-3-restarts": ("cosine_with_restarts", {**LENGTHS, "num_cycles": 3}),
    "polynomial": ("polynomial", {**LENGTHS, "power": 2.0}),
    "constant": ("constant", LENGTHS),
    "constant-with-warmup": ("constant_with_warmup", {"num_warmup_steps": 5}),
    "piecewise-constant": ("piecewise_constant", {"step_rules": "1:10,0.1:20,0.005"}),
    "piecewise-unsorted": ("piecewise_constant", {"step_rules": "0.1:20,1:10,2"}),
}


@pytest.mark.parametrize("rates", [ONE, THREE], ids=["one-group", "three-groups"])
@pytest.mark.parametrize(("name", "arguments"), CASES.values(), ids=CASES)
def test_gives_what_get_scheduler_gives_past_the_end_too(name, arguments, rates):
    optimizer = sgd(rates)
    scheduler = optimization.get_scheduler(name, optimizer, **arguments)
    rows = []
    for _ in range(STEPS):
        rows.append(rates_of(optimizer))
        optimizer.step()
        scheduler.step()
    mapping = {"type": f"diffusers:{name}", **arguments}
    assert applied(mapping, rates=rates, training={"steps": STEPS}).tolist() == rows


def test_step_rules_count_from_the_start():
    mapping = {"type": "diffusers:piecewise_constant", "step_rules": "1:10,0.1:20,0.01"}
    lrs = applied(mapping, training={"steps": 25})[:, 0]
    assert lrs.tolist() == [1.0] * 10 + [0.1] * 10 + [0.01] * 5


# Peak 1, 5 warm-up updates, 20 updates in all, measured with diffusers 0.42.1 and torch 2.13.0.
def test_one_recipe_gives_the_measured_curve():
    lrs = applied({"type": "diffusers:cosine", **LENGTHS}, training={"steps": STEPS})[:, 0]
    assert (lrs[0], lrs.argmax(), lrs.max()) == (0, 5, 1)
    assert lrs[[19, 22]] == pytest.approx([0.0109, 0.0432], abs=5e-5)
    assert np.all(np.diff(lrs[5:21]) < 0)


def test_every_name_has_a_row():
    known = {f"diffusers:{kind.value}" for kind in optimization.TYPE_TO_SCHEDULER_FUNCTION}
    assert {row.name for row in ROWS} == known


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_arguments_are_those_of_get_scheduler(row):
    taken = inspect.signature(optimization.get_scheduler).parameters
    ours = by_row(row)
    assert set(ours) <= set(taken) - {"name", "optimizer", "last_epoch"}
    given = {name: default for name, default in ours.items() if not row.argument(name).required}
    assert given == {name: taken[name].default for name in given}
