"""Quick ticks leave schedulers and groups as their own ``step()`` does, after every one."""

from __future__ import annotations

import copy
import warnings

import pytest
import torch
from torch.optim import lr_scheduler, swa_utils

from lrplan.simulate.sampling.buffers import FloatBuffer, RecordedField
from lrplan.simulate.stepping.fast_step import quick, straight
from lrplan.torch_objects import schedulers as custom
from tests.support.releases import since

BUILDERS = {
    "step": lambda o: lr_scheduler.StepLR(o, 3, 0.5),
    "milestones": lambda o: lr_scheduler.MultiStepLR(o, [2, 4]),
    "constant": lambda o: lr_scheduler.ConstantLR(o, 0.2, 3),
    "linear": lambda o: lr_scheduler.LinearLR(o, 0.2, 1.0, 3),
    "exponential": lambda o: lr_scheduler.ExponentialLR(o, 0.9),
    "polynomial": lambda o: lr_scheduler.PolynomialLR(o, 6, 2.0),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, 6),
    "lambda": lambda o: lr_scheduler.LambdaLR(o, lambda x: 0.9**x),
    "multiplicative": lambda o: lr_scheduler.MultiplicativeLR(o, lambda x: 0.9),
    "one-cycle": lambda o: lr_scheduler.OneCycleLR(o, [0.1, 0.2, 0.3], 20),
    "cyclic": lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.1, 3),
    "warm-restarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2),
    "swa": lambda o: swa_utils.SWALR(o, 0.05, 4),
    "warmup-cosine": lambda o: custom.WarmupCosine(o, 3, 12),
    "weight-decay": lambda o: custom.StepWdScheduler(o, 2),
    "gradual": lambda o: custom.GradualWarmupScheduler(o, 2, 3, lr_scheduler.StepLR(o, 2)),
    "sequential": lambda o: lr_scheduler.SequentialLR(
        o,
        [
            lr_scheduler.LinearLR(o, 0.1, 1.0, 3),
            lr_scheduler.CosineAnnealingLR(o, 5),
            lr_scheduler.CosineAnnealingWarmRestarts(o, 2),
        ],
        [3, 8],
    ),
    "chained": lambda o: lr_scheduler.ChainedScheduler(
        [
            lr_scheduler.LinearLR(o, 0.1, 1.0, 3),
            custom.StepWdScheduler(o, 2),
            lr_scheduler.ExponentialLR(o, 0.9),
        ]
    ),
    "nested": lambda o: lr_scheduler.SequentialLR(
        o,
        [
            lr_scheduler.ChainedScheduler(
                [lr_scheduler.ConstantLR(o, 0.3, 2), lr_scheduler.ExponentialLR(o, 0.9)]
            ),
            lr_scheduler.StepLR(o, 2),
        ],
        [4],
    ),
}


def make(name):
    optimizer = torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (0.1, 0.2, 0.3)],
        lr=0.1,
        momentum=0.9,
        weight_decay=0.01,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optimizer, BUILDERS[name](optimizer)


def state(optimizer, scheduler):
    """All that a checkpoint would hold."""
    held = [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]
    return copy.deepcopy((_plain(scheduler.state_dict()), held))


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items() if not callable(each)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, lr_scheduler.LRScheduler):
        return _plain(value.state_dict())
    return None if callable(value) else value


CASES = [
    pytest.param(
        name,
        marks=[since("2.4", "a ChainedScheduler counts its ticks")] if name == "nested" else [],
    )
    for name in BUILDERS
]


@pytest.mark.parametrize("name", CASES)
def test_every_state_on_the_way_is_the_same(name):
    (first, real), (second, hurried) = make(name), make(name)
    tick = quick(hurried)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(14):
            for optimizer, step in ((first, real.step), (second, tick)):
                optimizer.step()
                step()
            assert state(first, real) == state(second, hurried)


@pytest.mark.parametrize("name", CASES)
def test_rows_and_states_of_a_straight_run_are_the_same(name):
    (first, real), (second, hurried) = make(name), make(name)
    lane = FloatBuffer(
        [RecordedField("lr", str(i), g, "lr") for i, g in enumerate(second.param_groups)]
    )
    run = straight(hurried, quick(hurried), lane)
    for optimizer, scheduler in ((first, real), (second, hurried)):
        optimizer.step()
        scheduler.step()
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(9):
            rows.append([group["lr"] for group in first.param_groups])
            real.step()
        run(5)
        run(4)
    assert lane.take().tolist() == rows
    assert state(first, real) == state(second, hurried)


def test_what_a_class_does_otherwise_is_left_to_it():
    class Counting(lr_scheduler.StepLR):
        def step(self, epoch=None):
            self.counted = getattr(self, "counted", 0) + 1
            super().step(epoch)

    optimizer, _ = make("step")
    scheduler = Counting(optimizer, 3)
    optimizer.step()
    tick = quick(scheduler)
    tick()
    tick()
    assert scheduler.counted == 3
    straight(scheduler, tick, FloatBuffer([]))(2)
    assert scheduler.counted == 5


def test_a_step_that_was_replaced_on_the_object_is_called():
    _, scheduler = make("step")
    calls = []
    scheduler.step = lambda: calls.append(1)
    quick(scheduler)()
    assert calls == [1]


@since("2.4", "a tensor is filled, not replaced")
def test_tensors_are_left_to_torch():
    rate = torch.tensor(0.1)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    tick = quick(scheduler)
    tick()
    tick()
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == pytest.approx(0.025, rel=1e-6)


def test_an_unknown_release_of_torch_is_left_to_itself(monkeypatch):
    from lrplan.simulate.stepping import fast_step as module

    def step(self, epoch=None):
        self.seen = True

    monkeypatch.setattr(lr_scheduler.LRScheduler, "step", step)
    module._is_known.cache_clear()
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = lr_scheduler.StepLR(optimizer, 1)
    scheduler.seen = False
    quick(scheduler)()
    assert scheduler.seen
    monkeypatch.undo()
    module._is_known.cache_clear()


def test_this_release_of_torch_is_known():
    _, scheduler = make("step")
    release = tuple(map(int, torch.__version__.split("+")[0].split(".")[:2]))
    if release < (2, 13):
        pytest.skip("the code of older releases is another")
    assert quick(scheduler) != scheduler.step
