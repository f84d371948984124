"""``last_epoch`` of torch's schedulers: -1 says nothing, and two have no such argument."""

from __future__ import annotations

import inspect

import torch
from torch.optim import lr_scheduler

from lrplan.catalog import SCHEDULERS
from tests.support.rule_runs import findings
from tests.support.specs import spec

OF_TORCH = {name: row for name, row in SCHEDULERS.items() if row.family in ("torch", "swa")}
PLATEAU = "{type: ReduceLROnPlateau, patience: 2, last_epoch: %d}"
CHAINED = "{type: ChainedScheduler, schedulers: [{type: StepLR, step_size: 9}], last_epoch: %d}"


def test_which_constructors_have_it():
    homes = (lr_scheduler, torch.optim.swa_utils)
    classes = {
        name: next(filter(None, (getattr(e, name, None) for e in homes))) for name in OF_TORCH
    }
    taken = {n: "last_epoch" in inspect.signature(c).parameters for n, c in classes.items()}
    assert {name: row.takes_last_epoch for name, row in OF_TORCH.items()} == taken


def test_an_argument_that_torch_does_not_have_is_unknown():
    told = {}
    for scheduler in (PLATEAU, CHAINED):
        for number in (-1, 3):
            text = spec(scheduler % number, metrics="{m: {values: [1], then: hold}}")
            told[scheduler, number] = [each.name for each in findings(text)]
    assert set(map(tuple, told.values())) == {("unknown-key",)}


def test_the_default_says_nothing():
    kinds = ("StepLR, step_size: 9", "SWALR, swa_lr: 0.01")
    texts = [spec(f"{{type: {kind}, interval: epoch, last_epoch: -1}}") for kind in kinds]
    assert [
        each.name for text in texts for each in findings(text) if each.severity == "error"
    ] == []
