"""Schedulers of other packages: how they are seen, with stand-ins in the shape of each package."""

import sys
import types

import pytest
from torch.optim import SGD, lr_scheduler

from lrplan.observe.other_schedulers import FAMILIES
from tests.support.recorded_runs import kinds, model, record, two_groups


class Plain:
    """A class in the shape of most packages' schedulers."""

    def __init__(self, optimizer, factor=0.5):
        self.optimizer, self.factor = optimizer, factor

    def step(self, epoch=0, metric=None):
        self.write()

    def write(self):
        for group in self.optimizer.param_groups:
            group["lr"] *= self.factor


class WithUpdates(Plain):
    """timm's: loops call both methods, and one does nothing."""

    t_in_epochs = False

    def step(self, epoch, metric=None):
        pass

    def step_update(self, number):
        self.write()


class Called(Plain):
    """ignite's."""

    def __call__(self, engine, name=None):
        self.write()


def own_members(cls):
    """What a class and those above it define, for one class that defines all of it itself."""
    merged = {}
    for each in reversed(cls.__mro__[:-1]):
        merged |= {key: value for key, value in vars(each).items() if key[:6] != "__dict"}
    return {key: value for key, value in merged.items() if key != "__weakref__"}


@pytest.fixture
def package(monkeypatch):
    def make(family, root):
        module = types.ModuleType(family.module)
        for name in family.roots:
            setattr(module, name, type(name, (), own_members(root)))
        monkeypatch.setitem(sys.modules, family.module, module)
        return module

    return make


@pytest.mark.parametrize("family", FAMILIES, ids=lambda each: each.module.partition(".")[0])
def test_each_package(package, family):
    root = {"step": Plain, "__call__": Called, "step_update": WithUpdates}[family.ticks[-1]]
    module = package(family, root)
    name = family.roots[0]

    def program():
        # A class below the root, made while the observers are there.
        made = type("Own", (getattr(module, name),), {})
        optimizer = SGD(model().parameters(), lr=1.0)
        schedule = made(optimizer, factor=0.1)
        for _ in range(3):
            optimizer.step()
            if root is WithUpdates:
                schedule.step(0)
                schedule.step_update(1)
            elif root is Called:
                schedule(None)
            else:
                schedule.step()

    run = record(program)
    ((schedule),) = run.schedulers
    assert (schedule.type, schedule.optimizer, schedule.arguments) == ("Own", 0, {"factor": 0.1})
    assert kinds(run, "scheduler_tick") == [("scheduler_tick", step) for step in (1, 2, 3)]
    assert kinds(run, "lr_written") == []


def test_a_handler_that_steps_a_scheduler_of_torch(package):
    (family,) = [each for each in FAMILIES if each.module.startswith("ignite")]
    module = package(family, Called)

    class LRScheduler(module.BaseParamScheduler):
        def __call__(self, engine, name=None):
            self.inner.step()

    module.LRScheduler = LRScheduler

    def program():
        optimizer = SGD(model().parameters(), lr=1.0)
        handler = LRScheduler(optimizer)
        handler.inner = lr_scheduler.StepLR(optimizer, 1)
        optimizer.step()
        handler(None)

    run = record(program)
    assert [each.type for each in run.schedulers] == ["StepLR"]
    assert kinds(run, "scheduler_tick") == [("scheduler_tick", 1)]


def test_what_goes_through_accelerate_and_what_deepspeed_does_at_first(monkeypatch):
    class AcceleratedScheduler:
        def __init__(self, scheduler, optimizers):
            self.scheduler = scheduler

    wrapper = types.ModuleType("accelerate.scheduler")
    wrapper.AcceleratedScheduler = AcceleratedScheduler
    engine = types.ModuleType("deepspeed")
    engine.initialize = lambda optimizer: optimizer.step()
    monkeypatch.setitem(sys.modules, "accelerate.scheduler", wrapper)
    monkeypatch.setitem(sys.modules, "deepspeed", engine)

    def program():
        optimizer = SGD(model().parameters(), lr=1.0)
        schedules = [lr_scheduler.StepLR(optimizer, 1) for _ in range(2)]
        AcceleratedScheduler(schedules[1], [optimizer])
        engine.initialize(optimizer)
        optimizer.step()

    run = record(program)
    assert [each.prepared for each in run.schedulers] == [False, True]
    assert run.optimizers[0].trace.steps == 1


def test_an_update_of_zero_is_one_step(monkeypatch):
    """It swaps the groups for each of them in turn, and steps the optimizer as often."""

    class DeepSpeedZeroOptimizer:
        overflow = False

        def __init__(self, optimizer):
            self.optimizer = optimizer

        def step(self):
            groups = self.optimizer.param_groups
            for group in () if self.overflow else groups:
                self.optimizer.param_groups = [group]
                self.optimizer.step()
            self.optimizer.param_groups = groups

    module = types.ModuleType("deepspeed.runtime.zero.stage_1_and_2")
    module.DeepSpeedZeroOptimizer = DeepSpeedZeroOptimizer
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def program():
        _, optimizer = two_groups()
        schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
        wrapper = DeepSpeedZeroOptimizer(optimizer)
        for number in range(4):
            wrapper.overflow = number == 1
            wrapper.step()
            schedule.step()

    run = record(program)
    lr = run.optimizers[0].trace.lr
    assert (lr["0"].tolist(), lr["1"].tolist()) == ([0.1, 0.025, 0.0125], [0.01, 0.0025, 0.00125])
    assert len(kinds(run, "optimizer_step")) == 3
    assert len(kinds(run, "optimizer_step_skipped")) == 1
    assert kinds(run, "lr_written") == []
