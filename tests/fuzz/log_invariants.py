"""Statements that hold for every log that can be read; each raises if it is false."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console

from lrplan.auditing.audit_log import audit_log
from lrplan.auditing.picture import view_of_audit
from lrplan.commands.audit_findings import FORMATS, report_of
from lrplan.commands.curves.logged_curves import run_in_own_steps
from lrplan.errors import LrplanError
from lrplan.export.sparse_curves import points_to_csv, points_to_json, points_to_markdown
from lrplan.render.picture_options import PictureOptions
from lrplan.render.table.points_table import print_points
from lrplan.render.view.points_view import points_view
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import read
from lrplan.text_position import InputText
from tests.fuzz.invariants import refused

if TYPE_CHECKING:
    from lrplan.logs.log import Log
    from lrplan.plan import SchedulePlan
    from lrplan.trace import Trace

_REQUEST = Request(cache=False)
_PLAN = """\
training: {epochs: 2, steps_per_epoch: 10}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 7, gamma: 0.5, interval: step}
"""
_VERDICTS = ("as-planned", "explained", "differs", "unexplained")


def everything(log: Log) -> None:
    """A log that was read can be shown, exported and audited."""
    columns(log)
    shown(log)
    audited(log)


def columns(log: Log) -> None:
    """Steps ascend, each once, and values are finite."""
    assert log.columns
    for column in log.columns:
        assert column.steps.shape == column.values.shape
        assert column.steps.size
        assert (np.diff(column.steps) > 0).all()
        assert int(column.steps[0]) >= 0
        assert np.isfinite(column.values).all()


def shown(log: Log) -> None:
    """Exports are what they claim to be, and hold the values of the log."""
    run = run_in_own_steps(log)
    (schedule,) = json.loads("".join(points_to_json([run], 1)))["schedules"]
    for column, group in zip(log.columns, schedule["groups"], strict=True):
        assert [each for each in group["lr"] if each is not None] == column.values.tolist()
    rows = list(csv.DictReader(io.StringIO("".join(points_to_csv([run], 1)), newline="")))
    assert len(rows) == sum(column.steps.size for column in log.columns)
    assert "".join(points_to_markdown([run], "a log")).isprintable() is False  # lines
    print_points([run], Console(file=io.StringIO(), width=80))
    view = points_view(run, PictureOptions(), kind="a log")
    assert isfinite(view.x_axis.begin)
    assert isfinite(view.x_axis.end)
    assert view.x_axis.begin < view.x_axis.end


def audited(log: Log) -> None:
    """An audit has a verdict, a picture and reports, or the log is refused with a reason."""
    plan, trace = _planned()
    try:
        found = audit_log(log, plan, trace, lambda each: simulate(each, _REQUEST))
    except LrplanError as error:
        refused(str(error))
        return
    assert found.verdict in _VERDICTS
    assert found.sentence
    assert (found.verdict == "as-planned") == (not found.causes and found.verdict != "unexplained")
    view_of_audit(found, log, trace)
    for each in FORMATS:
        report_of(found, log, plan.name, each)


@cache
def _planned() -> tuple[SchedulePlan, Trace]:
    spec, problems = read(InputText("plan.yaml", _PLAN), Path())
    assert not problems
    plan = spec.plans["run"]
    return plan, simulate(plan, _REQUEST)
