"""Learning rates that are tensors, and optimizers that are really stepped."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler
from torch.utils._python_dispatch import TorchDispatchMode

from lrplan.errors import SpecError, UsageError
from lrplan.torch_objects.builder import build
from lrplan.torch_objects.device import resolve_device
from tests.support.catalog_rows import OF_TORCH
from tests.support.releases import since
from tests.support.specs import plan, trace

ON_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
STEP = "{type: ExponentialLR, gamma: 0.97, interval: step}"


def text(optimizer, scheduler=STEP):
    return f"optimizer: {optimizer}\nscheduler: {scheduler}"


def by_hand(rates, make, steps=24, kind=torch.optim.SGD, **options):
    """The plain loop, with one tensor for each group."""
    groups = [
        {"params": [torch.nn.Parameter(torch.zeros(1, 1))], "lr": rate.clone()} for rate in rates
    ]
    optimizer = kind(groups, lr=0.5, **options)
    scheduler = make(optimizer)
    rows = []
    for _ in range(steps):
        rows.append([group["lr"].item() for group in optimizer.param_groups])
        optimizer.step()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scheduler.step()
    return np.array(rows)


@pytest.mark.parametrize(
    ("written", "dtype"),
    [
        ("true", torch.float32),
        ("float64", torch.float64),
        ("bfloat16", torch.bfloat16),
        ("float16", torch.float16),
    ],
)
@pytest.mark.parametrize(
    ("scheduler", "make"),
    [
        (STEP, lambda o: lr_scheduler.ExponentialLR(o, 0.97)),
        (
            (
                "{type: SequentialLR, interval: step, milestones: [4], schedulers: "
                "[{type: LinearLR, start_factor: 0.1, total_iters: 4}, "
                "{type: CosineAnnealingLR, T_max: 20}]}"
            ),
            lambda o: lr_scheduler.SequentialLR(
                o,
                [
                    lr_scheduler.LinearLR(o, 0.1, total_iters=4),
                    lr_scheduler.CosineAnnealingLR(o, 20),
                ],
                [4],
            ),
        ),
        (
            (
                "{type: ChainedScheduler, interval: step, schedulers: "
                "[{type: LinearLR, start_factor: 0.1, total_iters: 4}, "
                "{type: ExponentialLR, gamma: 0.9}]}"
            ),
            lambda o: lr_scheduler.ChainedScheduler(
                [lr_scheduler.LinearLR(o, 0.1, total_iters=4), lr_scheduler.ExponentialLR(o, 0.9)]
            ),
        ),
    ],
    ids=["exponential", "sequential", "chained"],
)
def test_what_is_applied_is_what_the_tensor_holds(written, dtype, scheduler, make):
    got = trace(
        text(
            f"{{type: SGD, lr_tensor: {written}, groups: {{a: {{lr: 0.1}}, b: {{lr: 0.2}}}}}}",
            scheduler,
        )
    )
    expected = by_hand([torch.tensor(rate, dtype=dtype) for rate in (0.1, 0.2)], make)
    assert np.stack([got.lr["a"], got.lr["b"]], axis=1).tolist() == expected.tolist()
    assert got.lr["a"].dtype == np.float64


def test_groups_without_a_rate_of_their_own_share_one_tensor():
    schedule = plan(
        text(
            "{type: SGD, lr: 0.1, lr_tensor: true, groups: {a: {}, b: {lr: 0.2}, c: {}, "
            "d: {lr_tensor: true}, e: {lr_tensor: false}}}"
        )
    )
    held = [group["lr"] for group in build(schedule, torch.device("cpu")).optimizer.param_groups]
    assert held[0] is held[2]
    assert all(isinstance(rate, torch.Tensor) for rate in held[:4])
    assert len({id(rate) for rate in held}) == 4
    assert held[4] == pytest.approx(0.1, rel=1e-12)
    assert schedule.optimizer.groups_sharing_lr_tensor() == ("a", "c")


@since("2.10", "a plateau cuts the tensor that groups share, not a number in its place")
def test_sharing_one_tensor_shows_in_the_curve():
    shared = "{type: SGD, lr: 0.1, lr_tensor: float64, groups: {a: {}, b: {}}}"
    plateau = (
        "{type: ReduceLROnPlateau, factor: 0.1, patience: 0}\nmetrics: {loss: [1, 1, 1, 1, 1, 1]}"
    )
    got = trace(text(shared, plateau), "epochs: 6, steps_per_epoch: 1")
    # Each of the two groups cuts the tensor of both.
    ratios = got.lr["a"][1:] / got.lr["a"][:-1]
    assert got.lr["a"].tolist() == got.lr["b"].tolist()
    np.testing.assert_allclose(ratios[1:3], 0.01, rtol=1e-9)


class Reads(TorchDispatchMode):
    """Count how often a number is read from a tensor."""

    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function is torch.ops.aten._local_scalar_dense.default
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("steps", [100, 5000])
def test_the_device_is_not_asked_for_every_step(steps):
    spec = text("{type: SGD, lr: 0.1, lr_tensor: true}")
    with Reads() as reads:
        got = trace(spec, f"steps: {steps}")
    assert got.steps == steps
    assert reads.count < 20


@pytest.mark.parametrize("name", OF_TORCH)
@pytest.mark.parametrize("tensor", ["false", "true"])
def test_a_step_with_gradients_gives_the_same_curve(name, tensor):
    spec = text(f"{{type: {name}, lr: 0.5, lr_tensor: {tensor}}}")
    stepped, left_alone = trace(spec, "steps: 6", step_optimizer=True), trace(spec, "steps: 6")
    assert stepped.failure is None
    assert stepped.lr["all"].tolist() == left_alone.lr["all"].tolist()
    if (name, tensor) != ("ASGD", "true"):  # torch 2.2 warns of a copy that it makes itself
        assert stepped.warnings == left_alone.warnings


@pytest.mark.parametrize(
    "options",
    [
        "foreach: true",
        pytest.param("fused: true", marks=since("2.3", "SGD takes fused")),
        "foreach: false",
    ],
)
def test_a_step_with_gradients_takes_the_path_asked_for(options):
    spec = text(f"{{type: SGD, momentum: 0.9, lr: 0.5, lr_tensor: true, {options}}}")
    assert trace(spec, step_optimizer=True).lr["all"].tolist() == trace(spec).lr["all"].tolist()


def test_a_step_with_gradients_moves_the_weights():
    from lrplan.torch_objects.live_schedule import step_with_gradients

    built = build(plan(text("{type: SGD, lr: 0.5}")), torch.device("cpu"))
    weight = built.optimizer.param_groups[0]["params"][0]
    step = step_with_gradients(built)
    step()
    step()
    assert weight.item() == -1.0  # minus 0.5 times a gradient of 1, twice


def test_an_optimizer_that_takes_no_tensor_is_refused_at_its_place():
    with pytest.raises(SpecError) as caught:
        trace(text("{type: AdamW, lr: 0.5, lr_tensor: true, foreach: true}"))
    (finding,) = caught.value.findings
    assert finding.name == "cannot-build"
    assert "Tensor" in finding.message


def test_a_path_that_this_device_lacks_stops_the_run_with_its_reason():
    got = trace(text("{type: Adam, lr: 0.5, capturable: true}"), step_optimizer=True)
    if got.failure is None:
        pytest.skip("this release of torch captures on the CPU")
    assert got.failure.step == 0
    assert "capturable" in got.failure.message


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("lr_tensor: float33", "there is no type `float33`"),
        ("lr_tensor: 32", "must be true, false or a type"),
        ("lr_tensors: true", "lr_tensors"),
    ],
)
def test_what_is_no_type_is_told(written, message):
    with pytest.raises(SpecError) as caught:
        plan(text(f"{{type: SGD, lr: 0.5, {written}}}"))
    assert message in caught.value.findings[0].message
    assert caught.value.findings[0].fix


@pytest.mark.gpu
@ON_GPU
@pytest.mark.parametrize("options", ["capturable: true, foreach: true", "fused: true"])
def test_on_a_gpu_the_tensor_lives_there_and_gives_the_same_curve(options):
    spec = text(f"{{type: AdamW, lr_tensor: true, {options}, groups: {{a: {{lr: 0.5}}}}}}")
    built = build(plan(spec), resolve_device("cuda"))
    assert built.optimizer.param_groups[0]["lr"].device.type == "cuda"
    on_gpu = trace(spec, "steps: 3000", device="cuda", step_optimizer=True)
    assert on_gpu.failure is None
    assert on_gpu.device == "cuda"
    on_cpu = trace(spec.replace(options, "maximize: false"), "steps: 3000")
    # Both are products of float32, which a GPU may round otherwise.
    np.testing.assert_allclose(on_gpu.lr["a"], on_cpu.lr["a"], rtol=1e-5)


def test_no_code_is_written_for_tensors():
    from lrplan.export.code.optimizer import optimizer_sources

    schedule = plan(text("{type: SGD, lr: 0.5, lr_tensor: true}"))
    with pytest.raises(UsageError, match="lr_tensor"):
        list(optimizer_sources(schedule.optimizer, {}))
