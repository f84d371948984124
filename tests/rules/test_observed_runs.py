"""Rules on observed runs: each mistake at the user's line, and the same run made right silent."""

import pytest

from lrplan.lint.run_check import check_observation
from tests.support.observations import loop, observation, scheduler

LINE_OF_TICK = 13


def found(run):
    return [(each.name, each.line) for each in check_observation(run)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("tick", "step"), [("scheduler-step-before-optimizer-step", LINE_OF_TICK)]),
        (("step", "tick"), []),
    ],
)
def test_a_scheduler_stepped_before_the_optimizer(order, expected):
    run = observation(scheduler("StepLR", step_size=6), events=loop(order=order))
    assert found(run) == expected


def test_timm_has_no_order_of_calls():
    own = scheduler("CosineLRScheduler", module="timm.scheduler.cosine_lr", t_initial=3)
    assert found(observation(own, events=loop(order=("tick", "step")))) == []
