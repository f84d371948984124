"""Scripts with accelerate's ``prepare`` and ``accumulate``; what they give is what a spec shows.

Several devices are made up by telling ``AcceleratedScheduler`` of so many processes; the test
marked slow starts two real ones, which also shows how their data is divided.
"""

import json
import os
import socket
import subprocess
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as schedulers
from torch.utils.data import DataLoader, TensorDataset

from tests.clock.loops.scaler import Scaler
from tests.support.specs import trace
from tests.timeouts import HANG

accelerate = pytest.importorskip("accelerate", reason="accelerate is missing")

LOSSES = [1.0, 0.9, 0.95, 0.95, 0.8, 0.85, 0.85, 0.85, 0.85, 0.84, 0.9, 0.9]


@pytest.fixture(autouse=True)
def fresh_state():
    """accelerate keeps what the first ``Accelerator`` was told for all later ones."""
    yield
    accelerate.state.AcceleratorState._reset_state(reset_partial_state=True)
    accelerate.state.GradientState._reset_state()


class Script:
    """The loop of accelerate's documentation, with a scheduler that ticks at ``interval``."""

    def __init__(self, made, *, batches, accumulate, skipped, devices, **settings):
        together = settings.pop("sync_with_dataloader", True)
        plugin = accelerate.utils.GradientAccumulationPlugin(
            num_steps=accumulate, sync_with_dataloader=together
        )
        split = settings.pop("split_batches", False)
        self.accelerator = accelerate.Accelerator(
            cpu=True,
            gradient_accumulation_plugin=plugin,
            dataloader_config=accelerate.utils.DataLoaderConfiguration(split_batches=split),
            **settings,
        )
        model, self.rows = torch.nn.Linear(1, 1), []
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        self.scaler = self.accelerator.scaler = Scaler(skipped)
        data = DataLoader(TensorDataset(torch.ones(batches, 1)), batch_size=1)
        prepared = self.accelerator.prepare(model, optimizer, data, *made(optimizer))
        self.model, self.optimizer, self.loader, *self.schedulers = prepared
        self.devices = devices

    def run(self, epochs, intervals, steps):
        ticks = dict.fromkeys(("step", "batch", "epoch"), 0)

        def tick(interval):
            ticks[interval] += 1
            for scheduler, (own, frequency) in zip(self.schedulers, intervals, strict=True):
                if own == interval and ticks[interval] % frequency == 0:
                    plateau = isinstance(scheduler.scheduler, schedulers.ReduceLROnPlateau)
                    metric = LOSSES[(ticks[interval] // frequency - 1) % len(LOSSES)]
                    scheduler.step(*([metric] * plateau))

        for _ in range(epochs):
            for (x,) in self.loader:
                with self.accelerator.accumulate(self.model):
                    self.accelerator.backward(self.model(x).square().mean())
                    self.optimizer.step()
                    if self.accelerator.sync_gradients:
                        tick("step")
                    tick("batch")
                    self.optimizer.zero_grad()
                if len(self.scaler.rows) == steps:
                    return
            tick("epoch")


def run(monkeypatch, made, training, intervals, **settings):
    devices = training.get("world_size", 1)
    state = SimpleNamespace(num_processes=devices)
    monkeypatch.setattr("accelerate.scheduler.AcceleratorState", lambda: state)
    script = Script(
        made,
        batches=training["batches_per_epoch"],
        accumulate=training.get("accumulate", 1),
        skipped=training.get("skipped_steps", ()),
        devices=devices,
        **settings,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, of ticks before the first optimizer step
        script.run(training["epochs"], intervals, training.get("steps"))
    return np.array(script.scaler.rows)[:, 0]


def ours(scheduler, training, metrics=""):
    body = f"optimizer: {{type: SGD, lr: 0.1}}\nscheduler: {scheduler}"
    if metrics:
        body += f"\nmetrics: {{{metrics}}}"
    numbers = ", ".join(f"{key}: {str(value).lower()}" for key, value in training.items())
    return trace(body, f"loop: accelerate, {numbers}")


EPOCHS = {"epochs": 6, "batches_per_epoch": 5}
SHORT = {"epochs": 4, "batches_per_epoch": 10, "accumulate": 4}
EXPONENTIAL = "{type: ExponentialLR, gamma: 0.97, interval: %s}"


def exponential(optimizer):
    return [schedulers.ExponentialLR(optimizer, 0.97)]


@pytest.mark.parametrize("skipped", [[], [2, 5, 8, 9]], ids=["all", "skipped"])
@pytest.mark.parametrize("devices", [1, 3])
@pytest.mark.parametrize("interval", ["step", "batch", "epoch", "step, frequency: 3"])
@pytest.mark.parametrize("last_window", ["step", "carry"])
@pytest.mark.parametrize(
    "more",
    [{}, {"split_batches": True}, {"step_scheduler_with_optimizer": False}],
    ids=["prepared", "split", "apart"],
)
def test_every_update_is_given_the_rate_that_accelerate_gives(
    monkeypatch, skipped, devices, interval, last_window, more
):
    training = {**SHORT, "world_size": devices, "skipped_steps": skipped}
    own, _, every = interval.partition(", frequency: ")
    shown = ours(EXPONENTIAL % interval, {**training, "last_window": last_window, **more})
    more = {**more, "sync_with_dataloader": last_window == "step"}
    rows = run(monkeypatch, exponential, training, [(own, int(every or 1))], **more)
    np.testing.assert_array_equal(shown.lr["all"], rows)


ONE_CYCLE = "{type: OneCycleLR, max_lr: 0.5, total_steps: %s, interval: step}"


@pytest.mark.parametrize("total", [12, 17, 36, 40])
def test_a_one_cycle_does_not_go_beyond_its_end(monkeypatch, total):
    """Accelerate stops calling where a plain loop gets an error."""
    made = lambda opt: [schedulers.OneCycleLR(opt, 0.5, total_steps=total)]  # noqa: E731
    training = {**SHORT, "world_size": 3}
    rows = run(monkeypatch, made, training, [("step", 1)])
    shown = ours(ONE_CYCLE % total, training)
    assert shown.failure is None
    np.testing.assert_array_equal(shown.lr["all"], rows)


def test_a_share_of_the_run_is_one_of_all_the_ticks():
    assert ours(ONE_CYCLE % "100%", {**SHORT, "world_size": 3}).resolved["total_steps"] == 36
    assert ours(ONE_CYCLE % "1ep", {**SHORT, "world_size": 3}).resolved["total_steps"] == 9


def test_a_plateau_reads_a_value_as_often_as_there_are_devices(monkeypatch):
    """Two devices, two readings of the same loss: patience is used up twice as fast."""
    made = lambda opt: [schedulers.ReduceLROnPlateau(opt, patience=2, factor=0.5)]  # noqa: E731
    training = {**EPOCHS, "epochs": 12, "world_size": 2}
    rows = run(monkeypatch, made, training, [("epoch", 1)])
    scheduler = "{type: ReduceLROnPlateau, patience: 2, factor: 0.5}"
    shown = ours(scheduler, training, f"val_loss: {LOSSES}")
    assert len(np.unique(rows)) > 2
    np.testing.assert_array_equal(shown.lr["all"], rows)


@pytest.mark.parametrize("skipped", [[], [2, 5, 8, 9]], ids=["all", "skipped"])
@pytest.mark.parametrize("devices", [1, 3])
@pytest.mark.parametrize("interval", ["step", "batch", "epoch", "step, frequency: 2"])
@pytest.mark.parametrize("last_window", ["step", "carry"])
@pytest.mark.parametrize(
    "more",
    [{}, {"split_batches": True}, {"step_scheduler_with_optimizer": False}],
    ids=["prepared", "split", "apart"],
)
def test_a_plateau_reads_the_value_of_the_moment(
    monkeypatch, skipped, devices, interval, last_window, more
):
    """A value that is handed over where the scheduler is not moved is lost."""
    made = lambda opt: [schedulers.ReduceLROnPlateau(opt, patience=0, factor=0.5)]  # noqa: E731
    training = {**SHORT, "epochs": 14, "world_size": devices, "skipped_steps": skipped}
    own, _, every = interval.partition(", frequency: ")
    scheduler = f"{{type: ReduceLROnPlateau, patience: 0, factor: 0.5, interval: {interval}}}"
    shown = ours(
        scheduler, {**training, "last_window": last_window, **more}, f"val_loss: {LOSSES * 12}"
    )
    more = {**more, "sync_with_dataloader": last_window == "step"}
    rows = run(monkeypatch, made, training, [(own, int(every or 1))], **more)
    assert len(np.unique(rows)) > 1
    np.testing.assert_array_equal(shown.lr["all"], rows)


def test_several_schedulers(monkeypatch):
    made = lambda opt: [schedulers.ExponentialLR(opt, 0.97), schedulers.StepLR(opt, 3)]  # noqa: E731
    training = {**SHORT, "world_size": 2, "steps": 10}
    rows = run(monkeypatch, made, training, [("step", 1), ("epoch", 1)])
    shown = ours(f"[{EXPONENTIAL % 'step'}, {{type: StepLR, step_size: 3}}]", training)
    np.testing.assert_array_equal(shown.lr["all"], rows)


PROCESS = """
import json, sys, torch
from accelerate import Accelerator
from torch.utils.data import DataLoader, TensorDataset
drop_last = json.loads(sys.argv[1])
accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
model, rows = torch.nn.Linear(1, 1), []
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
optimizer.register_step_pre_hook(lambda opt, *_: rows.append(opt.param_groups[0]["lr"]))
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
data = DataLoader(TensorDataset(torch.ones(51, 1)), batch_size=4, drop_last=drop_last)
model, optimizer, data, scheduler = accelerator.prepare(model, optimizer, data, scheduler)
for _ in range(3):
    for (x,) in data:
        with accelerator.accumulate(model):
            accelerator.backward(model(x).square().mean())
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
if accelerator.is_main_process:
    print(json.dumps(rows))
accelerator.end_training()
"""


@pytest.mark.slow
@pytest.mark.parametrize("drop_last", [False, True])
def test_two_real_processes(drop_last):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", PROCESS, json.dumps(drop_last)],
            env={**os.environ, **here, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    printed = [rank.communicate(timeout=HANG)[0] for rank in ranks]
    assert [rank.returncode for rank in ranks] == [0, 0]
    rows = json.loads(printed[0].splitlines()[-1])
    shown = ours(
        "{type: CosineAnnealingLR, T_max: 40, interval: batch}",
        {
            "epochs": 3,
            "dataset_size": 51,
            "batch_size": 4,
            "world_size": 2,
            "accumulate": 2,
            "drop_last": drop_last,
        },
    )
    np.testing.assert_array_equal(shown.lr["all"], rows)
