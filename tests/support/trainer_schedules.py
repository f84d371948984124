"""The schedules of transformers' Trainer, stepped in a loop.

Where transformers is installed it is ``get_scheduler``; elsewhere a copy of its lambdas.
"""

from __future__ import annotations

import importlib.util
import warnings

import torch

from tests.support.transformers_factors import factor

HAS_TRANSFORMERS = importlib.util.find_spec("transformers") is not None


def stepped(
    kind: str, lr: float, warmup: int, total: int, options: dict[str, object]
) -> list[float]:
    """What ``optimizer.step()`` is given in each update."""
    if not HAS_TRANSFORMERS:
        return [lr * factor(kind, step, warmup, total, lr, **options) for step in range(total)]
    from transformers import get_scheduler

    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two lengths one is used
        scheduler = get_scheduler(kind, optimizer, warmup, total, scheduler_specific_kwargs=options)
    lrs = []
    for _ in range(total):
        lrs.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return lrs
