"""How long the closed-form engine takes: a million steps, by groups that are all different.

Run it with ``python benchmarks/closed.py``. What is measured is everything that comes after the
imports and the reading of the spec: formulas, their check against the real schedulers, and every
learning rate of every group once.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from lrplan.plan import SchedulePlan

GROUPS = (1, 10, 50)
STEPS = 1_000_000


def plan(groups: int, steps: int = STEPS, *, own: bool = False) -> SchedulePlan:
    """A warm-up and a cosine; with ``own`` one of each group's own length, else one for all."""
    for limit in ("VALUES", "SCHEDULERS", "CALLS"):
        os.environ.setdefault(f"LRPLAN_MAX_{limit}", str(10**12))
    names = [f"g{index}" for index in range(groups)]
    options = {name: {"lr": 1e-3 * (index + 1)} for index, name in enumerate(names)}
    parts = [([name], index) for index, name in enumerate(names)] if own else [(names, 0)]
    schedulers = [{**_warm_cosine(steps + index), "groups": of} for of, index in parts]
    it = {"optimizer": {"type": "AdamW", "groups": options}, "scheduler": schedulers}
    text = json.dumps({"training": {"steps": steps}, "schedules": {"it": it}})
    return load(InputText("benchmark", text), Path()).plans["it"]


def _warm_cosine(steps: int) -> dict[str, object]:
    warmup = steps // 100
    return {
        "type": "SequentialLR",
        "interval": "step",
        "milestones": [warmup],
        "schedulers": [
            {"type": "LinearLR", "start_factor": 0.001, "total_iters": warmup},
            {"type": "CosineAnnealingLR", "T_max": steps - warmup, "eta_min": 1e-6},
        ],
    }


def measure(groups: int, steps: int = STEPS, *, own: bool = False, repeats: int = 3) -> float:
    """Seconds for a run of ``groups`` different groups, the best of several."""
    of = plan(groups, steps, own=own)
    return min(_once(of) for _ in range(repeats))


def _once(of: SchedulePlan) -> float:
    begin = time.perf_counter()
    trace = simulate(of, Request(engine="closed"))
    for column in trace.lr.values():
        column.max()
    return time.perf_counter() - begin


def main() -> None:
    """Print a line for each number of groups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=STEPS)
    steps = parser.parse_args().steps
    _once(plan(1, steps))
    print(f"{steps:,} steps         one scheduler   one each")
    for groups in GROUPS:
        shared, own = (measure(groups, steps, own=own) for own in (False, True))
        print(f"{groups:>3} different groups  {shared:8.3f} s      {own:8.3f} s")


if __name__ == "__main__":
    main()
