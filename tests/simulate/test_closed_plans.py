"""Random plans: what the closed-form engine computes is what the exact engine steps."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrplan.errors import SpecError
from lrplan.request import Request
from lrplan.simulate.closed_form.engine import simulate_by_formula
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.stepping.engine import simulate_by_stepping
from tests.support.closed_form_plans import LOOPS, schedules
from tests.support.releases import TORCH, since
from tests.support.specs import plan

# With other releases of torch the engine may decline what differs, and step it.
pytestmark = pytest.mark.pinned

ASKED = Request(get_lr=True)
FORMULAS_OF = (2, 13)
"""The release that the formulas follow. An older one is computed where it does the same."""
CLOSE = 1e-9
"""Of the largest absolute value of a curve."""


def assert_close(computed, stepped, scale, place):
    peak = float(np.abs(scale).max()) or 1.0
    assert np.abs(np.subtract(computed, stepped)).max() <= CLOSE * peak, place


def assert_same(computed, stepped):
    """The two traces say the same, values up to ``CLOSE``."""
    assert stepped.failure is None
    assert computed.engine == "closed"
    assert computed.warnings == stepped.warnings
    assert {field: list(of) for field, of in computed.columns.items()} == {
        field: list(of) for field, of in stepped.columns.items()
    }
    for field, of in stepped.columns.items():
        for group, column in of.items():
            place = f"{field} of {group}"
            assert_close(computed.columns[field][group], column, column, place)
            ends = computed.next_values[field][group], stepped.next_values[field][group]
            assert_close(*ends, column, f"next {place}")
    assert computed.get_lr_note == stepped.get_lr_note
    assert list(computed.get_lr) == list(stepped.get_lr)
    for group, said in stepped.get_lr.items():
        scale = np.maximum(np.abs(said), np.abs(stepped.lr[group]))
        assert_close(computed.get_lr[group], said, scale, f"get_lr of {group}")


def computed(it, request=ASKED):
    """The trace; a release of torch that does otherwise than the formulas say may have none."""
    try:
        return simulate_by_formula(it, request)
    except NoClosedFormError as reason:
        if TORCH >= FORMULAS_OF:
            raise
        pytest.skip(f"this release of torch is stepped: {reason}")


def computed_or_why_not(it, asked):
    """The trace, or why there is none."""
    try:
        return simulate_by_formula(it, asked)
    except NoClosedFormError as reason:
        return str(reason)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(schedules(), st.sampled_from(LOOPS), st.sampled_from([ASKED, Request()]))
def test_random_plans(text, training, asked):
    try:
        it = plan(text, training)
        stepped = simulate_by_stepping(it, asked)
    except SpecError:
        return  # nothing to compare: it cannot be built
    found = computed_or_why_not(it, asked)
    if not isinstance(found, str):
        assert_same(found, stepped)
    elif stepped.failure is None and TORCH >= FORMULAS_OF:
        # get_lr() itself may raise, as that of a PolynomialLR without a length does.
        assert not re.search(r"\boff\b|(?<!get_lr\(\) )raises", found), "a formula is wrong"


EDGES = {
    "a step of one": "{type: StepLR, step_size: 1, gamma: 0.9}",
    "a step back": "{type: StepLR, step_size: -3, gamma: 0.9}",
    "a gamma of 0": "{type: StepLR, step_size: 5, gamma: 0}",
    "a negative gamma": "{type: StepLR, step_size: 5, gamma: -0.5}",
    "no milestones": "{type: MultiStepLR, milestones: []}",
    "a milestone at 0": "{type: MultiStepLR, milestones: [0, 0, 3], gamma: 0.5}",
    "a milestone before 0": "{type: MultiStepLR, milestones: [-2, 3], gamma: 0.5}",
    "milestones past the end": "{type: MultiStepLR, milestones: [3, 1000]}",
    "a constant of no length": "{type: ConstantLR, factor: 0.5, total_iters: 0}",
    "a constant of negative length": "{type: ConstantLR, factor: 0.5, total_iters: -1}",
    "a constant of 0": "{type: ConstantLR, factor: 0, total_iters: 500}",
    "a line of no length": "{type: LinearLR, total_iters: 0}",
    "a line to 0": "{type: LinearLR, start_factor: 1, end_factor: 0, total_iters: 9}",
    "an exponential that grows": "{type: ExponentialLR, gamma: 1.5}",
    "an exponential that alternates": "{type: ExponentialLR, gamma: -0.99}",
    "a polynomial of no length": "{type: PolynomialLR, total_iters: -1}",
    "a polynomial in one tick": "{type: PolynomialLR, total_iters: 1}",
    "a polynomial that grows": "{type: PolynomialLR, total_iters: 500, power: -1}",
    "a cosine in one tick": "{type: CosineAnnealingLR, T_max: 1, eta_min: 0.02}",
    "a cosine that rises": "{type: CosineAnnealingLR, T_max: 7, eta_min: 0.5}",
    "restarts at every tick": "{type: CosineAnnealingWarmRestarts, T_0: 1}",
    "restarts that grow": "{type: CosineAnnealingWarmRestarts, T_0: 1, T_mult: 3}",
    "a cycle that drops": (
        "{type: CyclicLR, base_lr: 0.1, max_lr: 1, step_size_up: 4, step_size_down: 0}"
    ),
    "a cycle per group": (
        "{type: CyclicLR, base_lr: [0.1, 0.2], max_lr: [1, 0.05], step_size_up: 4,"
        " base_momentum: [0.7, 0.8], mode: triangular2}"
    ),
    "a cycle by iterations": (
        "{type: CyclicLR, base_lr: 0.1, max_lr: 1, scale_fn: '0.99 ** x', step_size_up: 3,"
        " scale_mode: iterations}"
    ),
    "one cycle to one tick past its end": "{type: OneCycleLR, max_lr: 1, total_steps: 60}",
    "one cycle that only falls": (
        "{type: OneCycleLR, max_lr: [1, 2], total_steps: 70, pct_start: 0.0}"
    ),
    "one cycle that only rises": "{type: OneCycleLR, max_lr: 1, total_steps: 70, pct_start: 1.0}",
    "averaging at once": "{type: SWALR, swa_lr: 0.3, anneal_epochs: 0}",
    "averaging by group": "{type: SWALR, swa_lr: [0.3, 0.1], anneal_epochs: 1}",
    "a product that becomes 0": (
        "{type: MultiplicativeLR, lr_lambda: ['1 if t < 9 else 0', '1 + 1 / t if t else 1']}"
    ),
    "turns at once": (
        "{type: SequentialLR, milestones: [0, 5, 5, 9], schedulers: ["
        "{type: ConstantLR, total_iters: 3}, {type: ExponentialLR, gamma: 0.9},"
        " {type: StepLR, step_size: 2}, {type: LinearLR, total_iters: 3},"
        " {type: PolynomialLR, total_iters: 30}]}"
    ),
    "turns inside a turn": (
        "{type: SequentialLR, milestones: [20], schedulers: ["
        "{type: SequentialLR, milestones: [1, 7], schedulers: [{type: LinearLR, total_iters: 4},"
        " {type: CosineAnnealingLR, T_max: 5, eta_min: 0.001}, {type: ExponentialLR, gamma: 0.7}]},"
        " {type: CosineAnnealingWarmRestarts, T_0: 6}]}"
    ),
    "a cosine entered a tick early": (
        "{type: SequentialLR, milestones: [30], schedulers: [{type: SequentialLR, milestones: [25],"
        " schedulers: [{type: CosineAnnealingLR, T_max: 9, eta_min: 0.01},"
        " {type: LinearLR}]}, {type: ExponentialLR, gamma: 0.9}]}"
    ),
    "turns that take over what is there": (
        "{type: SequentialLR, milestones: [10, 20], schedulers: ["
        "{type: ExponentialLR, gamma: 0.9}, {type: SWALR, swa_lr: 0.5, anneal_epochs: 4},"
        " {type: MultiplicativeLR, lr_lambda: 0.97 + 0.01 * t}]}"
    ),
    "a cycle that takes turns": (
        "{type: SequentialLR, milestones: [10], schedulers: [{type: LinearLR, total_iters: 10},"
        " {type: OneCycleLR, max_lr: 1, total_steps: 60}]}"
    ),
    "a chain that takes a turn": (
        "{type: SequentialLR, milestones: [10], schedulers: [{type: ChainedScheduler, schedulers:"
        " [{type: ConstantLR, total_iters: 5}, {type: ExponentialLR, gamma: 0.9}]},"
        " {type: CosineAnnealingLR, T_max: 50}]}"
    ),
    "a chain that overwrites": (
        "{type: ChainedScheduler, schedulers: [{type: StepLR, step_size: 3},"
        " {type: LambdaLR, lr_lambda: 1 / (t + 1)}]}"
    ),
    "turns after a warm-up": (
        "{type: GradualWarmupScheduler, multiplier: 4, total_epoch: 6, after_scheduler:"
        " {type: SequentialLR, milestones: [9], schedulers: [{type: ConstantLR, total_iters: 4},"
        " {type: CosineAnnealingLR, T_max: 20}]}}"
    ),
    "a chain after a warm-up": (
        "{type: GradualWarmupScheduler, multiplier: 1, total_epoch: 6, after_scheduler:"
        " {type: ChainedScheduler, schedulers: [{type: LinearLR, total_iters: 4},"
        " {type: ExponentialLR, gamma: 0.9}]}}"
    ),
}


CHAIN = since("2.4", "a SequentialLR holding a ChainedScheduler can be built")
CASES = [
    pytest.param(name, marks=[CHAIN] if name == "a chain that takes a turn" else [])
    for name in EDGES
]


@pytest.mark.parametrize("interval", ["step", "epoch"])
@pytest.mark.parametrize("name", CASES)
def test_edges(name, interval):
    groups = "{a: {lr: 0.1}, b: {lr: 0.7}}"
    optimizer = f"optimizer: {{type: SGD, momentum: 0.9, groups: {groups}}}"
    scheduler = f"scheduler: {EDGES[name].removesuffix('}')}, interval: {interval}}}"
    it = plan(f"{optimizer}\n{scheduler}", "epochs: 12, steps_per_epoch: 5")
    assert_same(computed(it), simulate_by_stepping(it, ASKED))


LONG = {
    "a cosine far past its end": "{type: CosineAnnealingLR, T_max: 7001, eta_min: 0.001}",
    "many cosines": "{type: CosineAnnealingLR, T_max: 30, eta_min: 0.001}",
    "many restarts": "{type: CosineAnnealingWarmRestarts, T_0: 5}",
    "a long product": "{type: MultiplicativeLR, lr_lambda: 1 - 1e-4 * cos(t / 100)}",
    "a long decay": "{type: ExponentialLR, gamma: 0.99997}",
    "a long climb": "{type: ExponentialLR, gamma: 1.001}",
    "a line": "{type: LinearLR, start_factor: 1e-6, total_iters: 39990}",
    "a polynomial": "{type: PolynomialLR, power: 0.9, total_iters: 40000}",
}


@pytest.mark.parametrize("name", LONG)
def test_rounding_over_a_long_run_stays_within_the_tolerance(name):
    scheduler = f"scheduler: {LONG[name].removesuffix('}')}, interval: step}}"
    it = plan(f"optimizer: {{type: SGD, lr: 0.1}}\n{scheduler}", "steps: 40000")
    found, stepped = computed(it, Request()), simulate_by_stepping(it, Request())
    assert_close(found.lr["all"], stepped.lr["all"], stepped.lr["all"], "lr")


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_rounding_over_a_million_steps_stays_within_the_tolerance(name):
    text = LONG[name].replace("1.001", "1.00001").replace("0.99997", "0.999997")
    scheduler = f"scheduler: {text.removesuffix('}')}, interval: step}}"
    it = plan(f"optimizer: {{type: SGD, lr: 0.1}}\n{scheduler}", "steps: 1000000")
    found, stepped = computed(it, Request()), simulate_by_stepping(it, Request())
    assert_close(found.lr["all"], stepped.lr["all"], stepped.lr["all"], "lr")
