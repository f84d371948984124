"""Records what real releases of Ultralytics do, for ``tests/data/ultralytics.json``.

The package cannot be a dependency (its licence, OpenCV), so its trainer's own functions are taken
from the wheel by name and run with stand-ins for the model, the data and the logging::

    pip download --no-deps ultralytics==8.3.0 -d wheels
    python -m tests.support.record_ultralytics wheels > tests/data/ultralytics.json

The wheels of every release in ``RUNS`` are looked up in that folder.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
import types
import warnings
import zipfile
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch
from torch import nn

from tests.support.real_code import functions_of

DEFAULTS = {
    "epochs": 100,
    "batch": 16,
    "nbs": 64,
    "lr0": 0.01,
    "lrf": 0.01,
    "momentum": 0.937,
    "weight_decay": 0.0005,
    "warmup_epochs": 3.0,
    "warmup_momentum": 0.8,
    "warmup_bias_lr": 0.1,
    "cos_lr": False,
    "optimizer": "SGD",
}
LONG = {"images": 320, "nc": 80}
SHORT = {"images": 90, "nc": 3}
RUNS = [
    # release, arguments, the data
    ("8.0.40", {"epochs": 12}, SHORT),
    ("8.0.113", {"epochs": 25, "optimizer": "auto", "batch": 8}, SHORT),
    ("8.0.113", {"epochs": 7, "warmup_epochs": 0, "batch": 1, "nbs": 100}, {"images": 7, "nc": 3}),
    ("8.0.118", {"epochs": 5, "warmup_epochs": 0}, LONG),
    ("8.1.41", {"epochs": 12, "cos_lr": True, "batch": 24}, LONG),
    ("8.1.41", {"epochs": 4, "warmup_epochs": 0.0}, LONG),
    ("8.1.42", {"epochs": 12, "cos_lr": True, "batch": 24}, LONG),
    ("8.2.0", {"epochs": 12, "optimizer": "auto"}, LONG),
    ("8.3.0", {"epochs": 10, "optimizer": "AdamW", "lr0": 0.001, "batch": 1}, SHORT),
    ("8.3.253", {"epochs": 2010, "optimizer": "auto", "batch": 64, "nbs": 64}, LONG),
    ("8.4.0", {"epochs": 12, "batch": 50}, LONG),
    ("8.4.0", {"epochs": 3, "momentum": 0.0, "warmup_momentum": 0.0}, SHORT),
    ("8.4.0", {"epochs": 12, "optimizer": "auto"}, LONG),
    ("8.4.7", {"epochs": 12, "optimizer": "auto"}, SHORT),
    ("8.4.8", {"epochs": 12, "optimizer": "auto"}, SHORT),
    ("8.4.102", {"epochs": 12, "optimizer": "RMSProp", "batch": 10}, LONG),
    ("8.4.103", {"epochs": 12, "warmup_epochs": 2.3}, LONG),
    ("8.4.182", {"epochs": 2, "batch": 3, "warmup_epochs": 0.5}, LONG),
    ("8.4.183", {"epochs": 2, "batch": 3, "warmup_epochs": 0.5}, LONG),
    ("8.4.190", {"epochs": 8}, LONG),
    ("8.4.190", {"epochs": 1}, LONG),
    ("8.4.190", {"epochs": 2010, "optimizer": "auto", "batch": 64}, LONG),
    ("8.4.190", {"epochs": 1, "batch": 2, "nbs": 640}, SHORT),
]


TAKEN = (
    "_do_train",
    "_setup_scheduler",
    "_get_warmup_iterations",
    "_build_train_pipeline",
    "build_optimizer",
)
"""The trainer's functions that are run as they are."""


class MuSGD(torch.optim.SGD):
    """Has the groups of Ultralytics' optimizer; no step is computed."""

    def __init__(self, params, lr=0.001, muon=0.5, sgd=0.5, **kwargs):
        super().__init__(params, lr=lr, **kwargs)


class Model(nn.Module):
    """A layer of each kind, and one that MuSGD trains at three times the rate."""

    def __init__(self, classes, items):
        super().__init__()
        head = nn.Module()
        head.cv3 = nn.ModuleList([nn.Conv2d(4, 4, 1)])
        body = [nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), *(nn.Identity() for _ in range(21))]
        self.model = nn.ModuleList([*body, head])
        self.nc, self.criterion, self.items = classes, None, items

    def __call__(self, batch):
        return torch.zeros((), requires_grad=True), self.items


class Bar(list):
    """Stands for a progress bar."""

    def __init__(self, iterable, **_options):
        super().__init__(iterable)

    def set_description(self, _text):
        """Say nothing."""


def one_cycle(y1, y2, steps):
    return lambda x: max((1 - math.cos(x * math.pi / steps)) / 2, 0) * (y2 - y1) + y1


def source_in_wheel(wheels, release):
    """The trainer's module in the wheel of a release."""
    with zipfile.ZipFile(next(wheels.glob(f"ultralytics-{release}-*.whl"))) as wheel:
        name = next(each for each in wheel.namelist() if each.endswith("engine/trainer.py"))
        return wheel.read(name).decode()


def record(source, arguments, data):
    """The learning rate and momentum of each group at each ``optimizer_step``.

    Args:
        source: the text of the trainer's module.
        arguments: those of ``args.yaml``.
        data: the number of images and of classes.
    """
    namespace = {
        "MuSGD": MuSGD, "nn": nn, "np": np, "torch": torch, "math": math, "time": time,
        "warnings": warnings, "optim": torch.optim, "lr_scheduler": torch.optim.lr_scheduler,
        "RANK": -1, "LOCAL_RANK": -1, "one_cycle": one_cycle, "TQDM": Bar, "tqdm": Bar, "re": re,
        "colorstr": lambda *a: "", "unwrap_model": lambda model: model, "partial": partial,
        "TORCH_2_0": True,
    }  # fmt: skip
    found = functions_of(source, TAKEN, namespace)
    args = {**DEFAULTS, **arguments}
    trainer = MagicMock()
    trainer.args = types.SimpleNamespace(
        **args, time=None, close_mosaic=0, imgsz=640, plots=False, val=False, save=False,
        patience=100, amp=False, fraction=1.0, compile=False, nan_recovery=False,
    )  # fmt: skip
    trainer.epochs, trainer.batch_size, trainer.start_epoch = args["epochs"], args["batch"], 0
    trainer.world_size, trainer.stop, trainer.data = (
        1,
        False,
        {"nc": data["nc"], "train": "", "val": ""},
    )
    trainer.stopper = MagicMock(return_value=False, possible_stop=False)
    trainer._get_memory = lambda *a: 0.0
    trainer.validate = lambda: ({}, 0)
    trainer.label_loss_items = lambda *a, **k: {}
    trainer._handle_nan_recovery = lambda epoch: False
    batches = math.ceil(data["images"] / args["batch"])
    batch = {"cls": torch.zeros(1), "img": torch.zeros(1, 3, 2, 2)}
    trainer.train_loader = MagicMock()
    trainer.train_loader.__len__.return_value = batches
    trainer.train_loader.__iter__.side_effect = lambda: iter([batch] * batches)
    trainer.preprocess_batch = lambda each: each
    trainer.criterion = lambda *a: (torch.zeros((), requires_grad=True), torch.zeros(3))
    trainer.loss_names, trainer.progress_string = (), str
    losses = {"box": torch.zeros(())} if "self.tloss[k]" in source else torch.zeros(3)
    trainer.model = Model(data["nc"], losses)
    for each in ("_setup_scheduler", "_get_warmup_iterations", "build_optimizer"):
        if each in found:
            setattr(trainer, each, partial(found[each], trainer))
    if "_build_train_pipeline" in found:
        trainer.optimizer, trainer.get_dataloader = None, lambda *a, **k: trainer.train_loader
        trainer.train_loader.dataset.__len__.return_value = data["images"]
        trainer.train_loader.sampler.__len__.return_value = data["images"]
        trainer.train_loader.batch_size, trainer.stride = args["batch"], 32
        trainer.args.multi_scale, trainer.args.split, trainer.args.task = 0.0, "val", "detect"
        found["_build_train_pipeline"](trainer)
        trainer.scheduler.last_epoch = -1
    else:
        set_up(trainer, found, args, data)
    steps = []
    trainer.optimizer_step = lambda: steps.append(
        [(group["lr"], group.get("momentum")) for group in trainer.optimizer.param_groups]
    )
    found["_do_train"](trainer)
    return steps


def set_up(trainer, found, args, data):
    """What ``_setup_train`` does about optimizer and scheduler, before it was a function."""
    trainer.accumulate = max(round(args["nbs"] / args["batch"]), 1)
    options = {"name": args["optimizer"], "lr": args["lr0"], "momentum": args["momentum"]}
    options["decay"] = args["weight_decay"] * args["batch"] * trainer.accumulate / args["nbs"]
    build = found["build_optimizer"]
    if "iterations" in build.__code__.co_varnames:
        passes = math.ceil(data["images"] / max(args["batch"], args["nbs"]))
        options["iterations"] = passes * args["epochs"]
    own = (trainer,) if "self" in build.__code__.co_varnames else ()
    trainer.optimizer = build(*own, trainer.model, **options)
    if "_setup_scheduler" in found:
        found["_setup_scheduler"](trainer)
    else:
        lrf, epochs = args["lrf"], trainer.epochs
        line = lambda x: (1 - x / epochs) * (1.0 - lrf) + lrf  # noqa: E731
        trainer.lf = one_cycle(1, lrf, epochs) if args["cos_lr"] else line
        trainer.scheduler = torch.optim.lr_scheduler.LambdaLR(trainer.optimizer, trainer.lf)
    trainer.scheduler.last_epoch = -1


def sample(steps):
    """Where the values are kept: at the start and the end all, between them some."""
    wanted = {*range(8), *range(0, steps, max(steps // 25, 1)), steps - 2, steps - 1}
    return sorted(each for each in wanted if 0 <= each < steps)


def result(wheels, release, arguments, data):
    """One run, as the data file has it: values are in the order of steps, then of groups."""
    steps = record(source_in_wheel(wheels, release), arguments, data)
    at = sample(len(steps))
    return {
        "release": release,
        "arguments": arguments,
        "data": data,
        "steps": len(steps),
        "at": at,
        "lr": [[float(lr) for lr, _ in steps[each]] for each in at],
        "momentum": [
            [None if value is None else float(value) for _, value in steps[each]] for each in at
        ],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    made = [result(Path(sys.argv[1]), *run) for run in RUNS]
    sys.stdout.write("[\n" + ",\n".join(json.dumps(each) for each in made) + "\n]" + "\n")
