"""Runs of Lightning, of the transformers Trainer and of accelerate, right and with a mistake.

``main()`` trains with the package named on the command line, audits each log, and prints a line
for each.
"""

import csv
import logging
import math
import sys
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler as torch_lr

from lrplan.request import DEFAULT_REQUEST
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.trained_runs import judge

UPDATES, WARMUP = 60, 6
SPEC = f"""\
training: {{steps: {UPDATES}, loop: LOOP}}
schedules:
  run:
    optimizer: {{type: SGD, lr: 0.1}}
    scheduler:
      {{type: CosineAnnealingLR, T_max: {UPDATES - WARMUP}, interval: step, warmup: {WARMUP}}}
"""
RUNS = {
    "right": ({}, {"as-planned"}),
    "another peak": ({"lr": 0.05}, {"peak-scaled"}),
    "another warm-up": ({"warmup": 15}, {"warmup-length"}),
    "another length": ({"total": 90}, {"other-length"}),
    "another schedule": ({"line": True}, {"other-schedule"}),
    "stopped early": ({"updates": 30}, {"stopped-early"}),
}
"""What is done otherwise, and the causes of which an audit has to name one."""


def _schedule(optimizer, warmup=WARMUP, total=UPDATES, line=False, **_):
    def factor(tick):
        if tick < warmup:
            return tick / warmup
        done = min((tick - warmup) / (total - warmup), 1)
        return 1 - done if line else 0.5 * (1 + math.cos(math.pi * done))

    return torch_lr.LambdaLR(optimizer, factor)


def _lightning(folder, **changes):
    import lightning
    from lightning.pytorch.callbacks import LearningRateMonitor
    from lightning.pytorch.loggers import CSVLogger

    class Model(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _):
            return self.layer(batch[0]).pow(2).mean()

        def configure_optimizers(self):
            optimizer = torch.optim.SGD(self.parameters(), lr=changes.get("lr", 0.1))
            scheduler = _schedule(optimizer, **changes)
            return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    trainer = lightning.Trainer(
        max_steps=changes.get("updates", UPDATES),
        logger=CSVLogger(folder),
        callbacks=[LearningRateMonitor("step")],
        log_every_n_steps=1,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
        enable_checkpointing=False,
    )
    trainer.fit(Model(), _loader())
    return next(folder.rglob("metrics.csv"))


def _transformers(folder, **changes):
    import transformers

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, x, labels=None):
            return {"loss": self.layer(x).pow(2).mean()}

    arguments = transformers.TrainingArguments(
        str(folder),
        max_steps=changes.get("updates", UPDATES),
        per_device_train_batch_size=4,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=changes.get("lr", 0.1))
    data = [{"x": torch.randn(4), "labels": torch.zeros(1)} for _ in range(40)]
    both = (optimizer, _schedule(optimizer, **changes))
    trainer = transformers.Trainer(model, arguments, train_dataset=data, optimizers=both)
    trainer.train()
    path = folder / "trainer_state.json"
    trainer.state.save_to_json(str(path))
    return path


def _accelerate(folder, **changes):
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=changes.get("lr", 0.1))
    made = accelerator.prepare(model, optimizer, _loader(), _schedule(optimizer, **changes))
    model, optimizer, loader, scheduler = made
    rows = []
    while len(rows) < changes.get("updates", UPDATES):
        for (batch,) in loader:
            accelerator.backward(model(batch).pow(2).mean())
            rows.append((len(rows), scheduler.get_last_lr()[0]))
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
            if len(rows) == changes.get("updates", UPDATES):
                break
    path = folder / "log.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("step", "lr"), *rows])
    return path


def _loader():
    data = torch.utils.data.TensorDataset(torch.randn(40, 4))
    return torch.utils.data.DataLoader(data, batch_size=4)


TRAINERS = {"lightning": _lightning, "transformers": _transformers, "accelerate": _accelerate}


def main():
    warnings.simplefilter("ignore")
    logging.disable()
    package, folder = sys.argv[1], Path(sys.argv[2])
    (plan,) = load(InputText("plan", SPEC.replace("LOOP", package)), Path()).plans.values()
    trace = simulate(plan, DEFAULT_REQUEST)
    for name, (changes, causes) in RUNS.items():
        below = folder / name.replace(" ", "-")
        below.mkdir()
        verdict, found = judge(TRAINERS[package](below, **changes), causes, plan, trace)
        print(f"audit {name}: {verdict}: {found.sentence}")  # noqa: T201
