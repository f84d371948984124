"""``lrplan.preview`` against a plain loop of the same objects, which it must leave as they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

import lrplan
from lrplan.torch_objects.schedulers import LinearParamScheduler
from tests.support.live_cases import CASES, STEPS, Foreign, driven, make, sequential
from tests.support.releases import since

OF_TORCH_2_8 = "The epoch parameter in `scheduler.step()`"
"""The warning that its SequentialLR gives about itself."""


def as_lists(trace):
    return [trace.lr[name].tolist() for name in trace.groups]


@pytest.mark.parametrize("done", [0, 5], ids=["from-the-start", "from-step-5"])
@pytest.mark.parametrize("case", CASES)
def test_the_objects_go_on_as_recorded(case, done):
    optimizer, scheduler = make(case)
    driven(optimizer, [scheduler], done)
    trace = lrplan.preview(optimizer, scheduler, steps=STEPS)
    results = [each for each in trace.warnings if not each.message.startswith(OF_TORCH_2_8)]
    assert (trace.failure, results) == (None, [])
    # The very same arithmetic: no tolerance.
    assert as_lists(trace) == driven(optimizer, [scheduler])
    then = [group["lr"] for group in optimizer.param_groups]
    assert list(trace.next_values["lr"].values()) == then


@pytest.mark.parametrize(
    "case",
    [
        "StepLR",
        "SequentialLR",
        pytest.param("OneCycleLR", marks=since("2.4", "a tensor is filled, not replaced")),
        "CosineAnnealingLR",
    ],
)
def test_a_rate_may_be_a_tensor(case):
    optimizer, scheduler = make(case, tensor=True)
    driven(optimizer, [scheduler], 2)
    trace = lrplan.preview(optimizer, scheduler, steps=STEPS)
    assert as_lists(trace) == driven(optimizer, [scheduler])
    assert isinstance(optimizer.param_groups[0]["lr"], torch.Tensor)


def test_a_rate_may_be_a_tensor_with_an_axis():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(2))], lr=torch.tensor([1.0]))
    trace = lrplan.preview(optimizer, lr_scheduler.ExponentialLR(optimizer, 0.5), steps=3)
    assert (trace.lr["0"].tolist(), trace.warnings) == ([1.0, 0.5, 0.25], ())


def test_fields_that_hold_nothing_are_not_numbers():
    optimizer, _ = make("foreign")
    optimizer.param_groups[0] |= {"lr": None, "betas": None}
    del optimizer.param_groups[0]["momentum"]
    trace = lrplan.preview(optimizer, None, steps=2)
    assert (trace.failure, list(trace.momentum)) == (None, ["1"])
    assert np.isnan(trace.lr["0"]).all()


def test_schedulers_of_one_optimizer_tick_in_order():
    optimizer, decay = make("ExponentialLR")
    steps = lr_scheduler.StepLR(optimizer, 4, 0.1)
    trace = lrplan.preview(optimizer, [decay, steps], steps=STEPS)
    assert trace.name == "ExponentialLR + StepLR"
    assert as_lists(trace) == driven(optimizer, [decay, steps])


def test_a_scheduler_inside_another_may_be_given_too():
    optimizer, _ = make("StepLR")
    whole = sequential(optimizer)
    first = whole._schedulers[0]
    trace = lrplan.preview(optimizer, [whole, first], steps=3)
    assert as_lists(trace) == driven(optimizer, [whole, first], 3)


def test_without_a_scheduler_the_rate_stays():
    optimizer, _ = make("foreign")
    for none in (None, []):
        trace = lrplan.preview(optimizer, none, steps=3)
        assert (trace.name, as_lists(trace)) == ("constant", [[1.0] * 3, [0.25] * 3])


def test_epochs_end_after_their_last_step():
    optimizer, scheduler = make("ExponentialLR")
    trace = lrplan.preview(optimizer, scheduler, steps=8, steps_per_epoch=3, interval="epoch")
    expected = []
    for step in range(8):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (step + 1) % 3 == 0:
            scheduler.step()
    assert trace.lr["0"].tolist() == expected
    assert trace.epochs.tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert trace.steps_per_epoch == 3


def test_intervals_may_differ_and_be_thinned():
    optimizer, decay = make("ExponentialLR")
    steps = lr_scheduler.StepLR(optimizer, 1, 0.5)
    trace = lrplan.preview(
        optimizer,
        [{"scheduler": steps, "interval": "epoch", "name": "halving"}, decay],
        steps=9,
        steps_per_epoch=3,
        frequency=2,
    )
    expected = []
    for step in range(9):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step % 2:
            decay.step()
        if (step + 1) % 3 == 0:
            steps.step()
    assert trace.lr["0"].tolist() == expected
    assert trace.name == "halving + ExponentialLR"


LOSSES = [1.0, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]


@pytest.mark.parametrize(
    "metrics",
    [LOSSES, np.array(LOSSES), torch.tensor(LOSSES), LOSSES.__getitem__, {"loss": LOSSES}],
    ids=["list", "array", "tensor", "function", "mapping"],
)
def test_a_plateau_reads_its_metric(metrics):
    optimizer, _ = make("foreign")
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    trace = lrplan.preview(optimizer, plateau, steps=STEPS, metrics=metrics)
    expected = []
    for loss in LOSSES:
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        plateau.step(loss)
    assert len(set(expected)) > 3
    assert trace.lr["0"].tolist() == expected


def test_a_metric_is_read_by_tick():
    optimizer, _ = make("foreign")
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, mode="max", factor=0.5, patience=0)
    job = {"scheduler": plateau, "interval": "epoch", "monitor": "accuracy"}
    metrics = {"accuracy": [0.5, 0.5, 0.6], "loss": [1.0] * 6}

    class Reader(Foreign):
        def step(self, metric):
            self.groups[1]["lr"] = metric

    other = {"scheduler": Reader(optimizer), "interval": "step", "monitor": "loss"}
    trace = lrplan.preview(optimizer, [job, other], steps=6, steps_per_epoch=2, metrics=metrics)
    assert trace.lr["0"].tolist() == [1, 1, 1, 1, 0.5, 0.5]
    # The plateau halves it at the end of epoch 1, after the other's tick.
    assert trace.lr["1"].tolist() == [0.25, 1, 1, 1, 0.5, 1]
    assert trace.next_values["lr"]["0"] == 0.5


def test_a_metric_that_may_be_left_out_is_given_when_there_is_one():
    class Optional(Foreign):
        def step(self, epoch=None, metrics=None):
            self.groups[0]["lr"] = -1.0 if metrics is None else metrics

    optimizer, _ = make("foreign")
    scheduler = Optional(optimizer)
    with_one = lrplan.preview(optimizer, scheduler, steps=3, metrics=[5.0, 6.0, 7.0])
    assert with_one.lr["0"].tolist() == [1, 5, 6]
    assert lrplan.preview(optimizer, scheduler, steps=3).lr["0"].tolist() == [1, -1, -1]


def test_groups_bear_their_names_or_numbers():
    optimizer, scheduler = make("StepLR")
    optimizer.param_groups[1]["name"] = "head"
    assert lrplan.preview(optimizer, scheduler, steps=1).groups == ("0", "head")
    given = lrplan.preview(optimizer, scheduler, steps=1, groups=["body", "head"])
    assert given.groups == ("body", "head")
    optimizer.param_groups[0]["name"] = "head"
    assert lrplan.preview(optimizer, scheduler, steps=1).groups == ("0", "1")


def two_optimizers():
    first, decay = make("ExponentialLR")
    second, stairs = make("StepLR", optimizer=torch.optim.AdamW)
    return [first, second], [stairs, decay]


def test_optimizers_that_are_stepped_together():
    optimizers, schedulers = two_optimizers()
    trace = lrplan.preview(optimizers, schedulers, steps=STEPS, get_lr=True)
    expected, everything = [], [group for each in optimizers for group in each.param_groups]
    for _ in range(STEPS):
        expected.append([group["lr"] for group in everything])
        for each in (*optimizers, *schedulers):
            each.step()
    assert np.transpose(as_lists(trace)).tolist() == expected
    numbered = ("optimizer-0.0", "optimizer-0.1", "optimizer-1.0", "optimizer-1.1")
    assert trace.groups == tuple(trace.get_lr) == numbered
    assert trace.momentum["optimizer-0.0"][0] == 0.9
    assert trace.failure is None


def test_groups_bear_the_names_of_their_optimizers():
    (first, second), schedulers = two_optimizers()
    del second.param_groups[1]
    first.param_groups[0]["name"] = "body"
    named = {"generator": first, "critic": second}
    trace = lrplan.preview(named, schedulers[1], steps=2)
    assert trace.groups == ("generator.body", "generator.1", "critic")
    given = lrplan.preview(named, None, steps=2, groups=["a", "b", "c"])
    assert given.groups == ("a", "b", "c")
    assert lrplan.preview([second], None, steps=2).groups == ("0",)


def test_momentum_and_every_other_driven_number_is_recorded():
    optimizer, _ = make("foreign", optimizer=torch.optim.AdamW)
    cycle = lr_scheduler.OneCycleLR(optimizer, 1.0, 40)
    eps = LinearParamScheduler(optimizer, end_value=1e-3, total_steps=10, param_group_field="eps")
    trace = lrplan.preview(optimizer, [cycle, eps], steps=STEPS)
    assert set(trace.columns) == {"lr", "momentum", "weight_decay", "eps"}
    expected = []
    for _ in range(STEPS):
        group = optimizer.param_groups[0]
        expected.append((group["betas"][0], group["eps"]))
        optimizer.step()
        cycle.step()
        eps.step()
    assert list(zip(trace.momentum["0"], trace.columns["eps"]["0"], strict=True)) == expected


def test_get_lr_is_recorded_on_request():
    optimizer, scheduler = make("ExponentialLR")
    trace = lrplan.preview(optimizer, scheduler, steps=3, get_lr=True)
    # The display bug: one decay too many.
    np.testing.assert_allclose(trace.get_lr["0"][1:], [0.81, 0.729], rtol=1e-12)
    foreign = lrplan.preview(optimizer, Foreign(optimizer), steps=3, get_lr=True)
    assert "Foreign.get_lr() raises AttributeError" in foreign.get_lr_note
    assert lrplan.preview(optimizer, scheduler, steps=3).get_lr == {}


def test_warnings_of_torch_are_kept_with_their_step():
    optimizer, scheduler = make("StepLR")
    optimizer.step = lambda: None
    trace = lrplan.preview(optimizer, scheduler, steps=3)
    (warned,) = trace.warnings
    assert "has been overridden" in warned.message
    assert warned.step == 0


def test_the_trace_is_one_of_the_api():
    optimizer, scheduler = make("StepLR")
    trace = lrplan.preview(optimizer, scheduler, steps=6)
    assert isinstance(trace, lrplan.Trace)
    assert trace.to_csv(every=3).splitlines()[1:3] == [
        "StepLR,0,0,,1.0,0.9,0.0",
        "StepLR,0,3,,0.1,0.9,0.0",
    ]
    assert (trace.device, trace.torch, trace.arithmetic) == ("cpu", torch.__version__, ("6 steps",))


def test_record_is_the_former_name_and_warns():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    scheduler = lr_scheduler.ExponentialLR(optimizer, 0.5)
    with pytest.warns(DeprecationWarning, match=r"lrplan\.preview") as warned:
        trace = lrplan.record(optimizer, scheduler, steps=3)
    assert trace.lr["0"].tolist() == [1.0, 0.5, 0.25]
    assert warned[0].filename == __file__
