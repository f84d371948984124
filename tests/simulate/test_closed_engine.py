"""The closed-form engine: what it computes, how it is checked, and when it stands back."""

from __future__ import annotations

import json
import tracemalloc
import warnings
from dataclasses import replace

import numpy as np
import pytest
from torch.optim import lr_scheduler

import lrplan
from lrplan.catalog import SCHEDULERS
from lrplan.errors import LrplanError, UsageError
from lrplan.export.json import to_json
from lrplan.lint.registry import all_rules
from lrplan.request import Request
from lrplan.simulate import engine_choice as run
from lrplan.simulate.closed_form import scheduler_curves
from lrplan.simulate.closed_form.engine import simulate_by_formula
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.closed_form.tick_functions import (
    CurveFormula,
    ExpressionShape,
    RunningProduct,
    Triangle,
)
from lrplan.simulate.engine_choice import simulate
from lrplan.simulate.stepping.engine import simulate_by_stepping
from tests.simulate.test_closed_plans import ASKED, assert_same, computed
from tests.simulate.test_torch_schedulers import CASES, schedule
from tests.support.closed_form_plans import LEAVES
from tests.support.releases import since
from tests.support.specs import plan

# With other releases of torch the engine may decline what differs, and step it.
pytestmark = pytest.mark.pinned

SGD = "optimizer: {type: SGD, momentum: 0.9, lr: 0.1}\n"
COSINE = SGD + "scheduler: {type: CosineAnnealingLR, T_max: 90000}"
SEQUENTIAL = SGD + (
    "scheduler: {type: SequentialLR, milestones: [50000], schedulers: ["
    "{type: LinearLR, total_iters: 100}, {type: ExponentialLR, gamma: 0.99999}]}"
)
LONG = "steps: 100000"
SHORT = "epochs: 12, steps_per_epoch: 5"
COMPUTED_SINCE = since("2.13", "it is known to do what every formula says")
COMPUTED = [name for name in CASES if name != "ReduceLROnPlateau"]


@pytest.mark.parametrize("interval", ["step", "epoch"])
@pytest.mark.parametrize("name", COMPUTED)
def test_every_scheduler_of_torch_but_plateau_has_a_formula(name, interval):
    it = plan(schedule(CASES[name][0], [0.1, 0.02, 1.5], interval), SHORT)
    found = computed(it)
    assert found.deviation.largest < 1e-14
    assert found.deviation.checks >= 12
    assert_same(found, simulate_by_stepping(it, ASKED))


def test_random_plans_have_every_scheduler_of_torch_and_of_our_own():
    rows = (row for row in SCHEDULERS.values() if row.family in ("torch", "swa", "lrplan"))
    containers = {"SequentialLR", "ChainedScheduler", "GradualWarmupScheduler", "WarmupOver"}
    assert {row.name for row in rows if not row.reads_metric} - containers == LEAVES


@COMPUTED_SINCE
@pytest.mark.parametrize("name", COMPUTED)
def test_a_formula_that_is_wrong_is_never_drawn(name, monkeypatch):
    monkeypatch.setattr(run, "SHORT_RUN", 0)
    it = plan(schedule(CASES[name][0], [0.1], "step"), SHORT)
    right = simulate_by_stepping(it)
    assert simulate(it).engine == "closed"
    for shape in (CurveFormula, ExpressionShape, RunningProduct, Triangle):
        monkeypatch.setattr(shape, "__call__", off_from_tick_3(shape.__call__))
    got = simulate(it)
    assert got.engine == "step"
    assert "differs from the formula by" in got.engine_note
    np.testing.assert_array_equal(got.lr["g0"], right.lr["g0"])
    with pytest.raises(
        UsageError, match=r"differs from the formula by .* of its peak; --engine step runs"
    ):
        simulate(it, Request(engine="closed"))


def off_from_tick_3(right):
    """The same with an error of a millionth."""
    return lambda shape, ticks: right(shape, ticks) * np.where(ticks < 3, 1.0, 1.0 + 1e-6)


@COMPUTED_SINCE
@pytest.mark.parametrize("late", [-1, 1])
def test_a_milestone_that_is_wrong_by_one_tick_is_noticed(late, monkeypatch):
    def active_intervals(scheduler, calls, right=scheduler_curves.active_intervals):
        first, second = right(scheduler, calls)
        end, begin = first.end + late, second.begin + late
        return [replace(first, end=end), replace(second, begin=begin)]

    monkeypatch.setattr(scheduler_curves, "active_intervals", active_intervals)
    got = simulate(plan(SEQUENTIAL, LONG))
    assert got.engine == "step"
    assert "the lr of SequentialLR at call" in got.engine_note


def test_get_lr_that_is_wrong_is_noticed(monkeypatch):
    def get_lr(self, right=lr_scheduler.ExponentialLR.get_lr):
        asked = not self._get_lr_called_within_step
        return [value * (1 + 1e-6 * asked) for value in right(self)]

    it = plan(SGD + "scheduler: {type: ExponentialLR, gamma: 0.99999}", LONG)
    monkeypatch.setattr(lr_scheduler.ExponentialLR, "get_lr", get_lr)
    with pytest.raises(NoClosedFormError, match=r"get_lr\(\) is off its formula"):
        simulate_by_formula(it, Request(get_lr=True))


def test_auto_steps_what_is_small_and_computes_what_is_not():
    small, large = plan(COSINE, "steps: 300"), plan(COSINE, "steps: 301")
    assert (simulate(small).engine, simulate(small).engine_note) == ("step", "")
    assert (simulate(large).engine, simulate(large).engine_note) == ("closed", "")
    assert simulate(large, Request(engine="step")).engine == "step"
    assert simulate(small, Request(engine="closed")).engine == "closed"


DECLINED = {
    "follows a metric": (
        "scheduler: {type: ReduceLROnPlateau}\nmetrics: {m: {expr: 1 / (1 + epoch)}}",
        {},
        "ReduceLROnPlateau follows a metric",
    ),
    "steps the optimizer": (
        "scheduler: {type: ExponentialLR, gamma: 1}",
        {"step_optimizer": True},
        "the optimizer is to be stepped",
    ),
    "acts on what another left": (
        ("scheduler: [{type: CosineAnnealingLR, T_max: 9}, {type: StepLR, step_size: 3}]"),
        {},
        "CosineAnnealingLR and StepLR together have no formula for lr",
    ),
    "raises on the way": (
        "scheduler: {type: OneCycleLR, max_lr: 1, total_steps: 50}",
        {},
        "OneCycleLR raises when it is stepped past its end",
    ),
    "divides by zero": (
        "scheduler: {type: LambdaLR, lr_lambda: 1 / (t - 50)}",
        {},
        "divides by zero at x = 50",
    ),
    "becomes infinite": (
        "scheduler: {type: ExponentialLR, gamma: 1.0e+20}",
        {},
        "ExponentialLR has a value that is not finite",
    ),
    "enters a chain": (
        (
            "scheduler: {type: SequentialLR, milestones: [9], schedulers: [{type: StepLR,"
            " step_size: 3}, {type: ChainedScheduler, schedulers: [{type: StepLR, step_size: 3}]}]}"
        ),
        {},
        "SequentialLR fails when it comes to a ChainedScheduler",
    ),
}


CHAIN = since("2.4", "a SequentialLR holding a ChainedScheduler can be built")
REASONS = [
    pytest.param(name, marks=[CHAIN] if name == "enters a chain" else []) for name in DECLINED
]


@pytest.mark.parametrize("name", REASONS)
def test_what_has_no_formula_is_stepped_and_says_why(name, monkeypatch):
    monkeypatch.setattr(run, "SHORT_RUN", 0)
    text, asked, reason = DECLINED[name]
    it = plan(SGD + text, "steps: 60")
    got, stepped = simulate(it, Request(**asked)), simulate_by_stepping(it, Request(**asked))
    assert reason in got.engine_note
    assert got.failure == stepped.failure
    np.testing.assert_array_equal(got.lr["all"], stepped.lr["all"])
    with pytest.raises(UsageError, match="cannot be computed by --engine closed"):
        simulate(it, Request(engine="closed", **asked))


def test_progress_is_told_of_all_steps():
    results = []
    simulate(plan(COSINE, LONG), progress=results.append)
    assert results == [100_000]


def test_a_constant_rate_needs_no_scheduler():
    got = simulate(plan(SGD, "steps: 70000"), Request(get_lr=True))
    assert got.engine == "closed"
    assert got.deviation.checks == 0
    assert (got.lr["all"] == 0.1).all()
    assert got.get_lr_note == "a constant learning rate has no scheduler with a get_lr()"


def test_columns_are_computed_once_and_shared_by_groups_that_are_alike():
    groups = "{a: {lr: 0.1}, b: {lr: 0.1}, c: {lr: 0.2}}"
    text = f"optimizer: {{type: SGD, groups: {groups}}}\nscheduler: {{type: StepLR, step_size: 9}}"
    lr = simulate_by_formula(plan(text, LONG), Request()).lr
    assert lr["a"] is lr["a"]
    assert lr["a"] is lr["b"]
    assert lr["a"] is not lr["c"]
    assert lr["a"].dtype == np.float64
    assert lr["a"].shape == (100_000,)
    assert "d" not in lr
    with pytest.raises(ValueError, match="read-only"):
        lr["a"][0] = 1.0


def test_many_large_columns_are_not_held_all_at_once():
    groups = {f"g{index}": {"lr": 0.1 + index} for index in range(120)}
    optimizer = f"optimizer: {{type: SGD, groups: {json.dumps(groups)}}}\n"
    it = plan(optimizer + "scheduler: {type: ExponentialLR, gamma: 0.99999}", "steps: 300000")
    tracemalloc.start()
    lr = simulate_by_formula(it, Request()).lr
    total = sum(lr[group].nbytes for group in lr)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 120 * 300_000 * 8  # 288 MB
    assert peak < 180e6


def deprecated(at):
    """A way to make torch warn at some ticks of ``ExponentialLR``, as older releases do."""

    def get(self, right):
        if at(self.last_epoch):
            warnings.warn("do not", UserWarning, stacklevel=2)
        return right(self)

    return get


@COMPUTED_SINCE
def test_warnings_are_those_of_a_stepped_run(monkeypatch):
    right = lr_scheduler.ExponentialLR._get_closed_form_lr
    get = deprecated(lambda tick: tick == 0)
    monkeypatch.setattr(lr_scheduler.ExponentialLR, "_get_closed_form_lr", lambda s: get(s, right))
    it = plan(SEQUENTIAL, LONG)
    computed = simulate_by_formula(it, Request())
    (warned,) = computed.warnings
    assert (warned.message, warned.step, warned.count) == ("do not", 49_999, 1)
    assert computed.warnings == simulate_by_stepping(it).warnings


def test_warnings_at_any_tick_are_left_to_a_stepped_run(monkeypatch):
    right, get = lr_scheduler.ExponentialLR.get_lr, deprecated(lambda tick: tick > 60_000)
    monkeypatch.setattr(lr_scheduler.ExponentialLR, "get_lr", lambda s: get(s, right))
    it = plan(SGD + "scheduler: {type: ExponentialLR, gamma: 0.99999}", LONG)
    with pytest.raises(NoClosedFormError, match="torch warns at call"):
        simulate_by_formula(it, Request())


def test_json_says_how_a_curve_was_obtained():
    (said,) = json.loads("".join(to_json([simulate(plan(COSINE, LONG))], every=50_000)))[
        "schedules"
    ]
    assert said["engine"] == "closed"
    assert said["deviation"]["largest"] < said["deviation"]["tolerance"] == 1e-9
    assert said["deviation"]["checks"] > 60
    (said,) = json.loads("".join(to_json([simulate_by_stepping(plan(COSINE, "steps: 9"))])))[
        "schedules"
    ]
    assert not {"engine", "deviation"} & set(said)


EXAMPLES = {
    f"{rule.name}-{index}": text
    for rule in all_rules().values()
    if not rule.extra
    for index, text in enumerate((*rule.bad, *rule.good))
}


def same_findings(texts):
    """Compare findings of computed and stepped schedules; return the number of computed ones."""
    compared = 0
    for text in texts:
        try:
            plans = lrplan.loads(text).values()
            stepped = [
                (each, simulate_by_stepping(each.resolved, Request(get_lr=True))) for each in plans
            ]
        except LrplanError:
            continue
        for each, trace in stepped:
            try:
                computed = simulate_by_formula(each.resolved, Request(get_lr=True))
            except NoClosedFormError:
                continue
            assert lrplan.check(each, computed) == lrplan.check(each, trace), text
            compared += 1
    return compared


def test_rules_find_the_same():
    assert same_findings(list(EXAMPLES.values())[::4]) > 30


@pytest.mark.slow
def test_rules_find_the_same_in_all_their_examples():
    assert same_findings(EXAMPLES.values()) > 150


@pytest.mark.parametrize("text", [COSINE, SEQUENTIAL])
def test_rules_find_the_same_in_a_large_run(text):
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    assert same_findings([f"training: {{{LONG}}}\nschedules:\n  it:\n{indented}"]) == 1
