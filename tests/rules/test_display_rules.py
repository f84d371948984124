"""``get-lr-is-not-current-lr``: where ``get_lr()`` misleads, by how much, on which releases."""

from __future__ import annotations

import numpy as np
import pytest

from lrplan.finding import Severity
from lrplan.lint.context import Context
from lrplan.lint.torch_release import parse_version
from lrplan.request import Request
from lrplan.rules.display.get_lr_is_not_current_lr import RULE
from lrplan.simulate.engine_choice import simulate
from tests.support.releases import since
from tests.support.specs import plan_of, spec


def plan(scheduler, optimizer="{type: SGD, lr: 0.1, momentum: 0.9}", training="{steps: 11}"):
    return plan_of(spec(scheduler, optimizer=optimizer, training=training))


def hits(scheduler, torch="2.13.0", **kwargs):
    one = plan(scheduler, **kwargs)
    return list(RULE.check(Context(one, parse_version(torch), simulate(one, Request(get_lr=True)))))


def wrong_after_a_tick(scheduler):
    """Ticks 1 to 10 at which ``get_lr()`` differs from the rate in use, and the factors."""
    trace = simulate(plan(scheduler), Request(get_lr=True))
    shown, used = trace.get_lr["all"], trace.lr["all"]
    ticks = [tick for tick in range(1, 11) if abs(shown[tick] - used[tick]) > 1e-9 * used[tick]]
    return ticks, [shown[tick] / used[tick] if used[tick] else np.inf for tick in ticks]


@pytest.mark.parametrize(
    ("scheduler", "ticks", "factors"),
    [
        ("{type: StepLR, step_size: 3}", [3, 6, 9], [0.1] * 3),
        ("{type: MultiStepLR, milestones: [2, 6]}", [2, 6], [0.1] * 2),
        ("{type: ExponentialLR, gamma: 0.9}", list(range(1, 11)), [0.9] * 10),
        ("{type: MultiplicativeLR, lr_lambda: '0.9'}", list(range(1, 11)), [0.9] * 10),
        ("{type: ConstantLR}", [5], [3.0]),
        (
            "{type: PolynomialLR, total_iters: 8}",
            list(range(1, 8)),
            [7 / 8, 6 / 7, 5 / 6, 4 / 5, 3 / 4, 2 / 3, 1 / 2],
        ),
        ("{type: LinearLR}", [1, 2, 3, 4, 5], [7 / 5, 9 / 7, 11 / 9, 13 / 11, 15 / 13]),
    ],
    ids=lambda value: value.split(",")[0].strip("{}") if isinstance(value, str) else "",
)
def test_measured_ticks_and_factors(scheduler, ticks, factors):
    found_ticks, found_factors = wrong_after_a_tick(scheduler)
    assert found_ticks == ticks
    assert found_factors == pytest.approx(factors, rel=1e-9)


@since("2.9", "get_lr() of the first step is that of a step too many")
def test_first_reading_of_a_cosine():
    trace = simulate(plan("{type: CosineAnnealingLR, T_max: 8}"), Request(get_lr=True))
    assert trace.lr["all"][0] == 0.1
    assert trace.get_lr["all"][0] == pytest.approx(0.10396, abs=5e-6)


@pytest.mark.parametrize(
    ("scheduler", "said"),
    [
        (
            "{type: StepLR, step_size: 3}",
            "get_lr() is wrong at 3 steps of 11, by a factor of 0.1",
        ),
        pytest.param(
            "{type: ExponentialLR, gamma: 0.9}",
            "wrong at 11 steps of 11, by a factor of 0.9",
            marks=since("2.8", "get_lr() of the first step is wrong too"),
        ),
        ("{type: ConstantLR}", "wrong at 2 steps of 11: at step "),
    ],
    ids=["StepLR", "ExponentialLR", "ConstantLR"],
)
def test_what_it_says(scheduler, said):
    [hit] = hits(scheduler)
    assert said in hit.message
    assert RULE.severity is Severity.INFO


def test_it_bites_at_the_first_milestone():
    [hit] = hits("{type: StepLR, step_size: 3}")
    assert hit.step == 3
    assert "at step 3 it shows 0.001 where 0.01 is in use" in hit.message


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: LambdaLR, lr_lambda: '0.9 ** epoch'}",
        "{type: CosineAnnealingWarmRestarts, T_0: 4}",
        "{type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 3}",
        "{type: OneCycleLR, max_lr: 0.1, total_steps: 11}",
        "{type: WarmupCosine, warmup_steps: 3, total_steps: 11}",
        "{type: ChainedScheduler, schedulers: [{type: StepLR, step_size: 3}]}",
        "{type: SequentialLR, milestones: [2], schedulers: [{type: LinearLR}, {type: LinearLR}]}",
        "null",
    ],
)
def test_right_or_refused(scheduler):
    assert hits(scheduler) == []


@pytest.mark.parametrize(
    ("torch", "wrong"),
    [
        ("1.0.1", False),
        ("1.1.0", True),
        ("1.2.0", False),
        ("1.3.1", False),
        ("1.4.0", True),
        ("1.13.1", True),
        ("2.13.0", True),
        ("2.14.0", True),
    ],
)
def test_releases(torch, wrong):
    assert bool(hits("{type: StepLR, step_size: 3}", torch=torch)) is wrong


def test_the_rate_of_another_field_is_not_compared():
    both = (
        "[{type: LambdaLR, lr_lambda: '0.9 ** epoch'}, {type: LinearParamScheduler,"
        " param_group_field: weight_decay, end_value: 0.1, total_steps: 11}]"
    )
    assert hits(both) == []


def test_only_the_group_of_its_scheduler_is_told():
    both = (
        "[{type: StepLR, step_size: 3, groups: [b]},"
        " {type: OneCycleLR, max_lr: 1, total_steps: 11, groups: [a], cycle_momentum: false}]"
    )
    optimizer = "{type: SGD, groups: {a: {lr: 0.1}, b: {lr: 0.2}}}"
    [hit] = hits(both, optimizer=optimizer)
    assert hit.path == "schedules.run.scheduler[0]"


def test_nothing_without_a_recording():
    one = plan("{type: StepLR, step_size: 3}")
    assert list(RULE.check(Context(one, (2, 13, 0), simulate(one)))) == []
