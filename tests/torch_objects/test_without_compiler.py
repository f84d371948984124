"""The import of torch's compiler, spared."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
import torch

from lrplan.torch_objects.builder import _DISABLED, without_compiler
from tests.support.releases import since

SCRIPT = """
import sys, torch
from lrplan.torch_objects.builder import without_compiler
with without_compiler():
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)
print("torch._dynamo" in sys.modules, optimizer.param_groups[0]["lr"])

from pathlib import Path
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
text = "training: {steps: 400}\\nschedules:\\n  a:\\n    optimizer: {type: SGD, lr: 0.1}\\n"
text += "    scheduler: {type: CosineAnnealingLR, T_max: 400}"
plan = load(InputText("spec", text), Path()).plans["a"]
for engine in ("step", "closed"):
    simulate(plan, Request(engine=engine))
    print(engine, "torch._dynamo" in sys.modules)
"""


@since("2.4", "an optimizer can be built without the compiler")
def test_an_optimizer_is_built_and_run_without_the_compiler():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    built, *runs = done.stdout.splitlines()
    imported, rate = built.split()
    assert imported == "False"
    assert float(rate) == pytest.approx(0.1 / 25)
    assert runs == ["step False", "closed False"]


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
