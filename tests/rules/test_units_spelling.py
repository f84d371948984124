"""Numbers that are none, durations of no tick, ticks before the first step."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from tests.support.rule_runs import findings
from tests.support.unit_specs import SMALL, WINDOWS, spec, units


@pytest.mark.parametrize(
    ("scheduler", "name"),
    [
        ("MultiStepLR, milestones: [2.5, 5]", "milestones-float-or-string"),
        ('MultiStepLR, milestones: ["20"]', "milestones-float-or-string"),
        ("StepLR, step_size: 2.5", "milestones-float-or-string"),
        ("PolynomialLR, total_iters: 5.5", "polynomial-non-integer-total"),
        ("CosineAnnealingLR, T_max: 7.5", "polynomial-non-integer-total"),
        ('CosineAnnealingLR, T_max: "1_000"', "yaml-scientific-notation-is-a-string"),
        ('StepLR, step_size: 3, gamma: "0.1"', "yaml-scientific-notation-is-a-string"),
        ("StepLR, step_size: 3, gamma: 0,1", "unknown-key"),
        ("CosineAnnealingWarmRestarts, T_0: 0.2ep", "duration-rounds-to-zero"),
        ("StepLR, step_size: 30x", "bad-duration"),
        ("MultiStepLR, milestones: 30", "wrong-type"),
        ("StepLR, step_size: 3, gamma: auto", "wrong-type"),
    ],
)
def test_problems_that_are_a_known_pitfall_bear_its_name(scheduler, name):
    text = spec("epochs: 30, steps_per_epoch: 10", f"{{type: {scheduler}}}")
    assert name in {each.name for each in findings(text, static=True)}


@pytest.mark.parametrize(
    ("optimizer", "fix"),
    [
        ('{type: SGD, lr: "1e-3"}', "lr: 1e-3"),
        ('{type: SGD, lr: "1_0"}', "lr: 10"),
        ("{type: SGD, lr: 0.1, nesterov: on, momentum: 0.9}", "nesterov: true"),
        ("{type: SGD, lr: 0.1, maximize: No}", "maximize: false"),
        ('{type: SGD, lr: "0,1"}', "lr: 0.1"),
    ],
)
def test_the_right_spelling_is_given(optimizer, fix):
    (finding,) = findings(spec(SMALL, "[]", optimizer), static=True)
    assert finding.name == "yaml-scientific-notation-is-a-string"
    assert finding.fix == fix


def test_a_quoted_number_of_epochs_is_text_too():
    (finding,) = findings(spec('epochs: "30", steps_per_epoch: 10', "[]"), static=True)
    assert finding.name == "yaml-scientific-notation-is-a-string"
    assert finding.message == "`epochs` is the text '30', not a number"


@pytest.mark.parametrize(
    ("scheduler", "severity"),
    [
        ("LinearLR, start_factor: 0.1, total_iters: 0.4ep", "error"),
        ("CosineAnnealingLR, T_max: 1%", "error"),
        ("WarmupConstantSchedule, warmup_steps: 0.4ep", "warning"),
        ("MultiStepLR, milestones: [4st, 20ep]", "warning"),
        ("StepLR, step_size: 100% - 297st", "error"),
        ("WarmupConstantSchedule, warmup_steps: 1ep - 6st", "warning"),
        ("WarmupConstantSchedule, warmup_steps: 1ep - 10st", None),
        ("WarmupConstantSchedule, warmup_steps: 0ep", None),
        ("WarmupConstantSchedule, warmup_steps: 0", None),
        ("LinearLR, start_factor: 0.1, total_iters: 0.4ep, interval: step", None),
    ],
)
def test_durations_of_less_than_half_a_tick(scheduler, severity):
    reported = units(spec("epochs: 30, steps_per_epoch: 10", f"{{type: {scheduler}}}"))
    assert [each.severity.value for each in reported] == ([severity] if severity else [])
    assert {each.name for each in reported} <= {"duration-rounds-to-zero"}


def test_a_name_for_such_a_duration_hides_nothing():
    scheduler = "{type: WarmupConstantSchedule, warmup_steps: short}"
    text = spec("epochs: 30, steps_per_epoch: 10", scheduler)
    (finding,) = units(f"let: {{short: 0.4ep}}\n{text}")
    assert (finding.name, finding.severity) == ("duration-rounds-to-zero", Severity.WARNING)


@pytest.mark.parametrize(
    ("scheduler", "first"),
    [
        ("StepLR, step_size: 2, interval: batch", "0.01, not 0.1"),
        ("LambdaLR, lr_lambda: 0.9 ** step, interval: batch", "0.0729, not 0.1"),
        ("WarmupConstantSchedule, warmup_steps: 6, interval: batch", "0.05, not 0"),
        (
            (
                "OneCycleLR, max_lr: 0.1, total_steps: 40, pct_start: 0.1, anneal_strategy: linear,"
                " interval: batch"
            ),
            "0.1, not 0.004",
        ),
    ],
)
def test_ticks_before_the_first_step_cost_what_torch_then_gives(scheduler, first):
    text = spec("epochs: 5, batches_per_epoch: 8, accumulate: 4", f"{{type: {scheduler}}}")
    (found,) = (each for each in units(text, static=False) if each.rule == "LRP111")
    assert "ticks 3 times before the first optimizer step of 4 batches" in found.message
    assert found.message.endswith(f"the first step is given {first}")
    assert found.severity is Severity.WARNING


def test_one_tick_before_the_first_step_costs_the_first_value():
    text = spec(
        "epochs: 5, batches_per_epoch: 8, accumulate: 2",
        "{type: StepLR, step_size: 1, interval: batch}",
    )
    (found,) = (each for each in units(text, static=False) if each.rule == "LRP111")
    assert "so the first value of the schedule is never used" in found.message


def test_a_loss_of_next_to_nothing_is_only_mentioned():
    (finding,) = units(
        spec(WINDOWS, "{type: CosineAnnealingLR, T_max: 12510, interval: batch}"), static=False
    )
    assert (finding.rule, finding.severity) == ("LRP111", Severity.INFO)


def test_a_run_that_stops_before_its_first_step_has_no_first_rate():
    """The accumulation window is longer than an epoch, and the first tick fails."""
    training = "epochs: 5, batches_per_epoch: 4, accumulate: 8, last_window: carry"
    reported = findings(spec(training, "{type: CosineAnnealingLR, T_max: 0, interval: batch}"))
    assert "LRP111" not in {each.rule for each in reported}
