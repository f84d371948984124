"""Optimizers of many groups are those that torch builds, without its comparison of all of them."""

from __future__ import annotations

from contextlib import suppress

import pytest
import torch
from torch.optim import SGD, Adagrad, AdamW, Optimizer

from lrplan.torch_objects.builder import build
from lrplan.torch_objects.many_groups import skip_duplicate_parameter_check
from tests.support.specs import plan

MANY = "optimizer: {type: SGD, groups: {a: {lr: 0.1}, b: {lr: 0.2}, c: {lr: 0.3}}}"


def parameters():
    torch.manual_seed(0)
    return [torch.nn.Parameter(torch.rand(2)) for _ in range(3)]


@pytest.mark.parametrize("kind", [SGD, Adagrad, AdamW])
def test_the_optimizer_is_torch_s_own(kind):
    options = [{"lr": 0.5}, {}, {"weight_decay": 0.1}]
    built = []
    for _ in range(2):
        groups = [{"params": [one], **own} for one, own in zip(parameters(), options, strict=True)]
        if built:
            with skip_duplicate_parameter_check():
                built.append(kind(groups, lr=0.1))
        else:
            built.append(kind(groups, lr=0.1))
    torchs, ours = built
    assert str(torchs.state_dict()) == str(ours.state_dict())
    assert [group["params"][0].tolist() for group in ours.param_groups] == [
        group["params"][0].tolist() for group in torchs.param_groups
    ]


def test_a_group_is_compared_with_no_other(monkeypatch):
    real, seen = Optimizer.add_param_group, []

    def add(self, group):
        seen.append(len(self.param_groups))
        real(self, group)

    monkeypatch.setattr(Optimizer, "add_param_group", add)
    live = build(plan(MANY), torch.device("cpu"))
    assert seen == [0, 0, 0]
    assert [group["lr"] for group in live.optimizer.param_groups] == [0.1, 0.2, 0.3]


def test_torch_is_as_it_was_however_the_block_ends():
    real = Optimizer.add_param_group
    optimizer = SGD(parameters(), lr=0.1)
    with suppress(TypeError), skip_duplicate_parameter_check():
        optimizer.add_param_group({"params": ["no tensor"]})
    assert Optimizer.add_param_group is real
    assert len(optimizer.param_groups) == 1
