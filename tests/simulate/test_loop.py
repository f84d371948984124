"""A run in parts: stopped, looked at, and taken up again."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from lrplan.request import Request
from lrplan.simulate.sampling.warning_log import collect_warnings
from lrplan.simulate.stepping.engine import make_loop
from lrplan.torch_objects.builder import build
from tests.support.specs import plan
from tests.support.specs import trace as simulated

trace = partial(simulated, engine="step")

SPECS = {
    "step": "{type: ExponentialLR, gamma: 0.9, interval: step}",
    "epoch": "{type: ExponentialLR, gamma: 0.9}",
    "thinned": "{type: ExponentialLR, gamma: 0.9, interval: step, frequency: 3}",
    "sequential": "{type: SequentialLR, interval: step, milestones: [5], schedulers: "
    "[{type: LinearLR, total_iters: 5}, {type: CosineAnnealingLR, T_max: 20}]}",
    "plateau": "{type: ReduceLROnPlateau, patience: 0, factor: 0.5}",
    "two": "[{type: StepLR, step_size: 2, interval: step}, {type: ExponentialLR, gamma: 0.9}]",
    "constant": "[]",
}
METRIC = [3.0, 2.0, 2.5, 1.0, 1.5, 0.5, 0.6, 0.4]


def spec(scheduler):
    groups = "{a: {lr: 1.0}, b: {lr: 0.5}}"
    text = f"optimizer: {{type: SGD, groups: {groups}}}\nscheduler: {scheduler}"
    return f"{text}\nmetrics: {{loss: {METRIC}}}" if "Plateau" in scheduler else text


TRAINING = "epochs: 8, steps_per_epoch: 3"


def loop(schedule, built, log, **taken_up):
    return make_loop(schedule, built, log, Request(), **taken_up)


def rates(run):
    return {name: column.tolist() for name, column in run.recorder.columns()["lr"].items()}


def whole(name):
    return {key: column.tolist() for key, column in trace(spec(SPECS[name]), TRAINING).lr.items()}


@pytest.mark.parametrize("name", SPECS)
def test_a_run_in_parts_is_the_run(name):
    schedule = plan(spec(SPECS[name]), TRAINING)
    with collect_warnings() as log:
        run = loop(schedule, build(schedule, torch.device("cpu")), log)
        for until in (0, 1, 5, 6, 6, 17, 24, 99):
            assert run.advance(until) is None
            assert run.done == min(until, 24)
            assert len(rates(run)["a"]) == run.done
    assert rates(run) == whole(name)
    assert log.warnings == trace(spec(SPECS[name]), TRAINING).warnings


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("start", [1, 6, 7, 23, 24])
def test_another_loop_takes_over_where_one_stopped(name, start):
    schedule = plan(spec(SPECS[name]), TRAINING)
    with collect_warnings() as log:
        built = build(schedule, torch.device("cpu"))
        first = loop(schedule, built, log)
        first.advance(start)
        since = schedule.clock.position(start)
        read = [schedule.clock.metric_length(each.cadence, since) for each in schedule.schedulers]
        second = loop(schedule, built, log, since=since, values_read=read)
        assert second.done == start
        assert second.advance() is None
    before, after = rates(first), rates(second)
    assert {key: before[key] + after[key] for key in before} == whole(name)


def test_the_groups_hold_what_the_next_step_is_given():
    schedule = plan(spec(SPECS["epoch"]), TRAINING)
    with collect_warnings() as log:
        built = build(schedule, torch.device("cpu"))
        run = loop(schedule, built, log)
        run.advance(3)
        assert built.optimizer.param_groups[0]["lr"] == 0.9
        run.advance(5)
        assert run.recorder.current_values()["lr"] == {"a": 0.9, "b": 0.45}


def test_a_run_that_failed_says_where():
    schedule = plan(spec("{type: LambdaLR, lr_lambda: '1 / (4 - x)', interval: step}"), TRAINING)
    with collect_warnings() as log:
        run = loop(schedule, build(schedule, torch.device("cpu")), log)
        assert run.advance(3) is None
        failure = run.advance()
    assert failure.step == 3
    assert rates(run)["a"] == [1 / 4, 1 / 3, 1 / 2, 1.0]
