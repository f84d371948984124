"""Curves worked out without lrplan: a plain loop over torch's schedulers, and definitions.

A reference gives, for each field and group that it speaks of, one value per step.
"""

import csv
import math
import warnings
from functools import partial
from pathlib import Path

import torch

CSV = Path(__file__).parents[2] / "gallery" / "val_loss.csv"
FIELDS = ("lr", "momentum", "weight_decay")


def sgd(lr=0.1, **options):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, **options)


def adam(lr=1e-3, kind=torch.optim.AdamW, **options):
    return kind([torch.nn.Parameter(torch.zeros(1))], lr=lr, **options)


def held(group):
    values = {"lr": group["lr"], "weight_decay": group["weight_decay"]}
    values["momentum"] = group["betas"][0] if "betas" in group else group["momentum"]
    return values


def loop(optimizer, make, steps, every=1, losses=None):
    """``opt.step(); sch.step()``, the latter after every so many of the former."""
    with warnings.catch_warnings():
        # SequentialLR warns about what it does itself (pytorch/pytorch#149392).
        warnings.simplefilter("ignore")
        scheduler = make(optimizer)
        rows = []
        for step in range(steps):
            rows.append(held(optimizer.param_groups[0]))
            optimizer.step()
            if (step + 1) % every == 0:
                tick = (step + 1) // every - 1
                scheduler.step(*(() if losses is None else (losses[tick],)))
    return {("all", field): [row[field] for row in rows] for field in FIELDS}


def torch_run(make, steps, optimizer=sgd, every=1, losses=None):
    return partial(lambda: loop(optimizer(), make, steps, every, losses))


def formula(base, factor, steps, every=1, field="lr", group="all"):
    """``base * factor(tick)``, one tick after every so many steps."""
    return lambda: {(group, field): [base * factor(step // every) for step in range(steps)]}


def together(*references):
    return lambda: {key: rows for each in references for key, rows in each().items()}


def warmup_cosine(warmup, total):
    def factor(s):
        if s < warmup:
            return s / max(1, warmup)
        return 0.5 * (1 + math.cos(math.pi * (s - warmup) / max(1, total - warmup)))

    return factor


def inverse_sqrt(warmup):
    return lambda s: s / max(1, warmup) if s < warmup else math.sqrt(warmup) / math.sqrt(s)


def restarts(first, mult, peak, up, gamma, steps, base=0.001):
    def run():
        rows, cycle, length = [], 0, first
        while len(rows) < steps:
            height = peak * gamma**cycle - base
            for t in range(length):
                fall = (1 + math.cos(math.pi * (t - up) / (length - up))) / 2
                rows.append(base + height * (t / up if t < up else fall))
            cycle, length = cycle + 1, (length - up) * mult + up
        return {("all", "lr"): rows[:steps]}

    return run


def gradual(base, multiplier, warmup, after, steps, losses=None):
    """The warm-up's line, then ``after`` alone on an optimizer with the multiplied rate."""

    def run():
        start = 0 if multiplier == 1 else 1
        rise = [base * (start + (multiplier - start) * s / warmup) for s in range(warmup)]
        rest = None if losses is None else losses[warmup:]
        then = loop(sgd(base * multiplier), after, steps - warmup, losses=rest)
        return {("all", "lr"): rise + then["all", "lr"]}

    return run


def recorded_losses():
    with CSV.open(encoding="utf-8") as file:
        return [float(row["val_loss"]) for row in csv.DictReader(file)]
