"""Small training loops that are recorded, with what an independent hook saw."""

import torch
from torch.utils.data import DataLoader, TensorDataset

from lrplan.api.recorded_run import recording


def model():
    return torch.nn.Linear(3, 1)


def two_groups(**options):
    """SGD with two groups, at 0.1 and 0.01."""
    net = model()
    groups = [{"params": [net.weight]}, {"params": [net.bias], "lr": 0.01}]
    return net, torch.optim.SGD(groups, lr=0.1, **options)


def loader(samples=16, batch_size=4):
    return DataLoader(TensorDataset(torch.ones(samples, 3)), batch_size=batch_size)


def backward(net, batch=None):
    net(torch.ones(4, 3) if batch is None else batch).sum().backward()


def record(program):
    """Run ``program()`` under observation; return the observed run."""
    with recording("train.py") as block:
        program()
    return block.observation


def kinds(observation, *wanted):
    """The events of these kinds as pairs of kind and step."""
    return [(each.kind, each.step) for each in observation.events if each.kind in wanted]
