"""Schedulers of other packages in a spec, read without those packages."""

import json
from pathlib import Path

import pytest

from lrplan.catalog import SCHEDULERS
from lrplan.errors import SpecError
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.spec_validator import spec_validator

TRAINING = {"epochs": 6, "steps_per_epoch": 5}
PIECEWISE = {"type": "ignite:PiecewiseLinear", "interval": "step", "param_name": "lr"}


def document(scheduler, **more):
    schedule = {"optimizer": {"type": "SGD", "lr": 0.1}, "scheduler": scheduler, **more}
    return {"training": TRAINING, "schedules": {"it": schedule}}


def plan(scheduler, **more):
    text = json.dumps(document(scheduler, **more))
    return load(InputText("spec.yaml", text), Path()).plans["it"]


def problem(scheduler, **more):
    with pytest.raises(SpecError) as caught:
        plan(scheduler, **more)
    (finding,) = caught.value.findings
    return finding


def spans(scheduler, **more):
    found = plan(scheduler, **more).spans()
    return {span.scheduler.type: (span.begin, span.end) for span in found}


def test_points_are_resolved_to_ticks():
    points = [[0, 0], ["2ep", 1.0], ["100%", 1e-3]]
    read = plan({**PIECEWISE, "milestones_values": points})
    resolved = [(0, 0.0), (10, 1.0), (30, 0.001)]
    assert read.resolved == {"milestones_values": resolved}
    assert read.schedulers[0].arguments["milestones_values"] == resolved


@pytest.mark.parametrize("points", [[[0, 1]], [["2ep", 0.1], ["100%", 0]]])
def test_points_fit_the_schema(points):
    assert spec_validator().is_valid(document({**PIECEWISE, "milestones_values": points}))


@pytest.mark.parametrize(
    ("points", "name", "path"),
    [
        ("[0, 1]", "wrong-type", ""),
        ([], "wrong-type", ""),
        ([0, 1], "wrong-type", ""),
        ([[0, 1, 2]], "wrong-type", ""),
        ([[0, 1], [3]], "wrong-type", ""),
        ([[0, 1], ["5 x", 1]], "bad-duration", "[1][0]"),
        ([[0, 1], [5, "y"]], "wrong-type", "[1][1]"),
    ],
    ids=str,
)
def test_points_are_pairs_of_a_duration_and_a_number(points, name, path):
    finding = problem({**PIECEWISE, "milestones_values": points})
    where = "schedules.it.scheduler.milestones_values"
    assert (finding.name, finding.path) == (name, where + path)
    schema = spec_validator()
    assert not schema.is_valid(document({**PIECEWISE, "milestones_values": points}))


def test_a_warmup_that_hands_over_late_leaves_a_tick_less():
    after = {"type": "StepLR", "step_size": 3}
    given = {"multiplier": 1, "total_epoch": 2, "after_scheduler": after}
    assert spans({"type": "warmup_scheduler:GradualWarmupScheduler", **given})["StepLR"] == (3, 6)
    assert spans({"type": "GradualWarmupScheduler", **given})["StepLR"] == (2, 6)


def test_a_warmup_that_hands_over_early_leaves_a_tick_more():
    given = {"warmup_start_value": 0, "lr_scheduler": {"type": "StepLR", "step_size": 3}}
    name = "ignite:create_lr_scheduler_with_warmup"
    assert spans({"type": name, "warmup_duration": 3, **given})["StepLR"] == (2, 6)


def test_what_follows_one_another_acts_one_after_the_other():
    cycle = {"param_name": "lr", "start_value": 0, "end_value": 1, "cycle_size": 4}
    members = [
        {"type": "ignite:LinearCyclicalScheduler", **cycle},
        {"type": "ignite:PiecewiseLinear", "param_name": "lr", "milestones_values": [[0, 1]]},
        {"type": "ignite:CosineAnnealingScheduler", **cycle},
    ]
    result = spans({"type": "ignite:ConcatScheduler", "schedulers": members, "durations": [2, 3]})
    assert list(result.values()) == [(0, 6), (0, 2), (2, 5), (5, 6)]


@pytest.mark.parametrize(
    "name", ["ignite:ReduceLROnPlateauScheduler", "mmengine:ReduceOnPlateauLR"]
)
def test_who_reads_a_metric_is_given_one(name):
    assert problem({"type": name}).name == "bad-metric"
    loss = {"loss": [1.0] * 6}
    assert plan({"type": name}, metrics=loss).schedulers[0].monitor == "loss"
    assert problem({"type": name, "monitor": "acc"}, metrics=loss).name == "bad-metric"


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("StepLR", {}, "lr"),
        ("mmengine:StepLR", {}, "lr"),
        ("mmengine:StepMomentum", {}, "momentum"),
        ("mmengine:StepParamScheduler", {"param_name": "weight_decay"}, "weight_decay"),
        ("ignite:PiecewiseLinear", {"param_name": "eps"}, "eps"),
        ("pytorch_accelerated:SchedulerBase", {}, "lr"),
        ("pytorch_accelerated:SchedulerBase", {"param_group_field": "momentum"}, "momentum"),
    ],
)
def test_a_row_knows_which_field_is_set(name, arguments, field):
    assert SCHEDULERS[name].field(arguments) == field


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("mmengine:LinearLr", "mmengine:LinearLR"),
        ("ignite:PiecewiseLiner", "ignite:PiecewiseLinear"),
        ("warmup_scheduler:GradualWarmup", "warmup_scheduler:GradualWarmupScheduler"),
    ],
)
def test_a_name_of_a_known_package_is_told_with_the_nearest(name, nearest):
    finding = problem({"type": name})
    assert (finding.name, finding.message) == ("unknown-name", f"there is no scheduler `{name}`")
    assert nearest in finding.fix
