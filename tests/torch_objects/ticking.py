"""A plain training loop, and optimizers for it."""

import pytest
import torch
from torch.optim import SGD

from lrplan.torch_objects.schedulers import read_field

REL = 1e-12
TICKS = 60


def groups(*rates):
    return [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]


def sgd(*rates, **options):
    return SGD(groups(*(rates or (0.1,))), **{"momentum": 0.9, "weight_decay": 0.04} | options)


def run(optimizer, *schedulers, field="lr", ticks=TICKS):
    """The applied values: one row per step, one entry per group."""
    rows = []
    for _ in range(ticks):
        rows.append([float(read_field(group, field)) for group in optimizer.param_groups])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return rows


def close(rows, expected):
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        assert row == pytest.approx(wanted, rel=REL, abs=2e-16)
