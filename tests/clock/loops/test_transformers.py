"""The Trainer of transformers trains a tiny model; what it gives its optimizer is what we show."""

import warnings

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as schedulers

from lrplan.clock import Cadence, Clock, TrainingSettings
from tests.clock.loops.scaler import Scaler
from tests.support.specs import trace

transformers = pytest.importorskip("transformers", reason="transformers is missing")
pytest.importorskip("accelerate", reason="accelerate is missing")

LOSSES = [1.0, 0.9, 0.95, 0.95, 0.95, 0.8, 0.85, 0.85, 0.85, 0.85, 0.84, 0.9]
SAMPLES = 20


class Model(torch.nn.Module):
    """A line."""

    def __init__(self):
        super().__init__()
        self.line = torch.nn.Linear(1, 1)

    def forward(self, x):
        return {"loss": self.line(x).square().mean()}


class Data(torch.utils.data.Dataset):
    """Equal samples."""

    def __len__(self):
        return SAMPLES

    def __getitem__(self, index):
        return {"x": torch.ones(1)}


class Trainer(transformers.Trainer):
    """Evaluations are made up."""

    evaluated = 0

    def evaluate(self, *_args, **_kwargs):
        self.evaluated += 1
        metrics = {"eval_loss": LOSSES[(self.evaluated - 1) % len(LOSSES)]}
        self.control = self.callback_handler.on_evaluate(
            self.args, self.state, self.control, metrics
        )
        return metrics


def run(directory, made=None, skipped=None, **settings):
    """The rates that the Trainer gave, and how many steps it announced."""
    model, rows, scaler = Model(), [], None if skipped is None else Scaler(skipped)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.register_step_pre_hook(lambda opt, *_: rows.append(opt.param_groups[0]["lr"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a loader that would pin memory, and the like
        trainer = Trainer(
            model=model,
            args=transformers.TrainingArguments(
                output_dir=str(directory),
                use_cpu=True,
                report_to=[],
                save_strategy="no",
                logging_strategy="no",
                disable_tqdm=True,
                max_grad_norm=0.0,
                **settings,
            ),
            train_dataset=Data(),
            eval_dataset=Data(),
            optimizers=(optimizer, None if made is None else made(optimizer)),
        )
        trainer.accelerator.scaler = scaler
        trainer.train()
    if scaler is not None:
        rows = [row[0] for row in scaler.rows]
    return np.array(rows), trainer.state.max_steps


def ours(scheduler, training, metrics=""):
    body = f"optimizer: {{type: SGD, lr: 0.1}}\nscheduler: {scheduler}"
    if metrics:
        body += f"\nmetrics: {{{metrics}}}"
    return trace(body, f"dataset_size: {SAMPLES}, loop: transformers, {training}")


LINEAR = '{type: "transformers:linear", num_warmup_steps: %s, num_training_steps: 100%%}'
CASES = {
    "epochs": ("epochs: 3, batch_size: 3", {"num_train_epochs": 3, "batch": 3}, 0),
    "share-of-warm-up": ("epochs: 3, batch_size: 3", {"num_train_epochs": 3, "batch": 3}, 0.1),
    "share-that-floats-round-up": (
        "epochs: 7, batch_size: 2",
        {"num_train_epochs": 7, "batch": 2},
        0.1,  # 70 updates * 0.1 is 7.000000000000001
    ),
    "steps-of-warm-up": ("epochs: 3, batch_size: 3", {"num_train_epochs": 3, "batch": 3}, 5),
    "short-window": (
        "epochs: 3, batch_size: 2, accumulate: 4",
        {"num_train_epochs": 3, "batch": 2, "gradient_accumulation_steps": 4},
        0.3,
    ),
    "fraction-of-an-epoch": (
        "epochs: 2.5, batch_size: 3",
        {"num_train_epochs": 2.5, "batch": 3},
        0.15,
    ),
    "fraction-and-short-window": (
        "epochs: 1.4, batch_size: 2, accumulate: 4",
        {"num_train_epochs": 1.4, "batch": 2, "gradient_accumulation_steps": 4},
        0.15,
    ),
    "drop-last": (
        "epochs: 2, batch_size: 3, drop_last: true",
        {"num_train_epochs": 2, "batch": 3, "dataloader_drop_last": True},
        0.15,
    ),
    "max-steps-in-mid-epoch": ("steps: 11, batch_size: 3", {"max_steps": 11, "batch": 3}, 0.15),
    "max-steps-beyond-epochs": (
        "epochs: 1, steps: 11, batch_size: 3",
        {"num_train_epochs": 1, "max_steps": 11, "batch": 3},
        0.15,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_update_is_given_the_rate_that_the_trainer_gives(name, tmp_path):
    training, settings, warmup = CASES[name]
    settings = dict(settings)
    rows, steps = run(
        tmp_path,
        per_device_train_batch_size=settings.pop("batch"),
        learning_rate=0.1,
        lr_scheduler_type="linear",
        warmup_steps=warmup,
        **settings,
    )
    share = f"{warmup * 100:g}%" if isinstance(warmup, float) else warmup
    shown = ours(LINEAR % share, training)
    assert shown.steps == steps
    assert shown.steps == len(rows)
    np.testing.assert_array_equal(shown.lr["all"], rows)
    assert f"`max_steps` is {steps}" in " ".join(shown.arithmetic)


COSINE = "{type: CosineAnnealingLR, T_max: 100%}"
NESTED = """{type: SequentialLR, milestones: [5], schedulers:
    [{type: LinearLR, total_iters: 5}, {type: ExponentialLR, gamma: 0.9}]}"""
SCHEDULERS = {
    "torch": (COSINE, lambda o: schedulers.CosineAnnealingLR(o, 21)),
    "nested": (
        NESTED,
        lambda o: schedulers.SequentialLR(
            o, [schedulers.LinearLR(o, total_iters=5), schedulers.ExponentialLR(o, 0.9)], [5]
        ),
    ),
}


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize("skipped", [None, {0, 1, 9}], ids=["all", "skipped"])
def test_skipped_updates_do_not_tick(name, skipped, tmp_path):
    scheduler, made = SCHEDULERS[name]
    settings = {"num_train_epochs": 3, "per_device_train_batch_size": 3}
    rows, _ = run(tmp_path, made, skipped, **settings)
    more = "" if skipped is None else f", skipped_steps: {sorted(skipped)}"
    shown = ours(scheduler, f"epochs: 3, batch_size: 3{more}")
    np.testing.assert_array_equal(shown.lr["all"], rows)


@pytest.mark.parametrize(
    ("interval", "settings", "count"),
    [
        ("interval: epoch", {"eval_strategy": "epoch"}, 10),
        ("interval: step, frequency: 4", {"eval_strategy": "steps", "eval_steps": 4}, 17),
    ],
)
@pytest.mark.parametrize("skipped", [None, {3, 4, 6}], ids=["all", "skipped"])
def test_a_plateau_follows_evaluations(interval, settings, count, skipped, tmp_path):
    """Evaluations come even if the update before them was skipped."""
    made = lambda o: schedulers.ReduceLROnPlateau(o, patience=1, factor=0.5)  # noqa: E731
    rows, _ = run(
        tmp_path,
        made,
        skipped,
        num_train_epochs=10,
        per_device_train_batch_size=3,
        metric_for_best_model="loss",
        **settings,
    )
    values = (LOSSES * 2)[:count]
    more = "" if skipped is None else f", skipped_steps: {sorted(skipped)}"
    shown = ours(
        f"{{type: ReduceLROnPlateau, patience: 1, factor: 0.5, {interval}}}",
        f"epochs: 10, batch_size: 3{more}",
        f"val_loss: {values}",
    )
    assert len(np.unique(rows)) > 2
    np.testing.assert_array_equal(shown.lr["all"], rows)


@pytest.mark.parametrize("share", [0.01, 0.03, 0.05, 0.06, 0.07, 0.1, 0.15, 0.29, 0.57, 0.58, 0.95])
def test_shares_of_warm_up_are_those_of_the_arguments(share, tmp_path):
    """Bits and all: ``ceil`` of a product of floats."""
    arguments = transformers.TrainingArguments(output_dir=str(tmp_path), warmup_steps=share)
    for steps in [*range(1, 300), 1_000, 4_567, 100_000]:
        clock = Clock.derive(TrainingSettings(steps=steps, loop="transformers"))
        percent = f"{share * 100:.10g}%"
        ours = clock.resolve(percent, Cadence("step"), is_warm_up=True)
        assert ours == arguments.get_warmup_steps(steps)
