"""Copies of live objects: what they are, and what they cost."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler
from torch.utils._python_dispatch import TorchDispatchMode

from lrplan.simulate.live_objects.preview import preview_live
from tests.support.twin_schedulers import Holder, make_optimizer, twin_of

KIB = 1024


class Allocated(TorchDispatchMode):
    """The largest storage of any tensor that an operation gave."""

    largest = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        for each in out if isinstance(out, (tuple, list)) else (out,):
            if isinstance(each, torch.Tensor):
                self.largest = max(self.largest, each.untyped_storage().nbytes())
        return out


def test_a_large_model_is_not_copied():
    large = torch.nn.Parameter(torch.zeros(50_000_000))  # 200 MB
    frozen = torch.nn.Parameter(torch.zeros(1_000_000), requires_grad=False)
    optimizer = torch.optim.AdamW([large], lr=1.0)
    optimizer.state[large] = {"exp_avg": torch.zeros_like(large), "step": torch.tensor(3.0)}
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    scheduler.model = [large, frozen]
    with Allocated() as allocated:
        trace = preview_live(optimizer, scheduler, steps=3)
    assert trace.lr["0"].tolist() == [1.0, 0.5, 0.25]
    # The state of the random generator is 5 KiB.
    assert 0 < allocated.largest < 16 * KIB


def test_stand_ins_have_the_shape_and_no_size():
    optimizer = make_optimizer(size=(4, 5))
    optimizer.param_groups[0]["params"][0].requires_grad_(False)
    held, copied = twin_of(optimizer, model=[optimizer.param_groups[0]["params"][0]])
    (stand_in,) = copied.param_groups[0]["params"]
    assert stand_in is held.model[0]
    assert (stand_in.shape, stand_in.requires_grad) == ((4, 5), False)
    assert stand_in.untyped_storage().nbytes() == 4


def test_an_optimizer_is_of_its_class_without_state_and_hooks():
    optimizer = make_optimizer(torch.optim.Adam)
    called = []
    optimizer.register_step_pre_hook(lambda *_: called.append(1))
    optimizer.param_groups[0]["params"][0].grad = torch.ones(3)
    optimizer.step()
    _, copied = twin_of(optimizer)
    copied.step()
    assert type(copied) is torch.optim.Adam
    assert copied.state == {}
    assert copied.state is not optimizer.state
    assert called == [1]
    copied.register_step_post_hook(lambda *_: None)
    assert (len(copied._optimizer_step_pre_hooks), len(optimizer._optimizer_step_post_hooks)) == (
        0,
        0,
    )
    assert copied.defaults == optimizer.defaults
    assert copied.param_groups[0] is not optimizer.param_groups[0]


def watched(step):
    """Return True if a scheduler has left its mark, under today's name or that before torch 2.4."""
    return hasattr(step, "_wrapped_by_lr_sched") or hasattr(step, "_with_counter")


def test_a_step_that_schedulers_watch_shows_it_in_the_copy():
    optimizer = make_optimizer()
    assert not watched(twin_of(optimizer)[1].step)
    lr_scheduler.StepLR(optimizer, 1)
    _, copied = twin_of(optimizer)
    assert watched(copied.step)
    copied.step()
    assert copied._opt_called
    assert not hasattr(optimizer, "_opt_called")


def test_an_optimizer_that_wraps_another_is_copied_with_it():
    class Lookahead(torch.optim.Optimizer):
        def __init__(self, inner):
            self.inner, self.param_groups, self.defaults = inner, inner.param_groups, {}

        def step(self, closure=None):
            return self.inner.step(closure)

    inner = make_optimizer()
    outer = Lookahead(inner)
    scheduler = lr_scheduler.ExponentialLR(inner, 0.5)
    for optimizer in (outer, inner):
        trace = preview_live(optimizer, scheduler, steps=3)
        assert trace.lr["0"].tolist() == [1.0, 0.5, 0.25]
        assert trace.warnings == ()
    _, copied = twin_of(outer)
    assert copied.param_groups is copied.inner.param_groups


def test_an_iterator_goes_on_from_where_it_stands():
    class Cycling(Holder):
        def step(self):
            self.optimizer.param_groups[0]["lr"] = next(self.values)

    optimizer = make_optimizer()
    scheduler = Cycling(optimizer, values=itertools.cycle([3.0, 2.0]))
    scheduler.step()
    trace = preview_live(optimizer, scheduler, steps=4)
    assert (trace.lr["0"].tolist(), trace.warnings) == ([3, 2, 3, 2], ())
    assert next(scheduler.values) == 2.0


@pytest.mark.gpu
def test_parameters_on_a_gpu_take_no_more_of_its_memory():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    large = torch.nn.Parameter(torch.zeros(50_000_000, device="cuda"))
    lr = torch.tensor(1.0, device="cuda")
    optimizer = torch.optim.AdamW([large], lr=lr, capturable=True)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    noisy = lr_scheduler.LambdaLR(optimizer, lambda _: float(torch.rand((), device="cuda")) + 1)
    large.grad = torch.ones_like(large)
    optimizer.step()
    before, state = torch.cuda.memory_allocated(), torch.cuda.get_rng_state()
    torch.cuda.reset_peak_memory_stats()
    trace = preview_live(optimizer, scheduler, steps=3)
    assert trace.device == "cuda:0"
    ratios = trace.lr["0"][1:] / trace.lr["0"][:-1]
    np.testing.assert_allclose(ratios, 0.5, rtol=1e-6)
    assert preview_live(optimizer, noisy, steps=3).failure is None
    assert torch.cuda.max_memory_allocated() - before < 64 * KIB
    assert torch.equal(torch.cuda.get_rng_state(), state)
    assert large.grad.min() == large.grad.max() == 1
