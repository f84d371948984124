"""Configs of other frameworks for tests: from a text to a plan, its curves and what is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lrplan.finding import Finding
from lrplan.importers.plan_source import read_source
from lrplan.plan import SchedulePlan
from lrplan.request import Request, SourceOptions
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import Spec
from lrplan.text_position import InputText

TOLERANCE = 1e-12
"""Of curves beside the real framework's, as a share of the peak."""


def read_config(
    text: str, name: str = "args.yaml", family: str = "", folder: Path = Path(), **facts: object
) -> tuple[Spec, list[Finding]]:
    """The plans of a config, and its problems; ``facts`` are those of ``--set``."""
    settings = tuple(f"{key.replace('__', '.')}={value}" for key, value in facts.items())
    options = SourceOptions(family=family, settings=settings)
    return read_source(InputText(name, text), folder, options)


def curves(
    text: str,
    name: str = "args.yaml",
    field: str = "lr",
    family: str = "",
    folder: Path = Path(),
    **facts: object,
) -> dict[str, np.ndarray]:
    """The curve of each group of the schedule of a config that has no problems."""
    spec, problems = read_config(text, name, family, folder, **facts)
    assert [str(each) for each in problems] == []
    trace = simulate(spec.plans["run"], Request())
    return {group: np.asarray(trace.columns[field][group]) for group in trace.groups}


def assert_same(own: np.ndarray, real: object) -> None:
    """Check that two curves have one length, and differ by no more than the tolerance."""
    other = np.asarray(real, dtype=float)
    assert own.shape == other.shape
    assert np.abs(own - other).max() <= TOLERANCE * max(np.abs(other).max(), 1e-300)


def said(problems: list[Finding]) -> list[tuple[str, int, int, str]]:
    """Name, line, column and message of each problem."""
    return [(each.name, each.line, each.column, each.message) for each in problems]


def curves_of(plan: SchedulePlan) -> dict[tuple[str, str], np.ndarray]:
    """Every curve of a plan, by field and group."""
    trace = simulate(plan, Request())
    return {
        (field, group): np.asarray(values)
        for field, columns in trace.columns.items()
        for group, values in columns.items()
    }
