"""Runs that torch made in a plain loop, right or with a known mistake, and their logs.

The loop knows nothing of lrplan: it is the truth that an audit is measured by.
"""

from contextlib import suppress

import numpy as np
import torch
from torch.optim import lr_scheduler

from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves
from lrplan.logs.precision import precision_of_texts

UPDATES, PER_EPOCH = 240, 24


def _cosine(optimizer):
    warmup = lr_scheduler.LinearLR(optimizer, 0.01, total_iters=24)
    decay = lr_scheduler.CosineAnnealingLR(optimizer, UPDATES - 24)
    return lr_scheduler.SequentialLR(optimizer, [warmup, decay], [24])


SCHEDULES = {
    "warm-up and cosine": _cosine,
    "linear": lambda optimizer: lr_scheduler.LinearLR(optimizer, 1.0, 0.0, UPDATES),
    "steps": lambda optimizer: lr_scheduler.MultiStepLR(optimizer, [80, 160], 0.1),
    "exponential": lambda optimizer: lr_scheduler.ExponentialLR(optimizer, 0.99),
    "one cycle": lambda optimizer: lr_scheduler.OneCycleLR(
        optimizer, [0.1, 0.02], total_steps=UPDATES + 1
    ),
}


def run(schedule, ticks_before, updates=UPDATES, peaks=(0.1, 0.02), restart=None):
    """The rates that the updates of a plain loop apply, shape ``(updates, groups)``.

    ``ticks_before[u]`` is how often the scheduler is stepped right before update ``u``; at
    ``restart`` the optimizer and the scheduler are made anew.
    """

    def make():
        groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in peaks]
        optimizer = torch.optim.SGD(groups)
        scheduler = SCHEDULES[schedule](optimizer)
        optimizer.step()  # so that torch does not warn of the order; there are no gradients
        return optimizer, scheduler

    optimizer, scheduler = make()
    applied = np.empty((updates, len(peaks)))
    for update in range(updates):
        if update == restart:
            optimizer, scheduler = make()
        else:
            for _ in range(ticks_before(update)):
                with suppress(ValueError):  # OneCycleLR has an end
                    scheduler.step()
        applied[update] = [group["lr"] for group in optimizer.param_groups]
    return applied


def once(update):
    """One tick after each update, as planned."""
    return int(update > 0)


def planned_run(schedule):
    """What the plan gives, as an audit gets it; a longer run is stepped on."""

    def longer(ticks):
        return run(schedule, once, ticks)

    return PlannedCurves(
        longer(UPDATES + 1), UPDATES, PER_EPOCH, accumulate=2, world_size=4, simulate_longer=longer
    )


def logged(applied, spelling="r", every=1, first=0, holes=()):
    """The rows of a log of these rates, written with the given number of digits."""
    updates = np.array([u for u in range(first, len(applied), every) if u not in holes])
    texts = [
        [repr(float(v)) if spelling == "r" else format(float(v), spelling) for v in applied[u]]
        for u in updates
    ]
    values = np.array([[float(text) for text in row] for row in texts])
    tolerance = np.stack(
        [
            precision_of_texts(row[group] for row in texts).tolerance(values[:, group])
            for group in range(values.shape[1])
        ],
        axis=1,
    )
    return LoggedPoints(updates, values, tolerance)
