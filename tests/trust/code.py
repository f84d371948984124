"""Specs with code beside them, for tests of ``--trust``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from lrplan.errors import SpecError
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load_file
from tests.timeouts import HANG

ROOT = Path(__file__).parents[2]
HEAD = "training: {epochs: 6, steps_per_epoch: 5}\nschedules:\n  it:\n"

CODE = '''\
import torch
from torch.optim.lr_scheduler import LRScheduler


def parameters():
    return [torch.nn.Parameter(torch.zeros(2))]


class Halving(LRScheduler):
    """Halves the rate every so many ticks."""

    def __init__(self, optimizer, every, floor=0.0):
        self.every, self.floor = every, floor
        super().__init__(optimizer)

    def get_lr(self):
        factor = 0.5 ** (self.last_epoch // self.every)
        return [max(base * factor, self.floor) for base in self.base_lrs]


class Lion(torch.optim.Optimizer):
    """An optimizer with defaults of its own; its step needs gradients."""

    def __init__(self, params, lr=0.3, betas=(0.9, 0.99)):
        super().__init__(params, {"lr": lr, "betas": betas})

    def step(self, closure=None):
        for group in self.param_groups:
            for each in group["params"]:
                each.data -= group["lr"] * each.grad.sign()
'''


def write(folder: Path, schedule: str, code: str = "", **others: str) -> Path:
    """``spec.yaml`` with one schedule ``it``, ``own.py`` and other modules in ``folder``."""
    body = "".join(f"    {line}\n" for line in dedent(schedule).strip().splitlines())
    (folder / "spec.yaml").write_text(HEAD + body, "utf-8")
    for name, text in {"own": CODE + dedent(code), **others}.items():
        (folder / f"{name}.py").write_text(dedent(text), "utf-8")
    return folder / "spec.yaml"


def plan(spec: Path):
    """The plan of ``it``, trusted."""
    return load_file(spec, trust=True).plans["it"]


def trace(spec: Path):
    """The trace of the schedule ``it``."""
    return simulate(plan(spec))


def problem(spec: Path):
    """The one finding of a spec that does not load or build."""
    try:
        trace(spec)
    except SpecError as error:
        (finding,) = error.findings
        return finding
    raise AssertionError("nothing is wrong")


def cli(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The whole program, as a user starts it."""
    command = [sys.executable, "-m", "lrplan", *map(str, arguments)]
    # A user's bytecode setting is what lrplan must not depend on.
    known = {key: value for key, value in os.environ.items() if not key.startswith("PYTHONDONT")}
    variables = {**known, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **environment}
    options = {"cwd": cwd, "env": variables, "capture_output": True, "text": True}
    return subprocess.run(command, check=False, timeout=HANG, **options)  # type: ignore[call-overload]
