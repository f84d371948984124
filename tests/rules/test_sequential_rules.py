"""Members and milestones of a SequentialLR."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.support.composed_specs import LINEAR, among
from tests.support.rule_runs import findings
from tests.support.specs import spec

OWN = {rule.name for rule in all_rules().values() if rule.family == "composition"}


def own(text: str, torch: str = "2.13.0", least: Severity = Severity.INFO):
    """The findings of this family, down to a severity."""
    return among(OWN, text, torch, least)


def hit(text: str, name: str, torch: str = "2.13.0"):
    """The one finding called ``name``; nothing else of its family is more than a note."""
    reported = [f for f in own(text, torch) if f.severity is not Severity.INFO or f.name == name]
    assert [f.name for f in reported] == [name]
    return reported[0]


@pytest.mark.parametrize(
    ("total", "milestone", "severity"),
    [
        pytest.param(5, 3, Severity.WARNING, id="cut"),
        pytest.param(11, 10, Severity.WARNING, id="cut-by-one-of-ten"),
        pytest.param(501, 500, None, id="one-of-500-is-nothing"),
        pytest.param(10, 10, None, id="equal"),
        pytest.param(9, 10, None, id="one-tick-more-at-the-peak"),
        pytest.param(10, 14, Severity.INFO, id="short-hold"),
        pytest.param(10, 60, None, id="stable-phase"),
    ],
)
def test_warm_up_length_against_its_phase(total, milestone, severity):
    text = spec(
        f"{{type: SequentialLR, interval: step, milestones: [{milestone}], schedulers: [{{type:"
        f" LinearLR, start_factor: 0.1, total_iters: {total}}}, {{type: CosineAnnealingLR,"
        f" T_max: {1000 - milestone}}}]}}",
        epochs=10,
        steps_per_epoch=100,
    )
    assert [f.severity for f in own(text)] == ([] if severity is None else [severity])


def test_a_plateau_behind_a_gradual_warm_up_in_a_sequence_cannot_run():
    text = spec(
        "{type: SequentialLR, milestones: [3], schedulers: [{type: LinearLR, total_iters: 3},"
        " {type: GradualWarmupScheduler, multiplier: 2, total_epoch: 3, after_scheduler:"
        " {type: ReduceLROnPlateau}}]}",
        rest="metrics: {loss: {expr: '1'}}",
    )
    hit(text, "sequential-plateau-unsupported")


@pytest.mark.parametrize(
    ("members", "fires"),
    [
        pytest.param("{type: OneCycleLR, max_lr: 2.5, total_steps: 25}", False, id="same-base"),
        pytest.param("{type: OneCycleLR, max_lr: 0.1, total_steps: 25}", True, id="onecycle"),
        pytest.param(
            "{type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 5}",
            False,
            id="cyclic-later",
        ),
    ],
)
def test_onecycle_as_a_later_member(members, fires):
    text = spec(
        "{type: SequentialLR, milestones: [5], schedulers: [{type: LinearLR, start_factor: 0.1,"
        f" total_iters: 5}}, {members}]}}"
    )
    assert [f.name for f in own(text)] == (["sequential-onecycle-member"] if fires else [])


def test_cyclic_as_the_first_member_makes_its_foot_the_base():
    text = spec(
        "{type: SequentialLR, milestones: [10], schedulers: [{type: CyclicLR, base_lr: 0.01,"
        " max_lr: 0.1, step_size_up: 5}, {type: CosineAnnealingLR, T_max: 20}]}"
    )
    assert "0.01" in hit(text, "sequential-onecycle-member").message


def test_onecycle_in_a_chain_reports_under_one_name():
    text = spec(
        f"{{type: ChainedScheduler, schedulers: [{LINEAR}, {{type: OneCycleLR, max_lr: 0.1,"
        " total_steps: 30}]}"
    )
    hit(text, "sequential-onecycle-member")


NESTED_FIRST = (
    "{type: SequentialLR, milestones: [10], schedulers: [{type: SequentialLR, milestones: [3],"
    f" schedulers: [{LINEAR}, {{type: ConstantLR, factor: 1.0}}]}},"
    " {type: CosineAnnealingLR, T_max: 20}]}"
)


@pytest.mark.parametrize(
    ("torch", "severity"),
    [("2.13.0", Severity.WARNING), ("2.4.1", Severity.ERROR), ("1.12.1", None)],
)
def test_nested_first_by_release(torch, severity):
    reported = [f for f in own(spec(NESTED_FIRST), torch) if f.name == "sequential-nested"]
    assert [f.severity for f in reported] == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("inner", "fires"),
    [
        pytest.param("SequentialLR, milestones: [3]", True, id="sequential"),
        pytest.param("ChainedScheduler", True, id="chained"),
    ],
)
def test_nested_later_crashes_at_the_milestone(inner, fires):
    text = spec(
        "{type: SequentialLR, milestones: [5], schedulers: [{type: ConstantLR, factor: 1.0},"
        f" {{type: {inner}, schedulers: [{{type: ConstantLR, factor: 1.0}}, {{type:"
        " CosineAnnealingLR, T_max: 22}]}]}"
    )
    finding = hit(text, "sequential-nested")
    assert finding.step == 50
    assert "stops-midway" not in {f.name for f in findings(text)}


@pytest.mark.parametrize(
    ("milestones", "severity"),
    [
        pytest.param([20, 10], Severity.ERROR, id="unsorted"),
        pytest.param([-1, 10], Severity.ERROR, id="negative"),
        pytest.param([10, 10], Severity.WARNING, id="equal"),
        pytest.param([0, 10], Severity.WARNING, id="zero"),
        pytest.param([10, 40], Severity.WARNING, id="past-the-end"),
        pytest.param([10, 29], None, id="last-tick"),
    ],
)
def test_milestones(milestones, severity):
    hold = "{type: ConstantLR, factor: 0.5, total_iters: 100}"
    text = spec(
        f"{{type: SequentialLR, milestones: {milestones}, schedulers: [{hold}, {hold}, {hold}]}}"
    )
    reported = [f for f in own(text) if f.name == "sequential-milestones-invalid"]
    assert [f.severity for f in reported] == ([] if severity is None else [severity])


def test_a_milestone_within_the_horizon_is_silent():
    text = spec(
        "{type: SequentialLR, milestones: [5, 40], schedulers:"
        " [{type: LinearLR, start_factor: 0.1}, {type: ConstantLR, factor: 1.0},"
        " {type: CosineAnnealingLR, T_max: 20}]}"
    ).replace("epochs: 30", "epochs: 30, horizon: 60ep")
    assert own(text) == []


@pytest.mark.parametrize(
    ("first", "silent"),
    [
        pytest.param("{type: CosineAnnealingLR, T_max: 10}", True, id="after-a-decay"),
        pytest.param(
            "{type: LinearLR, start_factor: 0.1, total_iters: 9}", True, id="peak-reached"
        ),
        pytest.param("{type: LinearLR, start_factor: 0.1, total_iters: 10}", False, id="warm-up"),
    ],
)
def test_multiplicative_as_a_later_member(first, silent):
    text = spec(
        f"{{type: SequentialLR, milestones: [10], schedulers: [{first},"
        " {type: MultiplicativeLR, lr_lambda: '0.9'}]}"
    )
    assert (own(text) == []) is silent


@pytest.mark.parametrize(
    ("members", "start"),
    [
        pytest.param(
            "{type: LinearLR, start_factor: 0.1, total_iters: 3},"
            " {type: CosineAnnealingWarmRestarts, T_0: 27}",
            "at 1 of the base lr instead of 0.1",
            id="restarts",
        ),
        pytest.param(
            "{type: ConstantLR, factor: 1.0}, {type: ConstantLR, factor: 0.05, total_iters: 99}",
            "at 0.05 of the base lr instead of 1",
            id="constants",
        ),
    ],
)
def test_before_torch_1_13_constructors_shift_the_first_phase(members, start):
    text = spec(f"{{type: SequentialLR, milestones: [3], schedulers: [{members}]}}")
    reported = [f for f in own(text, "1.12.1") if f.severity is Severity.ERROR]
    assert [f.name for f in reported] == ["sequential-legacy-initial-lr-clobber"]
    assert start in reported[0].message
    assert own(text, "1.13.1", Severity.WARNING) == []


@pytest.mark.parametrize(
    ("torch", "fires"),
    [("1.10.2", True), ("2.8.0", True), ("2.9.1", False), ("2.13.0", False), ("1.9.0", False)],
)
def test_own_deprecation_warning_by_release(torch, fires):
    text = spec(
        f"{{type: SequentialLR, milestones: [3], schedulers: [{LINEAR},"
        " {type: CosineAnnealingLR, T_max: 27}]}"
    )
    expected = ["sequential-internal-deprecation-warning"] if fires else []
    assert [f.name for f in own(text, torch)] == expected


@pytest.mark.parametrize(
    ("torch", "name", "severity"),
    [
        ("2.12.0", "sequential-milestone-zero", Severity.ERROR),
        ("2.13.0", "sequential-milestones-invalid", Severity.WARNING),
    ],
)
def test_milestone_zero_by_release(torch, name, severity):
    text = spec(
        f"{{type: SequentialLR, milestones: [0], schedulers: [{LINEAR},"
        " {type: CosineAnnealingLR, T_max: 30}]}"
    )
    assert hit(text, name, torch).severity is severity


@pytest.mark.parametrize(
    ("first", "name"),
    [
        pytest.param(
            "LinearLR, start_factor: 0.1, total_iters: 40", "warmup-never-finishes", id="warm-up"
        ),
        pytest.param(
            "ConstantLR, factor: 0.5, total_iters: 40", "sequential-milestones-invalid", id="hold"
        ),
    ],
)
def test_a_milestone_past_the_end_is_told_once(first, name):
    text = spec(
        f"{{type: SequentialLR, milestones: [40], schedulers: [{{type: {first}}},"
        " {type: CosineAnnealingLR, T_max: 20}]}"
    )
    assert [f.name for f in findings(text) if f.severity is not Severity.INFO] == [name]


def test_milestones_in_steps_are_left_to_the_rule_of_units():
    hold = "{type: ConstantLR, factor: 0.5, total_iters: 1}"
    text = spec(
        f"{{type: SequentialLR, milestones: [1000], schedulers: [{hold}, {hold}]}}",
        steps_per_epoch=100,
    )
    assert own(text) == []
    assert "horizon-in-steps-stepped-per-epoch" in {f.name for f in findings(text)}
