"""What passes for accelerate where it is not installed: what ``prepare`` returns, written again.

After ``accelerate/accelerator.py`` (``accumulate``, ``_do_sync``), ``optimizer.py`` and
``scheduler.py`` (``AcceleratedScheduler.step``) of 1.15.
"""

from __future__ import annotations

from contextlib import contextmanager
from types import SimpleNamespace

import torch


def DataLoaderConfiguration(split_batches=False):  # noqa: N802
    return SimpleNamespace(split_batches=split_batches)


def accelerator_of(processes):
    """The class ``Accelerator`` of a script that so many processes run."""
    return type("Accelerator", (_Accelerator,), {"num_processes": processes})


class _Accelerator:
    num_processes = 1

    def __init__(
        self,
        gradient_accumulation_steps=1,
        dataloader_config=None,
        step_scheduler_with_optimizer=True,
    ):
        self.accumulated = gradient_accumulation_steps
        self.split_batches = bool(dataloader_config and dataloader_config.split_batches)
        self.with_optimizer = step_scheduler_with_optimizer
        self.count = 0
        self.is_last = False
        self.sync_gradients = True

    def prepare(self, *objects):
        return tuple(map(self._prepared, objects))

    def _prepared(self, each):
        if isinstance(each, torch.nn.Module):
            return each
        if isinstance(each, torch.optim.Optimizer):
            return _Optimizer(self, each)
        return _Loader(self, each) if hasattr(each, "__len__") else _Scheduler(self, each)

    @contextmanager
    def accumulate(self, *_):
        self.count = 0 if self.is_last else self.count + 1
        self.sync_gradients = self.is_last or self.count % self.accumulated == 0
        yield

    def backward(self, loss):
        (loss / self.accumulated).backward()


class _Optimizer:
    def __init__(self, accelerator, inner):
        self.accelerator, self.inner = accelerator, inner

    def step(self):
        if self.accelerator.sync_gradients:
            self.inner.step()

    def zero_grad(self):
        if self.accelerator.sync_gradients:
            self.inner.zero_grad()


class _Scheduler:
    def __init__(self, accelerator, inner):
        self.accelerator, self.inner = accelerator, inner

    def step(self, *metric):
        if not self.accelerator.with_optimizer:
            self.inner.step(*metric)
        elif self.accelerator.sync_gradients:
            for _ in range(1 if self.accelerator.split_batches else self.accelerator.num_processes):
                limit = getattr(self.inner, "total_steps", None)
                if self.accelerator.split_batches or limit is None or self.inner.last_epoch < limit:
                    self.inner.step(*metric)


class _Loader:
    def __init__(self, accelerator, inner):
        self.accelerator, self.inner = accelerator, inner

    def __len__(self):
        return len(self.inner)

    def __iter__(self):
        for number, batch in enumerate(self.inner, start=1):
            self.accelerator.is_last = number == len(self.inner)
            yield batch
