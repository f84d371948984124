"""The exact engine equals a plain loop to the last bit."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lrplan.simulate.stepping.identical_groups import deduplicate
from tests.simulate.plain import run
from tests.support.specs import plan
from tests.support.specs import trace as simulated

trace = partial(simulated, engine="step")

RATES = (0.1, 0.3, 1.0, 7e-3)
TICKS = st.integers(1, 9)
FACTOR = st.sampled_from((0.1, 0.5, 0.97, 1.0, 1.3))
EXPRESSION = st.sampled_from(
    ("0.9 ** x", "1 / (1 + x)", "0.5 * (1 + cos(pi * x / 7))", "1 / (5 - x)")
)


def of(kind, **arguments):
    return st.fixed_dictionaries({"type": st.just(kind), **arguments})


CHAINABLE = st.one_of(
    of("StepLR", step_size=TICKS, gamma=FACTOR),
    of("MultiStepLR", milestones=st.lists(TICKS, max_size=3).map(sorted), gamma=FACTOR),
    of("ConstantLR", factor=st.sampled_from((0.2, 1.0)), total_iters=TICKS),
    of("LinearLR", start_factor=st.sampled_from((0.01, 0.5)), total_iters=TICKS),
    of("ExponentialLR", gamma=FACTOR),
    of("PolynomialLR", total_iters=TICKS, power=st.sampled_from((1.0, 2.0))),
    of("CosineAnnealingLR", T_max=TICKS, eta_min=st.sampled_from((0.0, 1e-3))),
    of("CosineAnnealingWarmRestarts", T_0=TICKS, T_mult=st.integers(1, 2)),
    of("LambdaLR", lr_lambda=EXPRESSION),
    of("MultiplicativeLR", lr_lambda=EXPRESSION),
)
CYCLES = st.one_of(
    of("OneCycleLR", max_lr=st.sampled_from((0.5, 2.0)), total_steps=st.integers(2, 30)),
    of("CyclicLR", base_lr=st.just(1e-3), max_lr=st.just(0.2), step_size_up=TICKS),
)


def sequential(parts):
    phases = st.lists(parts, min_size=2, max_size=3)
    return phases.flatmap(
        lambda schedulers: of(
            "SequentialLR",
            schedulers=st.just(schedulers),
            milestones=st.lists(
                st.integers(1, 12),
                min_size=len(schedulers) - 1,
                max_size=len(schedulers) - 1,
                unique=True,
            ).map(sorted),
        )
    )


def chained(parts):
    return of("ChainedScheduler", schedulers=st.lists(parts, min_size=1, max_size=3))


SCHEDULER = st.one_of(
    CHAINABLE, CYCLES, sequential(CHAINABLE), chained(CHAINABLE), sequential(chained(CHAINABLE))
)


@st.composite
def cases(draw):
    """Parameter groups, some of them alike, and one or two schedulers with their own clocks."""
    groups = [
        {"name": f"g{index}", "lr": draw(st.sampled_from(RATES)), "momentum": momentum}
        for index, momentum in enumerate(
            draw(st.lists(st.sampled_from((0.5, 0.9)), min_size=1, max_size=9))
        )
    ]
    schedulers = draw(st.lists(SCHEDULER, min_size=1, max_size=2))
    names = [group["name"] for group in groups]
    for scheduler in schedulers:
        scheduler |= {
            "interval": draw(st.sampled_from(("step", "epoch"))),
            "frequency": draw(st.integers(1, 2)),
        }
        if len(schedulers) == 2:
            some = draw(st.sets(st.sampled_from(names), min_size=1))
            scheduler["groups"] = [name for name in names if name in some]
    return groups, schedulers, draw(st.integers(1, 4)), draw(st.integers(1, 6))


def text(groups, schedulers, metric=None, optimizer="SGD"):
    spec = {"optimizer": {"type": optimizer, "groups": groups}, "scheduler": schedulers}
    if metric is not None:
        spec["metrics"] = {"loss": metric}
    return json.dumps(spec)


def check(groups, schedulers, epochs, per_epoch, *, metric=None, ask=False, **asked):
    """The trace, after it was compared with the plain loop."""
    expected = run(groups, schedulers, epochs, per_epoch, metric=metric, ask=ask)
    training = f"epochs: {epochs}, steps_per_epoch: {per_epoch}"
    got = trace(text(groups, schedulers, metric), training, get_lr=ask, **asked)
    for index, group in enumerate(groups):
        assert got.lr[group["name"]].tolist() == expected.lr[index]
        assert got.momentum[group["name"]].tolist() == expected.momentum[index]
        assert got.next_values["lr"][group["name"]] == expected.next_lr[index]
    warned = {(each.category, each.message): (each.step, each.count) for each in got.warnings}
    assert warned == expected.warned
    assert (got.failure is None) == (expected.failure is None)
    if expected.failure is not None:
        assert got.failure.step == expected.failure[0]
    if ask:
        by_step = zip(*(got.get_lr[group["name"]].tolist() for group in groups), strict=True)
        assert [list(row) for row in by_step] == expected.get_lr
    return got


@given(cases())
def test_any_schedule_equals_the_plain_loop(case):
    check(*case)


@given(cases())
def test_what_get_lr_answers_equals_the_plain_loop(case):
    groups, schedulers, epochs, per_epoch = case
    one = {key: value for key, value in schedulers[0].items() if key != "groups"}
    if one["type"] in {"SequentialLR", "ChainedScheduler", "OneCycleLR"}:
        return  # the first two raise when asked, the third past its end
    if "1 / (5 - x)" in str(one):
        return
    check(groups, [one], epochs, per_epoch, ask=True)


@given(
    st.lists(st.sampled_from(RATES), min_size=1, max_size=8),
    st.lists(st.floats(0, 2), min_size=12, max_size=12),
    st.integers(1, 3),
)
@example([0.1, 0.1, 0.3], [1.0] * 12, 1)
def test_plateau_equals_the_plain_loop(rates, metric, frequency):
    groups = [{"name": f"g{i}", "lr": rate, "momentum": 0.5} for i, rate in enumerate(rates)]
    plateau = {"type": "ReduceLROnPlateau", "patience": 1, "factor": 0.5, "frequency": frequency}
    plateau["min_lr"] = [1e-3 * (1 + index % 2) for index in range(len(rates))]
    expected = run(groups, [plateau], 12, 2, metric=metric)
    got = trace(text(groups, [plateau], metric), "epochs: 12, steps_per_epoch: 2")
    for index, group in enumerate(groups):
        assert got.lr[group["name"]].tolist() == expected.lr[index]


FOR_MANY_GROUPS = {
    "exponential": {"type": "ExponentialLR", "gamma": 0.993},
    "step": {"type": "StepLR", "step_size": 7, "gamma": 0.3},
    "milestones": {"type": "MultiStepLR", "milestones": [3, 50], "gamma": 0.3},
    "linear": {"type": "LinearLR", "start_factor": 0.013, "total_iters": 60},
    "constant": {"type": "ConstantLR", "factor": 0.3, "total_iters": 30},
    "polynomial": {"type": "PolynomialLR", "total_iters": 90, "power": 1.7},
    "cosine": {"type": "CosineAnnealingLR", "T_max": 37, "eta_min": 1e-4},
    "restarts": {"type": "CosineAnnealingWarmRestarts", "T_0": 7, "T_mult": 2, "eta_min": 1e-4},
    "lambda": {"type": "LambdaLR", "lr_lambda": "0.991 ** x"},
    "multiplicative": {"type": "MultiplicativeLR", "lr_lambda": "1 / (1 + x / 300)"},
    "sequential": {
        "type": "SequentialLR",
        "milestones": [11, 60],
        "schedulers": [
            {"type": "LinearLR", "start_factor": 0.01, "total_iters": 11},
            {"type": "CosineAnnealingLR", "T_max": 49},
            {"type": "ExponentialLR", "gamma": 0.9},
        ],
    },
    "chained": {
        "type": "ChainedScheduler",
        "schedulers": [
            {"type": "LinearLR", "start_factor": 0.01, "total_iters": 30},
            {"type": "CosineAnnealingWarmRestarts", "T_0": 40},
            {"type": "ExponentialLR", "gamma": 0.99},
        ],
    },
}


def fifty(step=0.00137):
    return [{"name": f"g{i}", "lr": 0.1 + step * i, "momentum": 0.9} for i in range(50)]


@pytest.mark.parametrize("name", FOR_MANY_GROUPS)
def test_fifty_groups_equal_the_plain_loop(name):
    check(fifty(), [{**FOR_MANY_GROUPS[name], "interval": "step"}], 4, 40)


@pytest.mark.parametrize(
    ("scheduler", "why"),
    [
        ({"type": "ExponentialLR", "gamma": 1e300}, "overflows in silence"),
        ({"type": "LambdaLR", "lr_lambda": "1e308 * x"}, "overflows in silence"),
        ({"type": "LambdaLR", "lr_lambda": "1 / (30 - x)"}, "raises midway"),
        ({"type": "CosineAnnealingLR", "T_max": 1}, "divides by 0"),
    ],
    ids=str,
)
def test_runs_that_leave_the_numbers_equal_the_plain_loop(scheduler, why):
    del why
    check(fifty(), [{**scheduler, "interval": "step"}], 2, 20)


def test_groups_alike_are_stepped_once_and_share_their_columns():
    groups = fifty(step=0)
    groups[7]["lr"] = groups[9]["momentum"] = 0.25
    spec = text(groups, [{"type": "CosineAnnealingLR", "T_max": 24, "interval": "step"}])
    kept = [group.name for group in deduplicate(plan(spec)).plan.optimizer.groups]
    assert kept == ["g0", "g7", "g9"]
    got = trace(spec)
    assert got.lr["g1"] is got.lr["g0"] is got.lr["g49"]
    assert got.lr["g7"] is not got.lr["g0"]
    assert tuple(got.lr) == got.groups == tuple(f"g{i}" for i in range(50))


@pytest.mark.parametrize(
    "scheduler",
    [
        {"type": "OneCycleLR", "max_lr": 1.0, "total_steps": 24},
        {"type": "CyclicLR", "base_lr": 0.01, "max_lr": 1.0, "step_size_up": 5},
    ],
    ids=lambda scheduler: scheduler["type"],
)
def test_rates_that_are_overwritten_set_no_groups_apart(scheduler):
    spec = text(fifty(), [{**scheduler, "interval": "step"}])
    assert len(deduplicate(plan(spec)).plan.optimizer.groups) == 1
    check(fifty(), [{**scheduler, "interval": "step"}], 4, 6)
    some = [{**scheduler, "interval": "step", "groups": ["g0", "g3", "g4"]}]
    assert len(deduplicate(plan(text(fifty(), some))).plan.optimizer.groups) == 50
    check(fifty(), some, 4, 6)


def test_values_per_group_keep_groups_apart():
    groups = fifty(step=0)[:6]
    scheduler = {
        "type": "LambdaLR",
        "lr_lambda": ["0.9 ** x", "0.8 ** x", "0.9 ** x", "0.8 ** x", "0.7 ** x", "0.9 ** x"],
        "interval": "step",
    }
    spec = plan(text(groups, [scheduler]))
    reduced = deduplicate(spec).plan
    assert [group.name for group in reduced.optimizer.groups] == ["g0", "g1", "g4"]
    assert [each.text for each in reduced.schedulers[0].arguments["lr_lambda"]] == [
        "0.9 ** x",
        "0.8 ** x",
        "0.7 ** x",
    ]
    check(groups, [scheduler], 3, 4)


def test_what_no_scheduler_drives_takes_no_memory_and_nothing_can_be_written():
    got = trace(text(fifty()[:3], [{"type": "StepLR", "step_size": 2}]))
    assert {column.strides for column in got.momentum.values()} == {(0,)}
    assert {column.shape for column in got.momentum.values()} == {(24,)}
    for columns in got.columns.values():
        for column in columns.values():
            assert column.dtype == np.float64
            with pytest.raises(ValueError, match="read-only"):
                column[0] = 1.0


@pytest.mark.parametrize("steps", [1, 2047, 2048, 2049, 2050, 9000])
@pytest.mark.parametrize("interval", ["step", "epoch"])
def test_rows_are_written_whole_at_any_length(steps, interval):
    groups = [{"name": f"g{i}", "lr": rate, "momentum": 0.5} for i, rate in enumerate((0.1, 0.2))]
    scheduler = {"type": "ExponentialLR", "gamma": 0.999, "interval": interval}
    check(groups, [scheduler], steps, 1)


def test_a_long_run_that_rarely_ticks_reports_all_its_steps():
    done = []
    spec = text(fifty()[:2], [{"type": "ExponentialLR", "gamma": 0.5}])
    got = trace(spec, "epochs: 3, steps_per_epoch: 100000", progress=done.append)
    assert sum(done) == 300_000
    assert len(done) > 3
    assert [float(got.lr["g0"][index]) for index in (0, 99_999, 100_000, 299_999)] == [
        0.1,
        0.1,
        0.05,
        0.025,
    ]


def test_a_run_that_fails_reports_no_step_that_was_not_run():
    done = []
    spec = text(fifty(), [{"type": "LambdaLR", "lr_lambda": "1 / (5000 - x)", "interval": "step"}])
    got = trace(spec, "steps: 9000", progress=done.append)
    assert got.failure.step == 4999
    assert sum(done) <= 5000
