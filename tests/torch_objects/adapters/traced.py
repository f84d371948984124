"""Specs that name a scheduler of another package, simulated by lrplan."""

import inspect
import json
from pathlib import Path

import numpy as np
import torch
from torch.optim import SGD

from lrplan.catalog import REQUIRED
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText

ONE = (1.0,)
THREE = (1.0, 0.3, 0.02)


def plan_of(scheduler, *, rates=ONE, training=None, metric=None, **optimizer):
    """The plan of one schedule: SGD unless told otherwise, a group for each rate."""
    groups = {f"g{index}": {"lr": rate} for index, rate in enumerate(rates)}
    schedule = {
        "training": training or {"epochs": 6, "steps_per_epoch": 5},
        "optimizer": {"type": "SGD", "lr": rates[0], "groups": groups, **optimizer},
        "scheduler": scheduler,
    }
    if metric is not None:
        schedule["metrics"] = {"loss": list(metric)}
    text = json.dumps({"schedules": {"s": schedule}})
    return load(InputText("spec.yaml", text), Path()).plans["s"]


def trace_of(scheduler, **options):
    trace = simulate(plan_of(scheduler, **options))
    assert trace.failure is None
    return trace


def applied(scheduler, **options):
    """The learning rates that lrplan computes: a row for each step, a column for each group."""
    trace = trace_of(scheduler, **options)
    return np.column_stack([trace.lr[group] for group in trace.groups])


def sgd(rates=ONE, **options):
    """The same optimizer, made by hand."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]
    return SGD(groups, **{"lr": rates[0], **options})


def rates_of(optimizer):
    return [float(group["lr"]) for group in optimizer.param_groups]


def by_signature(real, *, without=("self", "optimizer", "last_epoch")):
    """The arguments of a package's class or function, with their defaults."""
    found = inspect.signature(real).parameters
    return {
        name: REQUIRED if each.default is each.empty else each.default
        for name, each in found.items()
        if name not in without and each.kind is not each.VAR_KEYWORD
    }


def by_row(row):
    """The same of a row."""
    return {argument.name: argument.default for argument in row.arguments}
