"""What makes the values of every step: lrplan's engines, a plain loop, and other packages.

All of them run torch's ``CosineAnnealingLR`` (or their own cosine) once per optimizer step, on SGD
with groups whose learning rates differ, and keep the value of every group at every step.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import SGD

    from lrplan.plan import SchedulePlan
    from lrplan.request import EngineName

    Make = Callable[[int, int], Callable[[], object] | None]

DECAY = 0.97
"""From one group to the next: no two groups are alike."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that can be timed; ``make(steps, groups)`` gives None for what it cannot do."""

    name: str
    make: Make
    needs: str = ""
    """The package to install; empty for lrplan itself."""
    module: str = ""

    @property
    def missing(self) -> bool:
        """Whether the package is not there."""
        return bool(self.module) and find_spec(self.module) is None


def spec_text(steps: int, groups: int, *, alike: int = 0) -> str:
    """A spec of one schedule, ``alike`` of whose groups have the learning rate of the first."""
    rates = [0.1 * DECAY ** max(0, index - alike) for index in range(groups)]
    lines = [f"        g{index}: {{lr: {rate!r}}}" for index, rate in enumerate(rates)]
    return "\n".join(
        [
            f"training: {{steps: {steps}}}",
            "schedules:",
            "  bench:",
            "    optimizer:",
            "      type: SGD",
            "      groups:",
            *lines,
            f"    scheduler: {{type: CosineAnnealingLR, T_max: {steps}, interval: step}}",
            "",
        ]
    )


def plan_of(steps: int, groups: int, *, alike: int = 0) -> SchedulePlan:
    """The plan of :func:`spec_text`."""
    from lrplan.specfile.load import load
    from lrplan.text_position import InputText

    source = InputText("bench.yaml", spec_text(steps, groups, alike=alike))
    return load(source, Path.cwd()).select(["bench"])[0]


def engine(name: EngineName, plan: SchedulePlan) -> Callable[[], object]:
    """One of lrplan's engines; every column is read, since some are computed only then."""
    from lrplan.request import Request
    from lrplan.simulate.engine_choice import simulate

    request = Request(engine=name, cache=False)

    def run() -> float:
        trace = simulate(plan, request)
        return sum(float(column[-1]) for column in trace.lr.values())

    return run


def optimizer_of(steps: int, groups: int, *, alike: int = 0) -> SGD:
    """A fresh optimizer with the groups of :func:`spec_text`."""
    import torch

    del steps
    rates = [0.1 * DECAY ** max(0, index - alike) for index in range(groups)]
    parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in rates]
    return torch.optim.SGD(
        [{"params": [one], "lr": rate} for one, rate in zip(parameters, rates, strict=True)], lr=0.1
    )


def plain_loop(steps: int, groups: int, *, alike: int = 0) -> Callable[[], object]:
    """What one writes oneself: step the optimizer, note every group, step the scheduler."""
    from torch.optim.lr_scheduler import CosineAnnealingLR

    def run() -> list[list[float]]:
        optimizer = optimizer_of(steps, groups, alike=alike)
        scheduler = CosineAnnealingLR(optimizer, T_max=steps)
        values = []
        for _ in range(steps):
            values.append([group["lr"] for group in optimizer.param_groups])
            optimizer.step()
            scheduler.step()
        return values

    return run


def _engine(name: EngineName) -> Make:
    return lambda steps, groups: engine(name, plan_of(steps, groups))


def _ignite_torch(steps: int, groups: int) -> Callable[[], object]:
    from ignite.handlers.param_scheduler import LRScheduler
    from torch.optim.lr_scheduler import CosineAnnealingLR

    def run() -> object:
        scheduler = CosineAnnealingLR(optimizer_of(steps, groups), T_max=steps)
        return LRScheduler.simulate_values(num_events=steps, lr_scheduler=scheduler)

    return run


def _ignite_own(steps: int, groups: int) -> Callable[[], object]:
    from ignite.handlers.param_scheduler import CosineAnnealingScheduler

    def run() -> object:
        return [
            CosineAnnealingScheduler.simulate_values(
                num_events=steps,
                param_name="lr",
                start_value=0.1 * DECAY**group,
                end_value=0.0,
                cycle_size=2 * steps,
            )
            for group in range(groups)
        ]

    return run


def _mmengine(steps: int, groups: int) -> Callable[[], object]:
    from mmengine.optim import CosineAnnealingLR

    def run() -> object:
        optimizer = optimizer_of(steps, groups)
        scheduler = CosineAnnealingLR(optimizer, T_max=steps, by_epoch=False)
        values = []
        for _ in range(steps):
            values.append([group["lr"] for group in optimizer.param_groups])
            scheduler.step()
        return values

    return run


def _skorch(steps: int, groups: int) -> Callable[[], object] | None:
    if groups > 1:  # it simulates an optimizer of one group
        return None
    from skorch.callbacks import LRScheduler
    from torch.optim.lr_scheduler import CosineAnnealingLR

    def run() -> object:
        with warnings.catch_warnings():
            # It steps the scheduler without an optimizer, and torch says so.
            warnings.simplefilter("ignore")
            return LRScheduler(policy=CosineAnnealingLR, T_max=steps).simulate(steps, 0.1)

    return run


PLAIN = Subject("plain loop", plain_loop)
SUBJECTS = (
    PLAIN,
    Subject("lrplan, exact engine", _engine("step")),
    Subject("lrplan, closed form", _engine("closed")),
    Subject("lrplan, auto", _engine("auto")),
    Subject("ignite, torch's scheduler", _ignite_torch, "pytorch-ignite", "ignite"),
    Subject("ignite, its own scheduler", _ignite_own, "pytorch-ignite", "ignite"),
    Subject("mmengine", _mmengine, "mmengine", "mmengine"),
    Subject("skorch", _skorch, "skorch", "skorch"),
)
