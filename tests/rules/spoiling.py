"""Schedules as plain data, for tests that change them."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lrplan.specfile.load import load, load_file
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lrplan.plan import SchedulePlan, SchedulerPlan

    Data = dict[str, Any]
    Change = Callable[[Data, SchedulePlan], bool]

CORPUS = Path(__file__).parent / "well_made"
FULL_SIZE = "full_size"
LENGTHS = ("T_max", "total_iters", "total_steps", "warmup_steps", "milestones", "step_size", "T_0")
_ENDING = {"CosineAnnealingLR", "PolynomialLR", "OneCycleLR", "WarmupCosine"}


@cache
def corpus(*stems: str) -> dict[str, SchedulePlan]:
    """The well-made schedules of those files (of all but the full-sized), as ``file:name``."""
    paths = sorted(CORPUS.glob("*.yaml"))
    chosen = [path for path in paths if path.stem in stems or not (stems or path.stem == FULL_SIZE)]
    return {
        f"{path.stem}:{plan.name}": plan
        for path in chosen
        for plan in load_file(path).plans.values()
    }


def changed(plan: SchedulePlan, change: Change) -> str | None:
    """A spec of ``plan`` alone after ``change``; None where that says it does not apply."""
    data = deepcopy(plan.node.to_python())
    return as_text(data) if change(data, plan) else None


def as_text(data: Data) -> str:
    """A spec of that one schedule: JSON is YAML."""
    return json.dumps({"schedules": {"it": data}})


def as_plan(data: Data) -> SchedulePlan:
    """The plan of that one schedule."""
    return load(InputText("spec.yaml", as_text(data)), Path()).plans["it"]


def tops(data: Data) -> list[Data]:
    """The outermost schedulers of a schedule."""
    found = data.get("scheduler") or []
    return found if isinstance(found, list) else [found]


def every(data: Data) -> list[Data]:
    """All its schedulers."""
    return [each for top in tops(data) for each in _walk(top)]


def of_type(data: Data, *types: str) -> list[Data]:
    """The schedulers of these types."""
    return [each for each in every(data) if each["type"] in types]


def ends(data: Data, plan: SchedulePlan) -> list[Data]:
    """The schedulers whose length ends with the run."""
    last = [top.get("schedulers", [top])[-1] for top in tops(data)]
    return [each for each in last if _ends(each)] if plan.clock.horizon is None else []


def interval(data: Data, top: Data) -> str:
    """The interval of an outermost scheduler."""
    return str(top.get("interval", "epoch" if "epochs" in data["training"] else "step"))


def ticks(plan: SchedulePlan, top: SchedulerPlan) -> int:
    """The number of ticks of an outermost scheduler."""
    return plan.clock.ticks(top.interval) // top.frequency


def is_plain(scheduler: Data) -> bool:
    """Return True if it has lengths, and none with a unit."""
    given = [each[name] for each in _walk(scheduler) for name in LENGTHS if name in each]
    flat = [item for value in given for item in (value if isinstance(value, list) else [value])]
    return bool(flat) and all(isinstance(item, int) for item in flat)


def is_warm_up(scheduler: Data) -> bool:
    """Return True if it is a LinearLR that rises."""
    rises = scheduler.get("start_factor", 1 / 3) < scheduler.get("end_factor", 1.0)
    return scheduler["type"] == "LinearLR" and rises


def scaled(length: Any, factor: float) -> Any:
    """A length, or a list of them, times ``factor``; its unit stays."""
    if isinstance(length, list):
        return [scaled(each, factor) for each in length]
    if isinstance(length, int):
        return round(length * factor)
    number, unit = re.fullmatch(r"([0-9_.]+)(\D+)", length).groups()
    return f"{round(float(number.replace('_', '')) * factor, 2):g}{unit}"


def _ends(scheduler: Data) -> bool:
    falls = scheduler["type"] == "LinearLR" and scheduler.get("end_factor", 1.0) < 1
    return falls or scheduler["type"] in _ENDING


def _walk(scheduler: Data) -> Iterator[Data]:
    yield scheduler
    for each in [*scheduler.get("schedulers", []), scheduler.get("after_scheduler")]:
        if each is not None:
            yield from _walk(each)
