"""Calls of ``lrplan.preview`` that cannot mean anything say so."""

from __future__ import annotations

import functools
import types

import pytest
import torch
from torch.optim import lr_scheduler

import lrplan
from tests.support.live_cases import Foreign, make

GLOBAL = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


class ByGlobal:
    def step(self):
        GLOBAL.param_groups[0]["lr"] /= 2


def wrong_calls():
    optimizer, scheduler = make("StepLR")
    other, _ = make("StepLR")
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer)
    preview = functools.partial(lrplan.preview, steps=6)

    class Counted(Foreign):
        def step(self, epoch, metric=None):
            pass

    class Two(Foreign):
        def step(self, loss, accuracy):
            pass

    frozen = types.SimpleNamespace(param_groups=[{"params": []}])
    job = {"scheduler": plateau, "interval": "step"}
    return {
        "the optimizer comes first": lambda: preview(scheduler, optimizer),
        "is not a scheduler": lambda: preview(optimizer, lr_scheduler.StepLR),
        "has no param_groups": lambda: preview([optimizer, 0.1], scheduler),
        "no optimizer is given": lambda: preview([], scheduler),
        "two of the optimizers have the same parameter group": lambda: preview(
            {"a": optimizer, "b": optimizer}, scheduler
        ),
        "has an lr": lambda: preview(frozen, None),
        "steps: 0 is less than 1": lambda: preview(optimizer, scheduler, steps=0),
        "give whole numbers": lambda: preview(optimizer, scheduler, steps=2.5),
        "give steps_per_epoch": lambda: preview(optimizer, scheduler, interval="epoch"),
        "no interval 'batch'": lambda: preview(optimizer, scheduler, interval="batch"),
        "frequency: 0": lambda: preview(optimizer, scheduler, frequency=0),
        "does not hold an optimizer": lambda: preview(other, scheduler),
        "by a global name": lambda: preview(GLOBAL, ByGlobal()),
        "no key 'intervall'; did you mean": lambda: preview(optimizer, {"intervall": 1}),
        "mapping of a scheduler needs 'interval'": lambda: preview(
            optimizer, {"scheduler": scheduler}
        ),
        "does not name each of 2": lambda: preview(optimizer, scheduler, groups=["a"]),
        "a name twice": lambda: preview(optimizer, scheduler, groups=["a", "a"]),
        "give metrics: 6, one per step": lambda: preview(optimizer, plateau),
        "metrics has 1 value, but": lambda: preview(optimizer, plateau, metrics=[1]),
        "reads 2, one per 3 steps": lambda: preview(
            optimizer, plateau, metrics={"loss": [1]}, frequency=3
        ),
        "no scheduler reads metrics": lambda: preview(optimizer, scheduler, metrics=[1] * 6),
        "one of the metrics a, b": lambda: preview(
            optimizer, plateau, metrics={"a": [1] * 6, "b": [1] * 6}
        ),
        "'c', not among the metrics a": lambda: preview(
            optimizer, {**job, "monitor": "c"}, metrics={"a": [1] * 6}
        ),
        "needs epoch; hand over": lambda: preview(optimizer, Counted(optimizer)),
        "needs loss and accuracy": lambda: preview(optimizer, Two(optimizer)),
    }


@pytest.mark.parametrize("message", wrong_calls())
def test_a_wrong_call_says_what_is_wrong(message):
    with pytest.raises(lrplan.LrplanError) as caught:
        wrong_calls()[message]()
    assert message in str(caught.value)
