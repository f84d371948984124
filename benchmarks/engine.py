"""What the exact engine takes for a step, scheduler by scheduler.

python -m benchmarks.engine
"""

from __future__ import annotations

import json
import warnings
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks.measure import best
from benchmarks.report import Table, times
from benchmarks.subjects import engine, optimizer_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from torch.optim.lr_scheduler import LRScheduler

    from lrplan.plan import SchedulePlan

KINDS: dict[str, dict[str, object]] = {
    "ExponentialLR": {"gamma": 0.9999},
    "CosineAnnealingLR": {"T_max": 20_000},
    "PolynomialLR": {"total_iters": 20_000, "power": 2.0},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 20_001},
}
PHASES = ({"type": "LinearLR", "total_iters": 500}, {"type": "CosineAnnealingLR", "T_max": 19_500})
SEQUENTIAL = "SequentialLR"
_HOW = (
    "Microseconds a step, schedulers ticking after every step: the plain loop (`optimizer.step()`, "
    "every group noted, `scheduler.step()`), ignite's `LRScheduler.simulate_values`, and lrplan's "
    "exact engine. In brackets, how many times faster the exact engine is."
)


def tables(
    groups: Sequence[int] = (1, 10, 50), *, steps: int = 5_000, rounds: int = 3
) -> Iterator[Table]:
    """One table for each number of groups, all different.

    Args:
        groups: numbers of groups.
        steps: length of the runs.
        rounds: how often each is measured; the best counts.
    """
    for number in groups:
        title = f"Exact engine, {number} {'group' if number == 1 else 'groups, all different'}"
        table = Table(title, ("", "plain loop", "ignite", "lrplan"), _HOW)
        for name in (*KINDS, SEQUENTIAL):
            table.add(name, *_cells(name, number, steps, rounds))
        yield table


def _cells(name: str, groups: int, steps: int, rounds: int) -> Iterator[str]:
    runs: dict[str, Callable[[], object]] = {
        "plain": partial(_plain, name, groups, steps),
        "lrplan": engine("step", _plan(name, groups, steps)),
    }
    # It has no get_lr() to ask a SequentialLR for.
    if find_spec("ignite") and name != SEQUENTIAL:
        runs["ignite"] = partial(_ignite, name, groups, steps)
    found = best(runs, rounds)
    for each in ("plain", "ignite"):
        taken = found.get(each)
        yield "-" if taken is None else f"{_us(taken, steps)} ({times(taken / found['lrplan'])})"
    yield _us(found["lrplan"], steps)


def _us(seconds: float, steps: int) -> str:
    return f"{seconds / steps * 1e6:.3g}"


def _plan(name: str, groups: int, steps: int) -> SchedulePlan:
    from pathlib import Path

    from lrplan.specfile.load import load
    from lrplan.text_position import InputText

    sequential = {"schedulers": PHASES, "milestones": [500]}
    scheduler = {"type": name, "interval": "step", **KINDS.get(name, sequential)}
    rates = [group["lr"] for group in optimizer_of(steps, groups).param_groups]
    optimizer = {"type": "SGD", "groups": {f"g{i}": {"lr": lr} for i, lr in enumerate(rates)}}
    schedule = {"optimizer": optimizer, "scheduler": scheduler}
    spec = {"training": {"steps": steps}, "schedules": {"bench": schedule}}
    return load(InputText("bench.yaml", json.dumps(spec)), Path()).plans["bench"]


def _scheduler(name: str, groups: int, steps: int) -> LRScheduler:
    from torch.optim import lr_scheduler

    optimizer = optimizer_of(steps, groups)
    if name != SEQUENTIAL:
        return getattr(lr_scheduler, name)(optimizer, **KINDS[name])
    phases = [
        lr_scheduler.LinearLR(optimizer, total_iters=500),
        lr_scheduler.CosineAnnealingLR(optimizer, 19_500),
    ]
    return lr_scheduler.SequentialLR(optimizer, phases, [500])


def _plain(name: str, groups: int, steps: int) -> list[list[float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = _scheduler(name, groups, steps)
        optimizer, values = scheduler.optimizer, []
        for _ in range(steps):
            values.append([group["lr"] for group in optimizer.param_groups])
            optimizer.step()
            scheduler.step()
        return values


def _ignite(name: str, groups: int, steps: int) -> object:
    from ignite.handlers.param_scheduler import LRScheduler as Wrapper

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = _scheduler(name, groups, steps)
        return Wrapper.simulate_values(num_events=steps, lr_scheduler=scheduler)


if __name__ == "__main__":
    from rich.console import Console

    for each in tables():
        Console().print(each.rich())
