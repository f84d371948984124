"""``lrplan.preview`` changes neither its arguments nor any global state."""

from __future__ import annotations

import copy
import functools
import random
import types
import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

import lrplan
from tests.support.live_cases import CASES, STEPS, Noisy, driven, make
from tests.support.releases import TORCH


def inside(held, seen):
    """Everything that ``held`` holds, as data that can be compared; identities included."""
    if isinstance(held, torch.Tensor):
        grad = None if held.grad is None else (id(held.grad), held.grad.tolist())
        return id(held), held._version, held.detach().tolist(), held.requires_grad, grad
    if isinstance(held, (int, float, str, bytes, type, types.ModuleType, type(None))):
        return held
    if id(held) in seen:
        return id(held)
    seen.add(id(held))
    if isinstance(held, dict):
        return id(held), [(inside(key, seen), inside(held[key], seen)) for key in held]
    if isinstance(held, (list, tuple, set)):
        return id(held), [inside(each, seen) for each in held]
    if isinstance(held, types.MethodType):
        return inside(held.__self__, seen), inside(held.__func__, seen)
    if isinstance(held, functools.partial):
        return [inside(each, seen) for each in (held.func, held.args, held.keywords)]
    cells = [inside(cell.cell_contents, seen) for cell in getattr(held, "__closure__", None) or ()]
    return id(held), cells, inside(getattr(held, "__dict__", None), seen)


def around():
    """The global state: random generators, and the warning filters."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    return (
        *(python, numpy[1].tolist(), numpy[2:], torch.get_rng_state().tolist()),
        *(list(warnings.filters), warnings.showwarning, warnings.simplefilter),
        *(torch.is_grad_enabled(), torch.get_default_dtype()),
    )


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW])
@pytest.mark.parametrize("case", [*CASES, "noisy"])
def test_nothing_is_touched(case, optimizer, monkeypatch):
    if case.startswith("CyclicLR") and optimizer is torch.optim.AdamW and TORCH < (2, 4):
        pytest.skip("from torch 2.4 on CyclicLR takes betas for momentum")
    monkeypatch.setitem(CASES, "noisy", Noisy)
    optimizer, scheduler = make(case, optimizer=optimizer)
    called = []
    optimizer.register_step_pre_hook(lambda *_: called.append("before"))
    optimizer.register_step_post_hook(lambda *_: called.append("after"))
    for group in optimizer.param_groups:
        group["params"][0].grad = torch.full((2,), 0.5)
    driven(optimizer, [scheduler], 2)
    live = [optimizer, scheduler, called]
    before, world = inside(live, set()), copy.deepcopy(around())
    trace = lrplan.preview(optimizer, scheduler, steps=STEPS, get_lr=True)
    assert trace.steps == STEPS
    assert inside(live, set()) == before
    assert around() == world
    assert called == ["before", "after"] * 2


def test_nothing_is_touched_when_a_scheduler_fails():
    optimizer, _ = make("StepLR")
    scheduler = lr_scheduler.OneCycleLR(optimizer, 1.0, 5)
    live = [optimizer, scheduler]
    before, world = inside(live, set()), copy.deepcopy(around())
    trace = lrplan.preview(optimizer, scheduler, steps=STEPS)
    assert (trace.steps, trace.planned_steps, trace.failure.step) == (6, STEPS, 5)
    assert "total steps is 5" in trace.failure.message
    assert (inside(live, set()), around()) == (before, world)
