"""The loop that everybody writes, with torch and nothing else: what the exact engine must equal."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field

import torch
from torch.optim import lr_scheduler

NAMES = {name: getattr(math, name) for name in ("cos", "sin", "sqrt", "exp", "pi", "floor")}


@dataclass
class Seen:
    """The result of a run: a list per group and field, warnings and errors."""

    lr: list = field(default_factory=list)
    momentum: list = field(default_factory=list)
    get_lr: list = field(default_factory=list)
    next_lr: list = field(default_factory=list)
    warned: dict = field(default_factory=dict)
    failure: tuple | None = None


def make(mapping, optimizer):
    """The scheduler of torch that a mapping of a spec describes."""
    given = {k: v for k, v in mapping.items() if k not in {"type", "interval", "frequency"}}
    given.pop("groups", None)
    if "schedulers" in given:
        given["schedulers"] = [make(each, optimizer) for each in given["schedulers"]]
    if "lr_lambda" in given:
        texts = given["lr_lambda"]
        given["lr_lambda"] = (
            [as_function(text) for text in texts] if isinstance(texts, list) else as_function(texts)
        )
    kind = getattr(lr_scheduler, mapping["type"])
    if mapping["type"] == "ChainedScheduler":
        return kind(given["schedulers"])
    return kind(optimizer, **given)


def as_function(text):
    code = compile(text, "expression", "eval")
    return lambda x: float(eval(code, dict(NAMES), {"x": float(x)}))


def run(groups, schedulers, epochs, per_epoch, *, metric=None, ask=False, first="SGD", **options):
    """Step, record and tick, ``epochs`` times ``per_epoch`` steps.

    Args:
        groups: the options of each parameter group, among them its name.
        schedulers: mappings as a spec has them.
        metric: the values of a plateau scheduler, one per tick.
        ask: also ask the first scheduler for ``get_lr()`` at every step.
        first: the optimizer's class; ``options`` are its arguments.
    """
    seen, step = Seen(), None

    def show(message, category, *_, **__):
        key = (category.__name__, str(message))
        since, count = seen.warned.get(key, (step, 0))
        seen.warned[key] = (since, count + 1)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        held = [
            {"params": [torch.nn.Parameter(torch.zeros(1, 1))], **options} for options in groups
        ]
        optimizer = getattr(torch.optim, first)(held, **options)
        jobs = [Job(each, optimizer) for each in schedulers]
        seen.lr, seen.momentum = [[] for _ in groups], [[] for _ in groups]
        try:
            for step in range(epochs * per_epoch):
                for index, group in enumerate(optimizer.param_groups):
                    seen.lr[index].append(float(group["lr"]))
                    seen.momentum[index].append(float(group.get("momentum", 0)))
                if ask:
                    seen.get_lr.append(_asked(jobs[0].scheduler, optimizer))
                optimizer.step()
                for job in jobs:
                    job.optimizer.step()
                for job in jobs:
                    job.end("step", metric)
                if (step + 1) % per_epoch == 0:
                    for job in jobs:
                        job.end("epoch", metric)
        except Exception as error:  # noqa: BLE001
            seen.failure = (step, str(error))
        seen.next_lr = [float(group["lr"]) for group in optimizer.param_groups]
    return seen


class Job:
    """A scheduler, the optimizer it knows, and when it ticks."""

    def __init__(self, mapping, optimizer):
        self.optimizer = _seen_by(mapping, optimizer)
        self.scheduler = make(mapping, self.optimizer)
        self.interval = mapping.get("interval", "epoch")
        self.frequency = mapping.get("frequency", 1)
        self.ticks = 0

    def end(self, interval, metric):
        if interval != self.interval:
            return
        self.ticks += 1
        if self.ticks % self.frequency == 0:
            reads = isinstance(self.scheduler, lr_scheduler.ReduceLROnPlateau)
            value = (metric[self.ticks // self.frequency - 1],) if reads else ()
            self.scheduler.step(*value)


def _seen_by(mapping, optimizer):
    wanted = mapping.get("groups")
    if wanted is None:
        return optimizer
    chosen = [group for group in optimizer.param_groups if group["name"] in wanted]
    part = type(optimizer)([torch.nn.Parameter(torch.zeros(1, 1))], **optimizer.defaults)
    part.param_groups = chosen  # the very same dictionaries
    return part


def _asked(scheduler, optimizer):
    before = [group.get("momentum") for group in optimizer.param_groups]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = [float(value) for value in scheduler.get_lr()]
    for group, momentum in zip(optimizer.param_groups, before, strict=True):
        if momentum is not None:
            group["momentum"] = momentum
    return values
