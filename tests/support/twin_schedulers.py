"""Copies of small live objects, for tests to look into."""

from __future__ import annotations

import torch

from lrplan.simulate.live_objects.torch_copies import TorchCopies


def make_optimizer(cls=torch.optim.SGD, size=3, **options):
    return cls([torch.nn.Parameter(torch.ones(size))], **{"lr": 1.0, **options})


class Holder:
    """A scheduler of no package that holds whatever a test gives it."""

    def __init__(self, optimizer, **held):
        self.optimizer = optimizer
        vars(self).update(held)

    def step(self):
        pass


def twin_of(optimizer, **held):
    """The copy of a scheduler that holds ``held``, and the copy of its optimizer."""
    holder = Holder(optimizer, **held)
    twins = TorchCopies([holder])
    copied = twins.optimizer(optimizer)
    twin = twins.scheduler(holder, "holder")
    twin.keeps_alive = twins  # as a run does
    return twin, copied
