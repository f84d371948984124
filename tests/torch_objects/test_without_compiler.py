"""The import of torch's compiler, spared."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
import torch

from lrplan.torch_objects.builder import _DISABLED, without_compiler

SCRIPT = """
import sys, torch
from lrplan.torch_objects.builder import without_compiler
with without_compiler():
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
print("torch._dynamo" in sys.modules, optimizer.param_groups[0]["lr"])
"""


def test_an_optimizer_is_built_without_the_compiler():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    imported, rate = done.stdout.split()
    assert imported == "False"
    assert float(rate) == pytest.approx(0.1 / 25)


@pytest.mark.parametrize("fails", [False, True], ids=["well", "badly"])
def test_torch_is_as_it_was_however_the_block_ends(fails, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    method = torch.optim.Optimizer.add_param_group.__wrapped__
    monkeypatch.delattr(method, _DISABLED, raising=False)
    before = dict(vars(method))
    with suppress(ZeroDivisionError), without_compiler():
        assert vars(method) != before
        1 / (not fails)
    assert vars(method) == before


def test_what_the_compiler_has_set_is_left_alone(monkeypatch):
    method = torch.optim.Optimizer.add_param_group.__wrapped__
    monkeypatch.setattr(method, _DISABLED, len, raising=False)
    monkeypatch.delitem(sys.modules, "torch._dynamo", raising=False)
    with without_compiler():
        assert getattr(method, _DISABLED) is len
    assert getattr(method, _DISABLED) is len
