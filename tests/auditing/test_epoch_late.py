"""Logs of epochs that are one epoch late: the recorded rates of the trainer of Ultralytics."""

import json
from pathlib import Path

import numpy as np
import pytest

from lrplan.auditing.audit_log import audit_log
from lrplan.auditing.explain_log import explain_log
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves
from lrplan.logs.formats import read_log
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.support.foreign import read_config

RUNS = json.loads(Path("tests/data/ultralytics.json").read_text("utf-8"))
CONFIG = "lr0: 0.01\nlrf: 0.01\noptimizer: SGD\nepochs: 4\nwarmup_epochs: 0.0\n"
LATE = "the log has each rate one epoch late"


RELEASE = "8.1.41"
"""The release of a recorded run with this config."""


def plan_of(release, images):
    spec, problems = read_config(CONFIG, version=release, dataset_size=images)
    assert [str(each) for each in problems] == []
    plan = spec.plans["run"]
    return plan, simulate(plan, Request())


@pytest.fixture
def run():
    return next(
        each
        for each in RUNS
        if each["release"] == RELEASE and each["arguments"] == {"epochs": 4, "warmup_epochs": 0.0}
    )


@pytest.fixture
def results(tmp_path, run):
    """A ``results.csv`` of the rates that the trainer was seen to apply last in each epoch."""
    _, trace = plan_of(RELEASE, run["data"]["images"])
    ends = np.searchsorted(trace.epochs, np.arange(1, 5), side="left") - 1
    names = ",".join(f"lr/pg{group}" for group in range(len(run["lr"][0])))
    rows = [
        ",".join([str(epoch + 1), *(f"{rate:.5g}" for rate in run["lr"][end])])
        for epoch, end in enumerate(ends)
    ]
    path = tmp_path / "results.csv"
    path.write_text("\n".join([f"epoch,{names}", *rows]) + "\n")
    return path


@pytest.mark.parametrize(("release", "verdict"), [(RELEASE, "as-planned"), ("8.3.0", "explained")])
def test_a_release_that_sets_rates_an_epoch_later(run, results, release, verdict):
    plan, trace = plan_of(release, run["data"]["images"])
    found = audit_log(read_log(results), plan, trace, lambda each: simulate(each, Request()))
    assert found.verdict == verdict
    assert (LATE in found.sentence) == (verdict == "explained")
    assert ("releases of Ultralytics before 8.1.42" in found.sentence) == (verdict == "explained")
    if verdict == "explained":
        (cause,) = found.causes
        # Ticks that were lost at the end of the first epoch look the same.
        assert {"logged-one-step-late", "skipped-updates"} <= {cause.name, *cause.alternatives}


def audit(values, *, every_epoch=True):
    ends = np.arange(9, 200, 10)
    plan = np.repeat(0.95 ** np.arange(21), 10)[:201, None]
    points = LoggedPoints(ends, values[:, None], values[:, None] * 1e-12, every_epoch)
    return explain_log(points, PlannedCurves(plan, 200, 10), ["all"])


def test_a_schedule_of_epochs_that_is_logged_one_late():
    late = 0.95 ** np.maximum(np.arange(20.0) - 1, 0)
    assert LATE in audit(late).sentence
    assert LATE not in audit(late, every_epoch=False).sentence


def test_two_epochs_are_not_one():
    late = 0.95 ** np.maximum(np.arange(20.0) - 2, 0)
    assert LATE not in audit(late).sentence
