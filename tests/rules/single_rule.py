"""Findings and learning rates of a spec, for the tests of single rules."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.rule_runs import findings

if TYPE_CHECKING:
    from lrplan.arrays import FloatArray
    from lrplan.finding import Finding
    from lrplan.plan import SchedulePlan

_OWN = re.compile(r"LRP[23]\d\d")


def plan_of(text: str) -> SchedulePlan:
    """The plan of the schedule ``run``."""
    return load(InputText("spec.yaml", text), Path()).plans["run"]


def rates(text: str) -> FloatArray:
    """The applied rate of the first group."""
    trace = simulate(plan_of(text))
    return trace.lr[trace.groups[0]]


def own(text: str) -> dict[str, Finding]:
    """The findings about warm-ups and ends of runs, by name."""
    return {each.name: each for each in findings(text) if _OWN.fullmatch(each.rule)}


def one(text: str, name: str) -> Finding:
    """The only finding of a name."""
    (finding,) = (each for each in findings(text) if each.name == name)
    return finding
