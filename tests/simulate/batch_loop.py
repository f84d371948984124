"""A training loop over batches, written by hand with torch alone, that can be saved and go on.

It accumulates, ends windows with epochs or not, hands metrics to plateaus, and can stop after any
number of optimizer steps, at the end of an epoch, or at its own, for a new process to take over.
Nothing of lrplan is used here.
"""

from __future__ import annotations

import copy
import io
from dataclasses import dataclass, field

import torch
from torch.optim import lr_scheduler

OWN_KEYS = {"type", "interval", "frequency", "monitor", "groups"}


@dataclass
class Training:
    """The ``training`` of a spec; without ``batches`` the run has no epochs."""

    epochs: int | None
    steps: int | None
    batches: int | None
    accumulate: int
    last_window: str

    def closes(self, batch):
        """Return True if a window ends with this batch, counted from 0 over the whole run."""
        if self.batches is None or self.last_window == "carry":
            return (batch + 1) % self.accumulate == 0
        index = batch % self.batches
        is_last = index == self.batches - 1
        return (index + 1) % self.accumulate == 0 or (is_last and self.last_window == "step")

    def opens(self, batch):
        """Return True if a window that is going to end with a step begins with this batch."""
        if self.batches is None or self.last_window == "carry":
            return batch % self.accumulate == 0
        index = batch % self.batches
        is_whole = index + self.accumulate <= self.batches
        return index % self.accumulate == 0 and (is_whole or self.last_window == "step")

    def is_saved_before(self, batch, steps, at):
        """Return True if ``at`` is reached: ``3ep``, or a number of steps with all that follows."""
        if at.endswith("ep"):
            return batch == int(at.removesuffix("ep")) * self.batches
        return steps == int(at) and self.opens(batch)

    def ends_epoch(self, batch):
        return self.batches is not None and (batch + 1) % self.batches == 0

    def last_batches(self):
        """The batch that each step ends with, from 0 over the whole run."""
        end = 10**4 if self.epochs is None else self.epochs * self.batches
        return [batch for batch in range(end) if self.closes(batch)][: self.steps]


@dataclass
class Progress:
    """The counts of a loop."""

    batches: int = 0
    ticks: dict = field(default_factory=lambda: {"step": 0, "batch": 0, "epoch": 0})

    @property
    def steps(self):
        return self.ticks["step"]


class Process:
    """An optimizer and its schedulers, in memory until the process ends."""

    def __init__(self, groups, schedulers, metrics, read, restore=None):
        params = [
            {"params": [torch.nn.Parameter(torch.zeros(1, 1))], **each} for each in groups.values()
        ]
        self.optimizer = torch.optim.SGD(params, lr=1.0)
        if restore is not None and "optimizer" in restore.before:
            self.optimizer.load_state_dict(restore.optimizer())
        self.jobs = [Job(each, list(groups), self.optimizer) for each in schedulers]
        if restore is not None and "optimizer" in restore.after:
            self.optimizer.load_state_dict(restore.optimizer())
            for job in self.jobs:
                job.follow(self.optimizer)
        if restore is not None and "scheduler" in restore.after:
            for job, state in zip(self.jobs, restore.schedulers(), strict=True):
                job.scheduler.load_state_dict(state)
        self.metrics, self.read = metrics, list(read)

    def save(self):
        file = io.BytesIO()
        states = [job.scheduler.state_dict() for job in self.jobs]
        torch.save([self.optimizer.state_dict(), states], file)
        return file.getvalue()

    def tick(self, interval, number):
        """The ``number``-th end of a step, batch or epoch."""
        for index, job in enumerate(self.jobs):
            if job.interval != interval or number % job.frequency:
                continue
            if job.monitor is None:
                job.scheduler.step()
                continue
            values = self.metrics[job.monitor]
            value = values[min(self.read[index], len(values) - 1)]
            self.read[index] += 1
            job.scheduler.step(value)

    def train(self, training, progress, at=None):
        """The rates of every step before the checkpoint ``at``, or before the run is over."""
        rows = []
        for batch in range(progress.batches, 10**6):
            if training.epochs is not None and batch == training.epochs * (training.batches or 1):
                break
            if training.steps is not None and progress.steps >= training.steps:
                break
            if at is not None and training.is_saved_before(batch, progress.steps, at):
                break
            if training.closes(batch):
                rows.append([float(group["lr"]) for group in self.optimizer.param_groups])
                self.optimizer.step()
                for job in self.jobs:
                    job.optimizer.step()
                self._end("step", progress)
            progress.batches = batch + 1
            self._end("batch", progress)
            if training.ends_epoch(batch):
                self._end("epoch", progress)
        return rows

    def _end(self, interval, progress):
        progress.ticks[interval] += 1
        self.tick(interval, progress.ticks[interval])


class Job:
    """A scheduler and when it ticks."""

    def __init__(self, mapping, names, optimizer):
        chosen = mapping.get("groups", names)
        self.indices = [index for index, name in enumerate(names) if name in chosen]
        self.whole = len(self.indices) == len(names)
        self.optimizer = optimizer if self.whole else self._part(optimizer)
        self.scheduler = make(mapping, self.optimizer)
        self.interval, self.frequency = mapping["interval"], mapping.get("frequency", 1)
        self.monitor = mapping.get("monitor") or mapping.get("after_scheduler", {}).get("monitor")

    def _part(self, optimizer):
        part = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, 1))], **optimizer.defaults)
        part.param_groups = [optimizer.param_groups[index] for index in self.indices]
        return part

    def follow(self, optimizer):
        """Loading a state gave the optimizer new groups."""
        if not self.whole:
            self.optimizer.param_groups = [optimizer.param_groups[i] for i in self.indices]


@dataclass
class Restore:
    """The states that a new process loads, before or after it builds its schedulers."""

    saved: bytes
    before: tuple = ()
    after: tuple = ("optimizer", "scheduler")

    def optimizer(self):
        return copy.deepcopy(self._read()[0])

    def schedulers(self):
        return self._read()[1]

    def _read(self):
        return torch.load(io.BytesIO(self.saved), weights_only=False)


def make(mapping, optimizer):
    """The scheduler that a mapping of a spec describes."""
    given = {key: value for key, value in mapping.items() if key not in OWN_KEYS}
    if mapping["type"] == "GradualWarmupScheduler":
        inner = given.pop("after_scheduler")
        return WarmUp(optimizer, make(inner, optimizer), **given)
    if "schedulers" in given:
        given["schedulers"] = [make(each, optimizer) for each in given["schedulers"]]
    if mapping["type"] == "ChainedScheduler":
        return lr_scheduler.ChainedScheduler(given["schedulers"])
    return getattr(lr_scheduler, mapping["type"])(optimizer, **given)


class WarmUp:
    """A line up to ``multiplier`` times the rate, then the plateau inside reads what comes."""

    def __init__(self, optimizer, plateau, multiplier, total_epoch):
        self.optimizer, self.plateau = optimizer, plateau
        self.multiplier, self.total, self.ticks = multiplier, total_epoch, 0
        self.bases = [
            group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups
        ]
        self._line()

    def step(self, metric):
        self.ticks += 1
        if self.ticks <= self.total:
            self._line()
        else:
            self.plateau.step(metric)

    def _line(self):
        share = self.ticks / self.total
        factor = share if self.multiplier == 1 else (self.multiplier - 1) * share + 1
        for group, base in zip(self.optimizer.param_groups, self.bases, strict=True):
            group["lr"] = base * factor

    def state_dict(self):
        return {"ticks": self.ticks, "bases": self.bases, "plateau": self.plateau.state_dict()}

    def load_state_dict(self, state):
        self.ticks, self.bases = state["ticks"], state["bases"]
        self.plateau.load_state_dict(state["plateau"])
