"""Learning rates that are tensors: when sharing one changes a curve, and what types lose."""

from __future__ import annotations

import numpy as np
import pytest

from lrplan.rules.optimizer.tensor_lr_sequential_base_corrupted import BAD as SEQUENTIAL
from tests.support.releases import since
from tests.support.rule_runs import findings
from tests.support.specs import spec, trace

RUN = "epochs: 10, steps_per_epoch: 10"


def about(optimizer, scheduler, name, torch="2.13.0", rest=""):
    text = spec(scheduler, training=f"{{{RUN}}}", optimizer=optimizer, rest=rest)
    return [each.message for each in findings(text, torch) if each.name == name]


def shared(optimizer, scheduler, **rest):
    return about(optimizer, scheduler, "tensor-lr-aliased-between-groups", **rest)


FILLED = since("2.4", "schedulers fill the tensor of a group, and put no number in its place")
THREE = "{type: SGD, lr: 0.1, lr_tensor: true, groups: {a: {}, b: {}, c: {}}}"
PLATEAU = "{type: ReduceLROnPlateau, patience: 2}"
METRIC = 'metrics: {loss: {expr: "1"}}'


@FILLED
def test_a_scheduler_of_some_groups_changes_the_others():
    scheduler = "{type: StepLR, step_size: 3, groups: [b]}"
    (message,) = shared(THREE, scheduler)
    assert "a, b and c share one tensor" in message
    assert "should drive b alone, but changes a, c too" in message
    assert not shared(THREE, scheduler, torch="2.2.0")
    # What the rule says is what torch does.
    got = trace(f"optimizer: {THREE}\nscheduler: {scheduler}", RUN)
    assert got.lr["a"].tolist() == got.lr["b"].tolist()
    assert got.lr["a"][-1] < 1e-3


def test_a_plateau_cuts_once_for_every_group_since_torch_2_10():
    (message,) = shared(THREE, PLATEAU, rest=METRIC)
    assert "cuts it 3 times at once" in message
    assert not shared(THREE, PLATEAU, rest=METRIC, torch="2.9.1")


@FILLED
def test_the_last_of_different_values_wins():
    scheduler = "{type: LambdaLR, lr_lambda: {a: '1', b: '1', c: '0.5 ** epoch'}}"
    (message,) = shared(THREE, scheduler)
    assert "all groups get what LambdaLR gives c" in message
    got = trace(f"optimizer: {THREE}\nscheduler: {scheduler}", RUN)
    np.testing.assert_allclose(got.lr["a"][::10], 0.1 * 0.5 ** np.arange(10), rtol=1e-6)


@pytest.mark.parametrize(
    ("optimizer", "scheduler"),
    [
        pytest.param(THREE, "{type: StepLR, step_size: 3}", id="all-alike"),
        pytest.param(THREE, "{type: LambdaLR, lr_lambda: ['1', '1', '1']}", id="equal-values"),
        pytest.param(
            THREE.replace("lr_tensor: true, ", ""),
            "{type: StepLR, step_size: 3, groups: [b]}",
            id="numbers",
        ),
        pytest.param(
            THREE.replace("a: {}, b: {}, c: {}", "a: {}, b: {lr: 0.2}, c: {lr: 0.3}"),
            "{type: LambdaLR, lr_lambda: ['1', '0.9', '0.8']}",
            id="rates-of-their-own",
        ),
    ],
)
def test_sharing_that_changes_nothing_is_not_reported(optimizer, scheduler):
    assert not shared(optimizer, scheduler)


def test_half_precision_is_reported_for_driven_groups_only():
    optimizer = "{type: SGD, groups: {a: {lr: 0.1, lr_tensor: float16}, b: {lr: 0.1}}}"
    every = "{type: StepLR, step_size: 3}"
    (message,) = about(optimizer, every, "tensor-lr-dtype")
    assert "of a is a tensor of float16" in message
    assert not about(optimizer, "{type: StepLR, step_size: 3, groups: [b]}", "tensor-lr-dtype")


def test_half_precision_loses_small_changes():
    text = "optimizer: {type: SGD, lr: 0.1, lr_tensor: bfloat16}\nscheduler: "
    got = trace(text + "{type: ExponentialLR, gamma: 0.999, interval: step}", RUN)
    assert set(got.lr["all"].tolist()) == {0.10009765625}


@pytest.mark.parametrize(
    ("torch", "told"), [("2.3.1", 0), ("2.4.1", 1), ("2.9.1", 1), ("2.10.0", 0), ("2.13.0", 0)]
)
def test_sequential_is_reported_on_the_releases_concerned(torch, told):
    names = [each.name for each in findings(SEQUENTIAL, torch)]
    assert names.count("tensor-lr-sequential-base-corrupted") == told
