"""A training loop written by hand that saves, loads and goes on; and the same asked of lrplan."""

import copy
import io
import json
from pathlib import Path

import numpy as np
import torch
from torch.optim import SGD

from lrplan.resume import parse_resume_options
from lrplan.simulate.resuming.resume import resume
from lrplan.specfile.load import load
from lrplan.specfile.training_override import with_training
from lrplan.text_position import InputText

EPOCHS, PER_EPOCH, BREAK = 20, 2, 5
STEPS = EPOCHS * PER_EPOCH
LOSSES = [1.0, 0.9, *[0.9] * 28, *[0.8] * 10]


def sgd(rates=(0.1,)):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]
    return SGD(groups, lr=rates[0], momentum=0.9)


def held(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def train(optimizer, scheduler, begin, end, *, plateau=False):
    """The rates of epochs ``begin`` to before ``end``, a row for each step."""
    rows = []
    for epoch in range(begin, end):
        for _ in range(PER_EPOCH):
            rows.append(held(optimizer))
            optimizer.step()
        scheduler.step(*([LOSSES[epoch]] if plateau else []))
    return rows


def loaded(optimizer, scheduler):
    """Both states, through a file."""
    file = io.BytesIO()
    torch.save([optimizer.state_dict(), scheduler.state_dict()], file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def unbroken(make, **options):
    optimizer = sgd(options.pop("rates", (0.1,)))
    return np.array(train(optimizer, make(optimizer), 0, EPOCHS, **options))


def resumed(make, make_again=None, *, parts="optimizer,scheduler", epochs=EPOCHS, **options):
    """The rates of a run whose process ends after ``BREAK`` epochs.

    ``parts`` is in the order in which the new process does things: schedulers are built at
    ``build``, first of all where it is not named.
    """
    rates = options.pop("rates", (0.1,))
    optimizer = sgd(rates)
    scheduler = make(optimizer)
    rows = train(optimizer, scheduler, 0, BREAK, **options)
    states = dict(zip(("optimizer", "scheduler"), loaded(optimizer, scheduler), strict=True))
    optimizer, scheduler = sgd(rates), None
    order = parts.split(",") if "build" in parts else ["build", *parts.split(",")]
    for part in order:
        if part == "build":
            scheduler = (make_again or make)(optimizer)
        elif part == "initial":
            for group in optimizer.param_groups:
                group["initial_lr"] = group["lr"]
        elif part == "optimizer":
            optimizer.load_state_dict(copy.deepcopy(states[part]))
        elif part:
            scheduler.load_state_dict(states[part])
    return np.array(rows + train(optimizer, scheduler, BREAK, epochs, **options))


def spec_of(scheduler, *, rates=(0.1,), metrics=False):
    schedule = {
        "optimizer": {
            "type": "SGD",
            "lr": 0.1,
            "momentum": 0.9,
            "groups": {f"g{index}": {"lr": rate} for index, rate in enumerate(rates)},
        },
        "scheduler": scheduler,
    }
    if metrics:
        schedule["metrics"] = {"loss": {"values": LOSSES, "then": "hold"}}
    training = {"epochs": EPOCHS, "steps_per_epoch": PER_EPOCH}
    text = json.dumps({"training": training, "schedules": {"s": schedule}})
    return load(InputText("spec.yaml", text), Path())


def ask(spec, *parts, training=(), at=f"{BREAK}ep"):
    """The same run by lrplan."""
    plan = spec.plans["s"]
    later = plan
    if training:
        changed = with_training(spec, ["s"], training, Path(), option="--resume-training")
        later = changed.plans["s"]
    return resume(plan, later, parse_resume_options(at, parts, training))


def table(trace):
    """A row for each step, a column for each group."""
    return np.column_stack([trace.lr[group] for group in trace.groups])
