"""The rest of a run on copies of its live objects: as the real objects do it, to the last bit."""

import copy

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from lrplan.errors import LrplanError
from lrplan.forecast.calls import FutureCalls, ObservedCall, RepeatedCalls
from lrplan.simulate.live_objects.continuation import RunCopies
from lrplan.trace import Trace
from tests.support.live_cases import CASES, STEPS, driven, make

STEP, TICK = ObservedCall("step"), ObservedCall("tick")
DONE = 5
"""Steps before the copies are made."""


def trace_of(optimizer, steps, **options):
    """What is known of a run of so many steps, as far as the continuation needs it."""
    names = tuple(str(number) for number in range(len(optimizer.param_groups)))
    columns = {"lr": {name: np.ones(steps) for name in names}}
    return Trace("optimizer-0", columns, {}, names, **options)


def lrs(trace):
    return [trace.lr[name].tolist() for name in trace.groups]


@pytest.mark.parametrize("tensor", [False, True], ids=["floats", "tensors"])
@pytest.mark.parametrize("case", CASES)
def test_copies_go_on_as_the_originals_do(case, tensor):
    optimizer, scheduler = make(case, tensor=tensor)
    driven(optimizer, [scheduler], DONE)
    copies = RunCopies({0: optimizer}, {0: scheduler})
    before = [float(group["lr"]) for group in optimizer.param_groups]
    calls = FutureCalls([RepeatedCalls([STEP, TICK], STEPS)])
    predicted = copies.continue_run(calls, {0: trace_of(optimizer, DONE)}, {})[0]
    assert [float(group["lr"]) for group in optimizer.param_groups] == before
    assert lrs(predicted) == driven(optimizer, [scheduler])
    assert predicted.next_values["lr"] == {
        name: float(group["lr"])
        for name, group in zip(predicted.groups, optimizer.param_groups, strict=True)
    }


class OfPackage:
    """A scheduler with the methods that those of several packages have."""

    t_in_epochs = False

    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self, epoch=None):
        self.optimizer.param_groups[0]["lr"] = 1.0

    def step_update(self, number=None):
        self.optimizer.param_groups[0]["lr"] = 2.0

    def __call__(self, engine):
        self.optimizer.param_groups[0]["lr"] = 3.0


@pytest.mark.parametrize(
    ("module", "lr"),
    [("train", 1), ("timm.scheduler", 2), ("pytorch_accelerated.schedulers", 2), ("ignite", 3)],
)
def test_schedulers_of_packages_are_ticked_as_their_loops_do(monkeypatch, module, lr):
    monkeypatch.setattr(OfPackage, "__module__", module)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    copies = RunCopies({0: optimizer}, {0: OfPackage(optimizer)})
    calls = FutureCalls([RepeatedCalls([TICK, STEP], 2)])
    predicted = copies.continue_run(calls, {0: trace_of(optimizer, DONE)}, {0: [4.0, 5.0]})[0]
    assert lrs(predicted) == [[lr, lr]]
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_a_group_that_has_made_no_step_has_no_curve():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    trace = trace_of(optimizer, DONE)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 0.2})
    copies = RunCopies({0: optimizer}, {0: lr_scheduler.ExponentialLR(optimizer, 0.5)})
    calls = FutureCalls([RepeatedCalls([STEP, TICK], 2)])
    assert lrs(copies.continue_run(calls, {0: trace}, {})[0]) == [[0.1, 0.05]]


def test_what_cannot_be_ticked_is_refused(monkeypatch):
    monkeypatch.delattr(OfPackage, "step")
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    with pytest.raises(LrplanError, match=r"OfPackage has no method step\(\)"):
        RunCopies({0: optimizer}, {0: OfPackage(optimizer)})


def test_a_model_is_not_copied():
    weight = torch.nn.Parameter(torch.zeros(1000, 1000))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    copies = RunCopies({0: optimizer}, {0: lr_scheduler.StepLR(optimizer, 2)})
    (copied,) = copies.optimizers[0].param_groups[0]["params"]
    assert copied is not weight
    assert copied.untyped_storage().nbytes() < 100


def test_an_originals_state_is_left_alone():
    optimizer, scheduler = make("SequentialLR")
    driven(optimizer, [scheduler], DONE)
    state = copy.deepcopy(scheduler.state_dict())
    random_state = torch.get_rng_state()
    calls = FutureCalls([RepeatedCalls([STEP, TICK], 9)])
    RunCopies({0: optimizer}, {0: scheduler}).continue_run(calls, {0: trace_of(optimizer, 5)}, {})
    assert str(scheduler.state_dict()) == str(state)
    assert torch.equal(torch.get_rng_state(), random_state)


def test_two_optimizers_step_in_their_turns():
    first, first_scheduler = make("StepLR")
    second, second_scheduler = make("ExponentialLR")
    copies = RunCopies({0: first, 1: second}, {0: first_scheduler, 1: second_scheduler})
    calls = [STEP, STEP, ObservedCall("step", 1), TICK, ObservedCall("tick", 1)]
    observed = {0: trace_of(first, 2), 1: trace_of(second, 1)}
    predicted = copies.continue_run(FutureCalls([RepeatedCalls(calls, 4)]), observed, {})
    assert lrs(predicted[0])[0] == [1.0] * 6 + [0.1] * 2
    assert lrs(predicted[1])[0] == pytest.approx([1.0, 0.9, 0.81, 0.729], rel=1e-12)


def test_epochs_go_on():
    optimizer, scheduler = make("StepLR")
    observed = trace_of(optimizer, 3, epochs=np.array([0, 0, 1]), steps_per_epoch=2)
    copies = RunCopies({0: optimizer}, {0: scheduler})
    calls = FutureCalls(
        [RepeatedCalls([STEP, TICK]), RepeatedCalls([ObservedCall("epoch"), STEP, STEP, TICK], 2)]
    )
    predicted = copies.continue_run(calls, {0: observed}, {})[0]
    assert predicted.epochs.tolist() == [1, 2, 2, 3, 3]
    assert (predicted.steps_per_epoch, predicted.planned_steps) == (2, 5)


class ByEpoch:
    """A scheduler that is told the number of the epoch, as timm's are."""

    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self, epoch):
        for group in self.optimizer.param_groups:
            group["lr"] = epoch / 8


@pytest.mark.parametrize(
    ("given", "expected"), [([2.0, 4.0], [1.0, 6 / 8, 8 / 8]), ([4.0], [1.0, 5 / 8, 6 / 8])]
)
def test_numbers_that_ticks_are_given_go_on(given, expected):
    optimizer, _ = make("StepLR")
    copies = RunCopies({0: optimizer}, {0: ByEpoch(optimizer)})
    calls = FutureCalls([RepeatedCalls([STEP, TICK], 3)])
    predicted = copies.continue_run(calls, {0: trace_of(optimizer, 3)}, {0: given})
    assert lrs(predicted[0])[0] == expected


def test_a_scheduler_that_refuses_ends_the_prediction_there():
    optimizer, _ = make("StepLR")
    scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=4)
    driven(optimizer, [scheduler], 2)
    calls = FutureCalls([RepeatedCalls([STEP, TICK], 9)])
    copies = RunCopies({0: optimizer}, {0: scheduler})
    predicted = copies.continue_run(calls, {0: trace_of(optimizer, 2)}, {})[0]
    assert (predicted.steps, predicted.failure.step) == (3, 2)
    assert "total steps is 4" in predicted.failure.message


def test_an_optimizer_whose_lr_is_not_known_has_no_prediction():
    optimizer, scheduler = make("StepLR")
    copies = RunCopies({0: optimizer}, {0: scheduler})
    calls = FutureCalls([RepeatedCalls([STEP, TICK], 9)], unknown={0: "set by hand"})
    assert copies.continue_run(calls, {0: trace_of(optimizer, 2)}, {}) == {}


def test_what_cannot_be_copied_is_said():
    optimizer, scheduler = make("StepLR")
    scheduler.lines = iter(open(__file__, encoding="utf-8"))  # noqa: PTH123, SIM115
    with pytest.raises(LrplanError, match=r"StepLR\.lines cannot be copied"):
        RunCopies({0: optimizer}, {0: scheduler})
    scheduler.lines.close()
