"""Lengths that keep their fraction: timm's, and points of lines. None of this needs timm."""

import json

import pytest

from lrplan.catalog import SCHEDULERS
from lrplan.errors import SpecError
from lrplan.specfile.plan_trace_header import header_of_plan
from tests.support.spec_validator import spec_validator
from tests.support.specs import plan

TIMES = {"t_initial", "warmup_t", "decay_t", "stable_timescale", "noise_range_t"}
STEP = "timm:StepLRScheduler, decay_t: "


def read(scheduler):
    return plan(f"optimizer: {{type: SGD, lr: 1}}\nscheduler: {{type: {scheduler}}}")


def problem(scheduler):
    with pytest.raises(SpecError) as caught:
        read(scheduler)
    # A plateau misses its metric too.
    (found,) = (each for each in caught.value.findings if each.name != "bad-metric")
    return found


def test_they_are_the_times_of_timm_and_points_of_lines():
    found = {
        (row.family, each.name)
        for row in SCHEDULERS.values()
        for each in row.arguments
        if each.fractional
    }
    points = {("lrplan", "points"), ("lrplan", "factors")}
    assert found == points | {("timm", name) for name in TIMES}
    rows = [row for row in SCHEDULERS.values() if row.family == "timm"]
    assert all(each.fractional for row in rows for each in row.arguments if each.name in TIMES)


@pytest.mark.parametrize(
    ("written", "ticks"),
    [("2.4", 2.4), ("0.5", 0.5), ("3.0", 3), ("3", 3), ("2.4ep", 2), ("2.5ep", 3), ("40%", 2)],
)
def test_only_a_plain_number_keeps_its_fraction(written, ticks):
    result = read(f"{STEP}{written}")
    assert result.resolved == {"decay_t": ticks}
    assert type(result.resolved["decay_t"]) is type(ticks)
    assert result.schedulers[0].arguments["decay_t"] == ticks


def test_a_list_may_mix_them():
    result = read("timm:MultiStepLRScheduler, decay_t: [1, 2.5, 4ep], noise_range_t: [1.5, 3]")
    assert result.resolved == {"decay_t": [1, 2.5, 4], "noise_range_t": [1.5, 3]}


def test_points_of_a_line_keep_their_fraction():
    result = read("PiecewiseLinear, factors: [[80.5, 1], [144.9, 0.5], [300ep, 0.1]]")
    assert result.schedulers[0].arguments["factors"] == [(80.5, 1), (144.9, 0.5), (300, 0.1)]


def test_what_is_resolved_can_be_shown_and_exported():
    trace = header_of_plan(read(f"{STEP}2.4"), {}, {}, 0)
    assert json.loads(json.dumps(dict(trace.resolved))) == {"decay_t": 2.4}


@pytest.mark.parametrize(
    ("scheduler", "message", "fix"),
    [
        (f'{STEP}"2.4"', '`decay_t`: "2.4" has no unit', "write 2.4 without quotes for ticks"),
        (f"{STEP}.inf", "`decay_t`: inf is not a number of ticks", None),
        (f"{STEP}.nan", "`decay_t`: nan is not a number of ticks", None),
        (f"{STEP}-2.4", "`decay_t` must be more than 0, not -2.4", ""),
        (f"{STEP}0", "`decay_t` must be more than 0, not 0", ""),
        (f"{STEP}1.5e13", "`decay_t` is more ticks than any run has, 15000000000000.0", None),
        (
            f"{STEP}true",
            "`decay_t` must be a number of ticks, or a duration such as 5ep, not true",
            "",
        ),
        (
            "timm:PlateauLRScheduler, patience_t: 2.5",
            "`patience_t`: 2.5 is not a whole number of ticks",
            None,
        ),
        (
            "CosineAnnealingLR, T_max: 7.5",
            "`T_max`: 7.5 is not a whole number of ticks",
            "write 7 or 8, or give a unit as in 7.5ep",
        ),
        (
            "transformers:linear, num_warmup_steps: 2.5, num_training_steps: 6",
            "`num_warmup_steps`: 2.5 is not a whole number of ticks",
            None,
        ),
    ],
)
def test_what_is_refused(scheduler, message, fix):
    finding = problem(scheduler)
    assert finding.message == message
    assert fix is None or finding.fix == fix


@pytest.mark.parametrize(
    ("scheduler", "valid"),
    [
        ({"type": "timm:StepLRScheduler", "decay_t": 2.4}, True),
        ({"type": "timm:StepLRScheduler", "decay_t": "2.4ep"}, True),
        ({"type": "timm:StepLRScheduler", "decay_t": "2.4"}, False),
        ({"type": "timm:MultiStepLRScheduler", "decay_t": [1, 2.5, "4ep"]}, True),
        ({"type": "timm:WSDLRScheduler", "t_initial": 5.5, "decay_t": 1.5}, True),
        ({"type": "timm:PlateauLRScheduler", "patience_t": 2.5}, False),
        ({"type": "StepLR", "step_size": 2.4}, False),
    ],
)
def test_the_schema_says_the_same(scheduler, valid):
    schedule = {"optimizer": {"type": "SGD", "lr": 1}, "scheduler": scheduler}
    document = {"training": {"epochs": 6}, "schedules": {"it": schedule}}
    assert spec_validator().is_valid(document) is valid
