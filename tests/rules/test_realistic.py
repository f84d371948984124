"""Realistic mistakes, each proved by a plain loop over torch, and unusual plans that are right.

The mistakes are counted: how many a finding names, at its place. ``pytest -s`` prints those that
none names, and what is said of the right plans.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from lrplan.specfile.expressions.expression import ExpressionError
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from lrplan.torch_objects.builder import build
from tests.support.rule_runs import findings

FOLDER = Path(__file__).parent / "realistic"
DEFAULTS = {
    "training": {"steps": 1000},
    "optimizer": {"type": "SGD", "lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4},
}
SAYS = ("kind", "names", "at", "proof")
"""Keys of a row that are about the mistake; the others are its schedule."""

RECALL = 0.95


class Loader(yaml.SafeLoader):
    """YAML as lrplan reads it: `1e-3` is a number."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def rows(pattern):
    """The rows of the files of that name."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob(pattern))]
    return [row for text in texts for row in yaml.load(text, Loader)]


MISTAKES, RIGHT = rows("mistakes_*.yaml"), rows("right_plans.yaml")


def spec(row):
    """The spec of a row: JSON is YAML."""
    schedule = {key: value for key, value in row.items() if key not in SAYS}
    return json.dumps({"schedules": {"run": {**DEFAULTS, **schedule}}})


def grave(row):
    """The errors and warnings about a row."""
    return [each for each in findings(spec(row)) if each.severity is not Severity.INFO]


def is_named(row, found):
    """Return True if one of the rules of the row speaks at the place of the row, or inside it."""
    at = f"schedules.run.{row['at']}"
    return any(each.name in row["names"] and each.path.startswith(at) for each in found)


def plain_loop(row):
    """The values of each field and group at each step, by the loop that everybody writes.

    It ends where a formula has no value.
    """
    plan = load(InputText("spec.yaml", spec(row)), Path()).plans["run"]
    clock = plan.clock
    per_epoch = clock.steps_per_epoch or clock.steps
    metric = next(iter(plan.metrics.values()), None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SequentialLR warns about what it does itself
        live = build(plan, torch.device("cpu"))
        results = {}
        for step in range(clock.steps):
            for name, group in zip(
                (g.name for g in plan.optimizer.groups), live.optimizer.param_groups, strict=True
            ):
                for field, value in values_of(group).items():
                    results.setdefault(field, {}).setdefault(name, []).append(value)
            live.optimizer.step()
            try:
                tick(live.drivers, step + 1, per_epoch, metric)
            except ExpressionError:
                break
    return {
        field: {name: np.array(each) for name, each in of.items()} for field, of in results.items()
    }


def tick(drivers, steps, per_epoch, metric):
    """One tick of each scheduler that is due after so many steps."""
    for driver in drivers:
        count = steps / per_epoch if driver.plan.interval == "epoch" else steps
        if count % driver.plan.frequency == 0:
            reads = driver.plan.row.metric and metric is not None
            driver.scheduler.step(*([metric.at(int(count) - 1)] if reads else []))


def values_of(group):
    """The fields of a parameter group that proofs speak of."""
    momentum = group["betas"][0] if "betas" in group else group.get("momentum", 0.0)
    return {"lr": group["lr"], "wd": group.get("weight_decay", 0.0), "mom": momentum}


def proof_fails(row):
    """Why the curve of a mistake is not what its row says; empty where it is."""
    seen = plain_loop(row)
    first = {field: next(iter(of.values())) for field, of in seen.items()}
    known = {**first, "lrs": seen["lr"], "wds": seen["wd"]}
    functions = {"abs": np.abs, "set": set, "len": len}
    return "" if eval(row["proof"], functions, known) else row["proof"]


@pytest.mark.slow
def test_every_mistake_is_one():
    wrong = {row["kind"]: why for row in MISTAKES if (why := proof_fails(row))}
    assert wrong == {}


def test_mistakes_are_named_at_their_place():
    said = {row["kind"]: (row, grave(row)) for row in MISTAKES}
    missed = {kind: found for kind, (row, found) in said.items() if not is_named(row, found)}
    for kind, found in missed.items():
        sys.stdout.write(f"{kind}: {[(each.name, each.path) for each in found]}\n")
    assert len(MISTAKES) - len(missed) >= RECALL * len(MISTAKES), list(missed)


def test_right_plans_are_left_alone():
    said = {row["kind"]: [str(each) for each in grave(row)] for row in RIGHT}
    assert {kind: found for kind, found in said.items() if found} == {}


def test_both_are_many_and_no_name_is_stale():
    kinds = [row["kind"] for row in MISTAKES + RIGHT]
    assert len(kinds) == len(set(kinds))
    assert len(MISTAKES) >= 100
    assert len(RIGHT) >= 60
    assert {name for row in MISTAKES for name in row["names"]} <= set(all_rules())
