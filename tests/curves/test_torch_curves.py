"""The formulas of torch's schedulers, against torch stepped by a plain loop written out here."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler, swa_utils

from lrplan import curves

TICKS = 90


def stepped(make, base=1.0, ticks=TICKS):
    """The rate after 0, 1, ... ticks, and the momentum, with torch's own code."""
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=base, momentum=0.9)
    scheduler = make(optimizer)
    results = [(optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"])]
    optimizer.step()
    for _ in range(ticks):
        scheduler.step()
        group = optimizer.param_groups[0]
        results.append((group["lr"], group["momentum"]))
    return np.array(results).T


FACTORS = {
    "constant": (curves.constant_factor, (0.3, 7), lambda o: lr_scheduler.ConstantLR(o, 0.3, 7)),
    "constant, at once": (
        curves.constant_factor,
        (0.3, 1),
        lambda o: lr_scheduler.ConstantLR(o, 0.3, 1),
    ),
    "linear": (
        curves.linear,
        (0.01, 0.8, 40),
        lambda o: lr_scheduler.LinearLR(o, 0.01, 0.8, 40),
    ),
    "exponential": (
        curves.exponential_decay,
        (0.97,),
        lambda o: lr_scheduler.ExponentialLR(o, 0.97),
    ),
    "exponential to nothing": (
        curves.exponential_decay,
        (1e-5,),
        lambda o: lr_scheduler.ExponentialLR(o, 1e-5),
    ),
    "polynomial": (
        curves.polynomial_decay,
        (60, 0.9),
        lambda o: lr_scheduler.PolynomialLR(o, 60, 0.9),
    ),
    "polynomial of power 0": (
        curves.polynomial_decay,
        (60, 0.0),
        lambda o: lr_scheduler.PolynomialLR(o, 60, 0.0),
    ),
    "polynomial, at once": (
        curves.polynomial_decay,
        (1, 2.0),
        lambda o: lr_scheduler.PolynomialLR(o, 1, 2.0),
    ),
    "steps": (curves.step_decay, (7, 0.3), lambda o: lr_scheduler.StepLR(o, 7, 0.3)),
    "milestones": (
        curves.milestone_decay,
        ([3, 9, 9, 40], 0.3),
        lambda o: lr_scheduler.MultiStepLR(o, [3, 9, 9, 40], 0.3),
    ),
    "cosine": (curves.half_cosine, (100,), lambda o: lr_scheduler.CosineAnnealingLR(o, 100)),
    "cosine, again and again": (
        curves.half_cosine,
        (8,),
        lambda o: lr_scheduler.CosineAnnealingLR(o, 8),
    ),
    "warm restarts": (
        curves.warm_restarts,
        (9, 1),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 9),
    ),
    "growing warm restarts": (
        curves.warm_restarts,
        (3, 2),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2),
    ),
    "triangles": (
        curves.triangle,
        (11.0, 4 / 11),
        lambda o: lr_scheduler.CyclicLR(o, 0.0, 1.0, 4, 7),
    ),
    "triangles that drop": (
        curves.triangle,
        (5.0, 1.0),
        lambda o: lr_scheduler.CyclicLR(o, 0.0, 1.0, 5, 0),
    ),
}


@pytest.mark.parametrize("name", FACTORS)
def test_a_factor_is_what_torch_multiplies_up_to(name):
    function, arguments, make = FACTORS[name]
    rates, _ = stepped(make)
    np.testing.assert_allclose(function(np.arange(TICKS + 1), *arguments), rates, atol=1e-13)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("total", [0, 1, 30])
def test_averaging_is_the_share_of_the_starting_rate(total, strategy):
    rates, _ = stepped(lambda o: swa_utils.SWALR(o, 0.25, total, strategy), base=2.0)
    share = curves.averaging(np.arange(TICKS + 1), total, strategy)
    np.testing.assert_allclose(0.25 + 1.75 * share, rates, atol=1e-13)


@pytest.mark.parametrize("strategy", ["cos", "linear"])
def test_phases_make_one_cycle(strategy):
    rates, momenta = stepped(
        lambda o: lr_scheduler.OneCycleLR(
            o, 1.0, total_steps=80, pct_start=0.25, anneal_strategy=strategy, div_factor=4
        ),
        ticks=80,
    )
    rise, fall = np.arange(20), np.arange(20, 81)  # it may be stepped once more than planned
    up, down = curves.phase(rise, 0, 19, strategy), curves.phase(fall, 19, 79, strategy)
    np.testing.assert_allclose(1.0 - 0.75 * up, rates[:20], atol=1e-13)
    np.testing.assert_allclose(0.25e-4 + (1.0 - 0.25e-4) * down, rates[20:], atol=1e-13)
    np.testing.assert_allclose(0.85 + 0.1 * up, momenta[:20], atol=1e-13)
    np.testing.assert_allclose(0.95 - 0.1 * down, momenta[20:], atol=1e-13)


def test_warm_restarts_between_ticks_are_those_of_fractional_epochs():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4, 2)
    for tick in np.arange(0.0, 27.0, 0.3):
        scheduler.step(tick)
        expected = optimizer.param_groups[0]["lr"]
        assert math.isclose(curves.warm_restarts(tick, 4, 2), expected, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("base", "floor", "total"), [(1.0, 0.0, 9), (0.1, 1e-3, 8), (0.1, 3, 1), (1e-3, 1e-6, 3001)]
)
def test_annealing_past_its_end_is_torch_to_the_last_bit(base, floor, total):
    def make(o):
        return lr_scheduler.CosineAnnealingLR(o, total, floor)

    rates, _ = stepped(make, base=base, ticks=3 * total + TICKS)
    values = curves.annealed_again(base, floor, total, 2 * total + TICKS)
    np.testing.assert_array_equal(values, rates[total:])


def test_annealing_past_a_long_end_is_not_its_formula():
    base, floor, total = 1e-3, 1e-6, 300_007
    values = curves.annealed_again(base, floor, total, total)
    formula = floor + (base - floor) * curves.half_cosine(np.arange(total, 2 * total + 1), total)
    assert np.abs(values - formula).max() / base > 1e-9


def test_cycles_are_counted_from_one():
    ticks = [-3, 0, 10, 11, 21, 22]
    assert curves.cycle_number(ticks, 11.0).tolist() == [1, 1, 1, 2, 2, 3]


def test_a_running_product_is_multiplied_from_the_left():
    factors = [0.1, 3.7, 1.9, 0.0, 5.0]
    product, expected = 1.0, []
    for factor in factors:
        product *= factor
        expected.append(product)
    assert curves.running_product(factors).tolist() == expected


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(function, arguments) for function, arguments, _ in FACTORS.values()]
    + [(curves.averaging, (5, "cos"))],
)
def test_before_tick_0_is_tick_0(function, arguments):
    assert function(-4, *arguments) == function(0, *arguments)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: curves.constant_factor(0, 0.5, 0), "total must be at least 1"),
        (lambda: curves.polynomial_decay(0, 0, 1), "total must be at least 1"),
        (lambda: curves.phase(0, 3, 3, "cos"), "last must be above first"),
        (lambda: curves.averaging(0, -1, "cos"), "total must be at least 0"),
        (lambda: curves.warm_restarts(0, 0, 1), "first must be at least 1"),
        (lambda: curves.warm_restarts(0, 5, 0), "mult must be at least 1"),
        (lambda: curves.triangle(0, 0, 0.5), "length must be above 0"),
        (lambda: curves.triangle(0, 5, 0), "rise must be above 0"),
        (lambda: curves.cycle_number(0, math.nan), "length must be above 0"),
        (lambda: curves.annealed_again(1, 0, 0, 5), "total must be at least 1"),
        (lambda: curves.annealed_again(1, 0, 5, -1), "ticks must be at least 0"),
    ],
)
def test_lengths_that_make_no_curve_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
