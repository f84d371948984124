"""Restarts, one cycle, triangles, and the floor of a cosine: measured numbers, and neighbours."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.support.composed_specs import among, used
from tests.support.rule_runs import findings
from tests.support.specs import spec

OWN = {rule.name for rule in all_rules().values() if rule.family in {"cycles", "groups"}}
RESTARTS = "warm-restart-run-ends-mid-cycle"
ONE_CYCLE = "onecycle-overrides-lr-and-momentum"


def own(text: str, least: Severity = Severity.INFO):
    """The findings of these families, down to a severity."""
    return among(OWN, text, least=least)


def names(text: str):
    """The names of these findings."""
    return [finding.name for finding in own(text)]


@pytest.mark.parametrize(
    ("first", "mult", "epochs", "last"),
    [
        pytest.param(10, 2, 100, 0.709, id="middle-of-the-fourth"),
        pytest.param(30, 1, 100, 0.794, id="equal-cycles"),
        pytest.param(10, 2, 71, 1.0, id="one-tick-after-a-restart"),
    ],
)
def test_a_run_that_ends_high(first, mult, epochs, last):
    scheduler = f"{{type: CosineAnnealingWarmRestarts, T_0: {first}, T_mult: {mult}}}"
    applied = used(scheduler, epochs, "{type: SGD, lr: 1.0}")
    assert applied[-1] == pytest.approx(last, abs=5e-4)
    (finding,) = own(spec(scheduler, epochs=epochs))
    assert finding.name == RESTARTS
    assert f"{last:.1%}" in finding.message


def test_a_first_cycle_longer_than_the_run():
    scheduler = "{type: CosineAnnealingWarmRestarts, T_0: 50}"
    left = used(scheduler, 30, "{type: SGD, lr: 1.0}")[-1]
    (finding,) = own(spec(scheduler, epochs=30))
    assert finding.name == RESTARTS
    assert f"longer than the 30 of the run: the last step runs at {left:.1%}" in finding.message
    assert finding.fix == "T_0: 30"


def test_the_nearest_whole_cycles_are_named():
    text = spec("{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}", epochs=100)
    (finding,) = own(text)
    assert finding.fix == "a run of 70 or 150 epochs ends with a cycle"
    assert finding.step == 700


def test_whole_cycles_behind_a_warm_up_count_from_the_start():
    text = spec(
        "{type: SequentialLR, milestones: [5], schedulers: [{type: LinearLR, start_factor: 0.1,"
        " total_iters: 5}, {type: CosineAnnealingWarmRestarts, T_0: 10}]}"
    )
    (finding,) = own(text)
    assert finding.fix == "a run of 25 or 35 epochs ends with a cycle"


@pytest.mark.parametrize(
    ("scheduler", "epochs"),
    [
        pytest.param("CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2", 70, id="whole-growing"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2", 150, id="floor-0.0004"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 10", 30, id="whole-equal"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 4", 20, id="short-cycles"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 3", 3, id="one-cycle-of-three"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 1", 5, id="cycles-of-one"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 30", 28, id="almost-whole"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 1ep, interval: step", 4, id="per-epoch"),
        pytest.param("CosineAnnealingWarmRestarts, T_0: 25%, interval: step", 40, id="quarters"),
        pytest.param(
            "CosineAnnealingWarmUpRestarts, T_0: 50, T_mult: 2, T_up: 10, gamma: 0.5",
            310,
            id="own-growing",
        ),
        pytest.param("CosineAnnealingWarmUpRestarts, T_0: 20, T_up: 3", 60, id="own-equal"),
    ],
)
def test_whole_cycles_are_silent(scheduler, epochs):
    text = spec(f"{{type: {scheduler}}}", epochs=epochs, optimizer="{type: SGD, lr: 0.01}")
    assert own(text, Severity.WARNING) == []


@pytest.mark.parametrize(("epochs", "fires"), [(310, False), (340, True), (311, False)])
def test_own_restarts(epochs, fires):
    scheduler = "{type: CosineAnnealingWarmUpRestarts, T_0: 50, T_mult: 2, T_up: 10, gamma: 0.8}"
    text = spec(scheduler, epochs=epochs, optimizer="{type: SGD, lr: 0.001}")
    assert names(text) == ([RESTARTS] if fires else [])


def test_a_run_within_its_horizon_may_end_anywhere():
    scheduler = {"type": "CosineAnnealingWarmRestarts", "T_0": 10, "T_mult": 2}
    run = {"epochs": 40, "steps_per_epoch": 10}
    assert names(spec(scheduler, **run)) == [RESTARTS]
    assert names(spec(scheduler, **run, horizon="70ep")) == []


@pytest.mark.parametrize(
    ("arguments", "lowest"),
    [
        pytest.param("T_0: 10, eta_min: 0.001", 0.003423, id="given"),
        pytest.param("T_0: 10", None, id="default"),
        pytest.param("T_0: 10ep, eta_min: 0.001, interval: step", None, id="gap-too-small"),
    ],
)
def test_the_floor_of_restarts(arguments, lowest):
    scheduler = f"{{type: CosineAnnealingWarmRestarts, {arguments}}}"
    reported = own(spec(scheduler, steps_per_epoch=100))
    found = [f for f in reported if f.name == "warm-restarts-min-never-used"]
    assert [f.severity for f in found] == ([] if lowest is None else [Severity.INFO])
    if lowest is not None:
        assert min(used(scheduler, 30)) == pytest.approx(lowest, rel=1e-3)
        assert f"{lowest:.4g}" in found[0].message


def test_the_lowest_of_ten_ticks():
    scheduler = "{type: CosineAnnealingWarmRestarts, T_0: 10}"
    assert min(used(scheduler, 20, "{type: SGD, lr: 1.0}")) == pytest.approx(0.0245, abs=5e-5)


def one_cycle(optimizer: str, arguments: str = "max_lr: 0.1"):
    """A one-cycle schedule over the whole run."""
    scheduler = f"{{type: OneCycleLR, interval: step, total_steps: 100%, {arguments}}}"
    return spec(scheduler, optimizer=optimizer)


@pytest.mark.parametrize(
    ("optimizer", "arguments", "severities"),
    [
        pytest.param("{type: SGD, lr: 0.1, momentum: 0.9}", "max_lr: 0.1", [], id="lr-is-max"),
        pytest.param("{type: SGD, lr: 0.004, momentum: 0.9}", "max_lr: 0.1", [], id="lr-is-first"),
        pytest.param("{type: SGD, momentum: 0.9}", "max_lr: 0.1", [], id="lr-not-given"),
        pytest.param(
            "{type: SGD, lr: 0.05, momentum: 0.9}", "max_lr: 0.1", [Severity.INFO], id="lr-between"
        ),
        pytest.param(
            "{type: SGD, lr: 0.5, momentum: 0.9}", "max_lr: 0.1", [Severity.WARNING], id="lr-above"
        ),
        pytest.param(
            "{type: SGD, momentum: 0.9, groups: {a: {lr: 1e-3}, b: {lr: 1e-1}}}",
            "max_lr: 0.05",
            [Severity.WARNING],
            id="ratio-lost",
        ),
        pytest.param(
            "{type: SGD, momentum: 0.9, groups: {a: {lr: 1e-3}, b: {lr: 1e-1}}}",
            "max_lr: {a: 1e-3, b: 1e-1}",
            [],
            id="per-group",
        ),
        pytest.param(
            "{type: SGD, lr: 0.1, momentum: 0.9, groups: {a: {}, b: {weight_decay: 0}}}",
            "max_lr: 0.1",
            [],
            id="groups-of-one-rate",
        ),
        pytest.param("{type: AdamW, lr: 0.1}", "max_lr: 0.1", [Severity.INFO], id="beta"),
        pytest.param("{type: AdamW, lr: 0.1}", "max_lr: 0.1, cycle_momentum: false", [], id="off"),
        pytest.param("{type: AdamW, lr: 0.1}", "max_lr: 0.1, cycle_momentum: true", [], id="on"),
        pytest.param("{type: SGD, lr: 0.1}", "max_lr: 0.1", [Severity.INFO], id="momentum-on"),
    ],
)
def test_what_one_cycle_replaces(optimizer, arguments, severities):
    reported = own(one_cycle(optimizer, arguments))
    assert [f.severity for f in reported] == severities
    assert {f.name for f in reported} <= {ONE_CYCLE}


def test_one_max_lr_makes_groups_equal():
    text = one_cycle(
        "{type: SGD, momentum: 0.9, groups: {a: {lr: 1e-3}, b: {lr: 0.1}}}", "max_lr: 0.05"
    )
    (finding,) = own(text)
    assert "a 0.001, b 0.1" in finding.message
    scheduler = "{type: OneCycleLR, total_steps: 30, max_lr: 0.05}"
    assert used(scheduler, 3)[0] == pytest.approx(0.002)


@pytest.mark.parametrize(
    ("total", "arguments", "severity"),
    [
        pytest.param(10, "pct_start: 0.1", Severity.ERROR, id="10"),
        pytest.param(20, "pct_start: 0.05", Severity.ERROR, id="20"),
        pytest.param(100, "pct_start: 0.01", Severity.ERROR, id="100"),
        pytest.param(10, "pct_start: 0.1, three_phase: true", Severity.ERROR, id="three-phase"),
        pytest.param(10, "pct_start: 1.0", Severity.ERROR, id="whole"),
        pytest.param(10, "pct_start: 0.55, three_phase: true", Severity.ERROR, id="third-empty"),
        pytest.param(10, "pct_start: 0.6, three_phase: true", Severity.WARNING, id="third-lost"),
        pytest.param(100, "pct_start: 0.005", Severity.WARNING, id="no-rise"),
        pytest.param(3, "div_factor: 25", Severity.WARNING, id="three-steps"),
        pytest.param(10, "pct_start: 0.0", Severity.INFO, id="none-asked-peak-missed"),
        pytest.param(100, "pct_start: 0.0", None, id="none-asked"),
        pytest.param(10, "div_factor: 25", None, id="ten-steps"),
        pytest.param(7, "pct_start: 0.3", None, id="seven-steps"),
        pytest.param(10, "pct_start: 0.5, three_phase: true", None, id="three-phase-half"),
    ],
)
def test_phases_of_one_cycle(total, arguments, severity):
    text = spec(
        f"{{type: OneCycleLR, interval: step, max_lr: 0.1, total_steps: {total}, {arguments}}}",
        epochs=1,
        steps_per_epoch=total,
    )
    reported = findings(text)
    assert [f.severity for f in own(text)] == ([] if severity is None else [severity])
    assert not {"cannot-build", "stops-midway"} & {f.name for f in reported}


def test_the_phases_numbers():
    cycle = "{type: OneCycleLR, max_lr: 0.1, total_steps: %s}"
    assert used(cycle % "100, pct_start: 0.005", 99)[0] == pytest.approx(0.0999938, abs=1e-7)
    assert max(used(cycle % "10, pct_start: 0.0", 9)) == pytest.approx(0.0976, abs=5e-5)
    last = used(cycle % "10, pct_start: 0.6, three_phase: true", 10)[-1]
    assert last == pytest.approx(0.0132, abs=5e-5)


def test_an_optimizer_without_momentum_keeps_its_own_message():
    text = one_cycle("{type: Adagrad, lr: 0.1}", "max_lr: 0.1, pct_start: 0.001")
    assert {f.name for f in findings(text)} == {"cannot-build"}


def cyclic(arguments: str, optimizer: str = "{type: SGD, lr: 0.1, momentum: 0.9}", **run):
    """A schedule of triangles."""
    return spec(f"{{type: CyclicLR, interval: step, {arguments}}}", optimizer=optimizer, **run)


@pytest.mark.parametrize(
    ("arguments", "fires"),
    [
        pytest.param("base_lr: 0.1, max_lr: 1e-4, step_size_up: 50", True, id="upside-down"),
        pytest.param("base_lr: 0.1, max_lr: 0.1, step_size_up: 50", True, id="flat"),
        pytest.param("base_lr: 1e-3, max_lr: 0.1", True, id="default-of-2000"),
        pytest.param("base_lr: 1e-3, max_lr: 0.1, step_size_up: 50", False, id="three-cycles"),
        pytest.param("base_lr: 1e-3, max_lr: 0.1, step_size_up: 300", False, id="one-rise"),
        pytest.param("base_lr: 1e-3, max_lr: 0.1, step_size_up: 320", False, id="almost-one"),
        pytest.param(
            "base_lr: 1e-3, max_lr: 0.1, step_size_up: 5ep, mode: triangular2", False, id="halving"
        ),
    ],
)
def test_bounds_of_triangles(arguments, fires):
    expected = ["cyclic-bounds-inverted-or-flat"] if fires else []
    assert names(cyclic(arguments)) == expected


def test_the_default_rise_in_fifty_steps():
    assert used("{type: CyclicLR, base_lr: 1e-4, max_lr: 0.1}", 50)[-1] == pytest.approx(
        0.0025, abs=5e-5
    )
    (finding,) = own(cyclic("base_lr: 1e-4, max_lr: 0.1", epochs=5))
    assert "0.00255 of 0.1" in finding.message
    assert "2,000 steps, the default," in finding.message


def test_a_rise_within_the_horizon_is_silent():
    text = cyclic("base_lr: 1e-3, max_lr: 0.1, step_size_up: 400")
    assert names(text) != []
    assert names(text.replace("epochs: 30", "epochs: 30, horizon: 90ep")) == []


GROUPS = "{type: SGD, momentum: 0.9, groups: {head: {lr: 0.1}, backbone: {lr: 0.01}}}"


@pytest.mark.parametrize(
    ("optimizer", "eta_min", "severity"),
    [
        pytest.param(GROUPS, "0.02", Severity.ERROR, id="one-group-rises"),
        pytest.param(GROUPS, "0.01", Severity.ERROR, id="one-group-flat"),
        pytest.param(GROUPS, "0.005", Severity.INFO, id="ratio-lost"),
        pytest.param(GROUPS, "0.001", None, id="a-tenth"),
        pytest.param(GROUPS, "1e-6", None, id="tiny"),
        pytest.param("{type: SGD, lr: 1e-3}", "1e-2", Severity.ERROR, id="single"),
        pytest.param("{type: SGD, lr: 0.2}", "0.05", None, id="single-high-floor"),
        pytest.param("{type: SGD, lr: 0.2, groups: {a: {}, b: {}}}", "0.05", None, id="one-rate"),
        pytest.param("{type: SGD, lr: 0.2}", "0", None, id="zero"),
    ],
)
@pytest.mark.parametrize(
    "kind", ["CosineAnnealingLR, T_max: 30", "CosineAnnealingWarmRestarts, T_0: 30"]
)
def test_the_floor_of_groups(kind, optimizer, eta_min, severity):
    text = spec(f"{{type: {kind}, eta_min: {eta_min}}}", optimizer=optimizer)
    reported = [f for f in own(text) if f.name == "eta-min-shared-across-groups"]
    assert [f.severity for f in reported] == ([] if severity is None else [severity])


def test_a_lifted_group_is_named():
    text = spec("{type: CosineAnnealingLR, T_max: 30, eta_min: 0.02}", optimizer=GROUPS)
    (finding,) = own(text)
    assert "group backbone rises" in finding.message


def test_a_gradual_warm_up_raises_the_rate_before_the_floor_counts():
    text = spec(
        "{type: GradualWarmupScheduler, multiplier: 8, total_epoch: 5, after_scheduler:"
        " {type: CosineAnnealingLR, T_max: 25, eta_min: 0.02}}",
        optimizer="{type: SGD, lr: 0.01}",
    )
    assert own(text) == []


def test_restricted_to_one_group_the_others_do_not_count():
    text = spec(
        "{type: CosineAnnealingLR, T_max: 30, eta_min: 0.02, groups: [head]}", optimizer=GROUPS
    )
    assert own(text) == []


def test_a_rise_in_steps_is_left_to_the_rule_of_units():
    text = spec("{type: CyclicLR, base_lr: 1e-3, max_lr: 0.1}", steps_per_epoch=200)
    assert names(text) == []
    assert "horizon-in-steps-stepped-per-epoch" in {f.name for f in findings(text)}
