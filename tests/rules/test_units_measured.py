"""The numbers that the pages of the units family print, measured."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.support.specs import trace
from tests.support.unit_specs import SGD


def used(scheduler, training):
    return trace(f"optimizer: {SGD}\nscheduler: {{type: {scheduler}}}", training).lr["all"]


MEASURED = [
    ("CosineAnnealingLR, T_max: 10, interval: step", "epochs: 10, steps_per_epoch: 100", 0.9755),
    ("CosineAnnealingLR, T_max: 1000", "epochs: 10, steps_per_epoch: 1", 0.9998),
    ("CosineAnnealingLR, T_max: 400", "epochs: 100, steps_per_epoch: 1", 0.8563),
    ("CosineAnnealingLR, T_max: 8000, interval: step", "epochs: 10, steps_per_epoch: 100", 0.962),
    ("OneCycleLR, max_lr: 0.1, total_steps: 400", "epochs: 100, steps_per_epoch: 1", 0.9346),
    ("OneCycleLR, max_lr: 0.1, total_steps: 1000", "epochs: 100, steps_per_epoch: 1", 0.277),
    ("LinearLR, start_factor: 0.01, total_iters: 500", "epochs: 10, steps_per_epoch: 1", 0.0278),
    ("CyclicLR, base_lr: 1e-4, max_lr: 1e-1", "epochs: 50, steps_per_epoch: 1", 0.0255),
    ("ExponentialLR, gamma: 0.95", "epochs: 11, steps_per_epoch: 1", 0.599),
    ("ExponentialLR, gamma: 0.95", "epochs: 101, steps_per_epoch: 1", 5.92e-3),
    ("ExponentialLR, gamma: 0.95", "epochs: 1001, steps_per_epoch: 1", 5.29e-23),
]


@pytest.mark.parametrize(("scheduler", "training", "share"), MEASURED)
def test_the_pages_give_what_torch_does(scheduler, training, share):
    """The last rate over 0.1, to the digits that the pages and the catalogue print."""
    last = used(scheduler, training)[-1]
    assert last / 0.1 == pytest.approx(share, rel=2e-3)


def test_a_cosine_of_ten_steps_comes_back_49_times():
    rates = used("CosineAnnealingLR, T_max: 10, interval: step", "epochs: 10, steps_per_epoch: 100")
    near = rates > 0.99 * 0.1
    assert np.count_nonzero(near[1:] & ~near[:-1]) == 49


def test_stairs_of_three_steps_are_gone_after_an_epoch():
    rates = used("StepLR, step_size: 3, interval: step", "epochs: 10, steps_per_epoch: 100")
    assert rates[99] / 0.1 == pytest.approx(1e-33)
    assert np.argmax(rates == 0) == 969


def test_ticking_first_brings_every_cut_a_step_early():
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)
    rates = []
    with pytest.warns(UserWarning, match="before `optimizer.step"):
        scheduler.step()
    for _ in range(9):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert rates == pytest.approx([0.1] * 2 + [0.01] * 3 + [0.001] * 3 + [0.0001])
