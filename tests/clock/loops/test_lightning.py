"""Lightning's Trainer trains a tiny model; what its optimizer was given is what a spec shows."""

import logging
import warnings
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as schedulers
from torch.utils.data import DataLoader, TensorDataset

from tests.clock.loops.scaler import Scaler
from tests.support.specs import trace

lightning = pytest.importorskip("lightning.pytorch", reason="lightning is missing")

LOSSES = [1.0, 0.9, 0.95, 0.95, 0.8, 0.85, 0.85, 0.85, 0.85, 0.84, 0.9, 0.9]


@dataclass
class Case:
    """A run of Lightning, and the same in a spec.

    Args:
        training: of the spec; Lightning is given its numbers.
        scheduler: of the spec.
        made: from an optimizer to what ``configure_optimizers`` returns beside it.
    """

    training: dict
    scheduler: str
    made: object
    metrics: str = ""
    more: dict = field(default_factory=dict)


def config(scheduler, **keys):
    return {"scheduler": scheduler, **keys}


def plateau(optimizer, **keys):
    made = schedulers.ReduceLROnPlateau(optimizer, patience=1, factor=0.5)
    return config(made, monitor="val_loss", **keys)


EPOCHS = {"epochs": 6, "batches_per_epoch": 5}
SHORT = {"epochs": 4, "batches_per_epoch": 10, "accumulate": 4}
CASES = {
    "bare": Case(
        EPOCHS,
        "{type: StepLR, step_size: 2, gamma: 0.5}",
        lambda opt: [schedulers.StepLR(opt, 2, 0.5)],
    ),
    "per-step": Case(
        EPOCHS,
        "{type: CosineAnnealingLR, T_max: 100%, interval: step}",
        lambda opt: [config(schedulers.CosineAnnealingLR(opt, 30), interval="step")],
    ),
    "every-2nd-step": Case(
        EPOCHS,
        "{type: ExponentialLR, gamma: 0.9, interval: step, frequency: 2}",
        lambda opt: [config(schedulers.ExponentialLR(opt, 0.9), interval="step", frequency=2)],
    ),
    "every-3rd-step": Case(
        EPOCHS,
        "{type: ExponentialLR, gamma: 0.9, interval: step, frequency: 3}",
        lambda opt: [config(schedulers.ExponentialLR(opt, 0.9), interval="step", frequency=3)],
    ),
    "every-2nd-epoch": Case(
        EPOCHS,
        "{type: ExponentialLR, gamma: 0.9, frequency: 2}",
        lambda opt: [config(schedulers.ExponentialLR(opt, 0.9), frequency=2)],
    ),
    "short-window": Case(
        SHORT,
        "{type: LinearLR, start_factor: 1.0, end_factor: 0.1, total_iters: 100%, interval: step}",
        lambda opt: [config(schedulers.LinearLR(opt, 1.0, 0.1, 12), interval="step")],
    ),
    "short-window-every-2nd": Case(
        SHORT,
        "{type: ExponentialLR, gamma: 0.9, interval: step, frequency: 2}",
        lambda opt: [config(schedulers.ExponentialLR(opt, 0.9), interval="step", frequency=2)],
    ),
    "short-window-every-3rd": Case(
        SHORT,
        "{type: ExponentialLR, gamma: 0.9, interval: step, frequency: 3}",
        lambda opt: [config(schedulers.ExponentialLR(opt, 0.9), interval="step", frequency=3)],
    ),
    "short-window-every-8th": Case(
        SHORT,
        "{type: ExponentialLR, gamma: 0.9, interval: step, frequency: 8}",
        lambda opt: [config(schedulers.ExponentialLR(opt, 0.9), interval="step", frequency=8)],
    ),
    "max-steps-in-mid-epoch": Case(
        {**EPOCHS, "steps": 13},
        "{type: ExponentialLR, gamma: 0.9}",
        lambda opt: [schedulers.ExponentialLR(opt, 0.9)],
    ),
    "max-steps-at-an-epochs-end": Case(
        {**EPOCHS, "steps": 15},
        "{type: ExponentialLR, gamma: 0.9}",
        lambda opt: [schedulers.ExponentialLR(opt, 0.9)],
    ),
    "max-steps-and-no-epochs": Case(
        {"steps": 13, "batches_per_epoch": 5},
        "{type: ExponentialLR, gamma: 0.9}",
        lambda opt: [schedulers.ExponentialLR(opt, 0.9)],
    ),
    "max-steps-and-short-windows": Case(
        {**SHORT, "steps": 7},
        "{type: ExponentialLR, gamma: 0.9, interval: step}",
        lambda opt: [config(schedulers.ExponentialLR(opt, 0.9), interval="step")],
    ),
    "plateau": Case(
        {**EPOCHS, "epochs": 8},
        "{type: ReduceLROnPlateau, patience: 1, factor: 0.5}",
        lambda opt: [plateau(opt)],
        f"val_loss: {LOSSES}",
    ),
    "plateau-every-2nd-epoch": Case(
        {**EPOCHS, "epochs": 12},
        "{type: ReduceLROnPlateau, patience: 1, factor: 0.5, frequency: 2}",
        lambda opt: [plateau(opt, frequency=2)],
        f"val_loss: {LOSSES[1::2]}",
    ),
    "plateau-before-others": Case(
        {**EPOCHS, "epochs": 8},
        "[{type: ReduceLROnPlateau, patience: 1, factor: 0.5},"
        " {type: ExponentialLR, gamma: 0.9, interval: step}, {type: StepLR, step_size: 3}]",
        lambda opt: [
            plateau(opt),
            config(schedulers.ExponentialLR(opt, 0.9), interval="step"),
            schedulers.StepLR(opt, 3),
        ],
        f"val_loss: {LOSSES}",
    ),
    "several": Case(
        SHORT,
        "[{type: ExponentialLR, gamma: 0.9, interval: step, frequency: 2},"
        " {type: MultiStepLR, milestones: [1, 3]}]",
        lambda opt: [
            config(schedulers.ExponentialLR(opt, 0.9), interval="step", frequency=2),
            schedulers.MultiStepLR(opt, [1, 3]),
        ],
    ),
    "onecycle-by-the-estimate": Case(
        SHORT,
        "{type: OneCycleLR, max_lr: 0.5, total_steps: 100%, interval: step}",
        lambda opt: [config(schedulers.OneCycleLR(opt, 0.5, total_steps=12), interval="step")],
    ),
    "warm-up-then-cosine": Case(
        EPOCHS,
        "{type: SequentialLR, milestones: [20%], interval: step, schedulers: ["
        "{type: LinearLR, start_factor: 0.1, total_iters: 20%},"
        " {type: CosineAnnealingLR, T_max: 80%}]}",
        lambda opt: [
            config(
                schedulers.SequentialLR(
                    opt,
                    [
                        schedulers.LinearLR(opt, 0.1, total_iters=6),
                        schedulers.CosineAnnealingLR(opt, 24),
                    ],
                    [6],
                ),
                interval="step",
            )
        ],
    ),
}


class Model(lightning.LightningModule):
    """A line, its optimizer, and validation losses that are made up."""

    def __init__(self, made):
        super().__init__()
        self.line = torch.nn.Linear(1, 1)
        self.made = made
        self.rows = []
        self.validated = 0

    def forward(self, batch):
        return self.line(batch[0]).square().mean()

    def training_step(self, batch):
        return self(batch)

    def validation_step(self, batch):
        self.log("val_loss", LOSSES[self.validated % len(LOSSES)])

    def on_validation_epoch_end(self):
        self.validated += 1

    def configure_optimizers(self):
        optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
        optimizer.register_step_pre_hook(self.note)
        return [optimizer], self.made(optimizer)

    def note(self, optimizer, *_):
        self.rows.append([group["lr"] for group in optimizer.param_groups])


def data(batches):
    return DataLoader(TensorDataset(torch.ones(batches, 1)), batch_size=1)


def run(case, **more):
    """The rates that Lightning gave, and its estimate of the number of steps."""
    training, model = case.training, Model(case.made)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Lightning has opinions on workers, and on OneCycleLR
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        trainer = lightning.Trainer(
            max_epochs=training.get("epochs", -1),
            max_steps=training.get("steps", -1),
            accumulate_grad_batches=training.get("accumulate", 1),
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            **more,
        )
        trainer.fit(model, data(training["batches_per_epoch"]), data(1))
    return model, trainer.estimated_stepping_batches


def ours(case, **more):
    training = {**case.training, "loop": "lightning", **more}
    body = "optimizer: {type: SGD, lr: 0.1}\nscheduler: " + case.scheduler
    if case.metrics:
        body += f"\nmetrics: {{{case.metrics}}}"
    return trace(body, ", ".join(f"{key}: {value}" for key, value in training.items()))


@pytest.mark.parametrize("name", CASES)
def test_every_step_is_given_the_rate_that_lightning_gives(name):
    model, estimate = run(CASES[name])
    shown = ours(CASES[name])
    np.testing.assert_array_equal(shown.lr["all"], np.array(model.rows)[:, 0])
    assert shown.steps == estimate
    assert f"`trainer.estimated_stepping_batches` is {estimate}" in " ".join(shown.arithmetic)


def test_a_skipped_step_is_not_noticed():
    from lightning.pytorch.plugins import MixedPrecision

    case, scaler = CASES["per-step"], Scaler({0, 1, 7})
    model, _ = run(case, plugins=[MixedPrecision("16-mixed", "cpu", scaler=scaler)])
    shown = ours(case, skipped_steps=[0, 1, 7])
    assert (len(model.rows), len(scaler.rows)) == (27, 30)
    np.testing.assert_array_equal(shown.lr["all"], np.array(scaler.rows)[:, 0])


def test_lightning_refuses_interval_batch():
    from lightning.fabric.utilities.exceptions import MisconfigurationException

    made = lambda opt: [config(schedulers.StepLR(opt, 2), interval="batch")]  # noqa: E731
    with pytest.raises(MisconfigurationException, match='must be "step" or "epoch"'):
        run(Case(EPOCHS, "", made))
