"""The facts of a plan that an adapter gets."""

from dataclasses import replace

import torch

from lrplan.torch_objects.builder import build
from tests.torch_objects.adapters.traced import plan_of

WANTS = ("interval", "frequency", "steps_per_epoch", "epochs", "ticks", "outermost")


class Recorder:
    """Stands in for an adapter: keeps what it was told."""

    def __init__(self, optimizer, *, gamma, **told):
        self.optimizer, self.gamma, self.told = optimizer, gamma, told


def told(training, wants=WANTS, **keys):
    plan = plan_of({"type": "ExponentialLR", "gamma": 0.9, **keys}, training=training)
    (own,) = plan.schedulers
    row = replace(own.row, path="tests.torch_objects.adapters.test_facts:Recorder", wants=wants)
    plan = replace(plan, schedulers=(replace(own, row=row),))
    (driver,) = build(plan, torch.device("cpu")).drivers
    assert driver.scheduler.gamma == 0.9
    return driver.scheduler.told


def test_a_run_in_epochs():
    assert told({"epochs": 6, "steps_per_epoch": 5}) == {
        "_interval": "epoch",
        "_frequency": 1,
        "_steps_per_epoch": 5,
        "_epochs": 6,
        "_ticks": 6,
        "_outermost": True,
    }


def test_ticks_are_calls_of_step():
    training = {"epochs": 6, "steps_per_epoch": 5}
    assert told(training, interval="step", frequency=4)["_ticks"] == 7


def test_a_run_in_steps_has_no_epochs():
    facts = told({"steps": 12})
    assert facts["_epochs"] is facts["_steps_per_epoch"] is None
    assert facts["_ticks"] == 12


def test_nothing_is_told_unasked():
    assert told({"steps": 12}, wants=()) == {}
    assert told({"steps": 12}, wants=("ticks",)) == {"_ticks": 12}
