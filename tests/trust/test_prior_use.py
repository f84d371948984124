"""A factory that hands over used objects is refused, with the ticks that they have made."""

import pytest

from tests.trust.code import problem, trace, write

CODE = """
    from torch.optim import SGD, Adam
    from torch.optim.lr_scheduler import (
        ChainedScheduler, ExponentialLR, OneCycleLR, ReduceLROnPlateau, SequentialLR, StepLR
    )

    class Own:
        def __init__(self, optimizer):
            self.optimizer = optimizer

        def step(self):
            self.optimizer.param_groups[0]["lr"] *= 0.5

    def train(optimizer, steps, scheduler=None, value=()):
        for _ in range(steps):
            for group in optimizer.param_groups:
                for each in group["params"]:
                    each.grad = torch.ones_like(each)
            optimizer.step()
            if scheduler is not None:
                scheduler.step(*value)

    optimizer = SGD(parameters(), lr=0.8)
    scheduler = StepLR(optimizer, 100)
    train(optimizer, 50, scheduler)

    def of(kind, *inside):
        optimizer = SGD(parameters(), lr=0.8)
        if kind is StepLR:
            return optimizer, of_optimizer(kind, optimizer)
        members = [of_optimizer(each, optimizer) for each in inside if isinstance(each, type)]
        if kind is ChainedScheduler:
            return optimizer, kind(members)
        return optimizer, kind(optimizer, *([members, inside[-1]] if members else ()))

    def of_optimizer(kind, optimizer):
        return kind(optimizer, 0.5 if kind is ExponentialLR else 2)

    def at_import():
        return optimizer, scheduler
"""


def spec_of(folder, body):
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return write(folder, "factory: ./own.py:it", f"{CODE}\n    def it():\n{lines}")


USED = {
    "at-import": ("return at_import()", "StepLR has ticked 50 times already"),
    "once": (
        "o = SGD(parameters(), lr=0.8); s = StepLR(o, 2); train(o, 1, s); return o, s",
        "StepLR has ticked once already",
    ),
    "chained": (
        "o, s = of(ChainedScheduler, StepLR, ExponentialLR); train(o, 7, s); return o, s",
        "ChainedScheduler has ticked 7 times already",
    ),
    "sequential": (
        "o, s = of(SequentialLR, StepLR, ExponentialLR, [5]); train(o, 7, s); return o, s",
        "SequentialLR has ticked 7 times already",
    ),
    "plateau": (
        "o, s = of(ReduceLROnPlateau); train(o, 3, s, [1.0]); return o, s",
        "ReduceLROnPlateau has ticked 3 times already",
    ),
    "loaded": (
        "o, s = of(StepLR); s.load_state_dict(scheduler.state_dict()); return o, s",
        "StepLR has ticked 50 times already",
    ),
    "adam-alone": (
        "o = Adam(parameters(), lr=0.8); train(o, 4); return o",
        "Adam has made 4 steps already",
    ),
    "adam-and-a-class": (
        "o = Adam(parameters(), lr=0.8); s = Own(o); train(o, 4, s); return o, s",
        "Adam has made 4 steps already",
    ),
    "momentum": (
        "o = SGD(parameters(), lr=0.8, momentum=0.9); s = Own(o); train(o, 4, s); return o, s",
        "SGD has made steps already",
    ),
}


@pytest.mark.parametrize("name", USED)
def test_used_objects_are_refused(name, tmp_path):
    body, message = USED[name]
    finding = problem(spec_of(tmp_path, body))
    assert message in finding.message
    assert "lrplan.preview" in finding.fix


FRESH = {
    "step": "return of(StepLR)",
    "adam": "o = Adam(parameters(), lr=0.8); return o, ExponentialLR(o, 0.9)",
    "adagrad": "o = torch.optim.Adagrad(parameters(), lr=0.8); return o, ExponentialLR(o, 0.9)",
    "one-cycle": "o = SGD(parameters(), lr=0.8, momentum=0.9); return o, OneCycleLR(o, 1, 30)",
    "stepped-without-gradients": (
        "o = Adam(parameters(), lr=0.8); o.step(); return o, ExponentialLR(o, 0.9)"
    ),
    "chained": "return of(ChainedScheduler, StepLR, ExponentialLR)",
    "sequential": "return of(SequentialLR, StepLR, ExponentialLR, [5])",
    "own": "return of(Own)",
}


@pytest.mark.parametrize("name", FRESH)
def test_new_objects_are_not(name, tmp_path):
    assert trace(spec_of(tmp_path, FRESH[name])).failure is None


def test_a_recording_goes_on_from_a_used_state():
    import torch

    import lrplan

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.8)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4, 0.5)
    optimizer.step()
    for _ in range(3):
        scheduler.step()
    run = lrplan.preview(optimizer, scheduler, steps=6)
    assert run.lr["0"].tolist() == [0.8, 0.4, 0.4, 0.4, 0.4, 0.2]
    assert scheduler.last_epoch == 3
