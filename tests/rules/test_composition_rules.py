"""Schedulers that tick side by side on the same groups."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.support.composed_specs import LINEAR, among, used
from tests.support.rule_runs import findings
from tests.support.specs import spec

OWN = {rule.name for rule in all_rules().values() if rule.family == "composition"}


def own(text: str, torch: str = "2.13.0", least: Severity = Severity.INFO):
    """The findings of this family, down to a severity."""
    return among(OWN, text, torch, least)


def hit(text: str, name: str, torch: str = "2.13.0"):
    """The one finding called ``name``, the only one of its family."""
    reported = own(text, torch)
    assert [f.name for f in reported] == [name]
    return reported[0]


def test_overwritten_member_is_named_with_the_ticks():
    text = spec("[{type: StepLR, step_size: 10}, {type: LambdaLR, lr_lambda: '1 - t / 30'}]")
    finding = hit(text, "closed-form-member-overwrites-chain")
    assert finding.severity is Severity.ERROR
    assert "30 ticks" in finding.message
    assert "StepLR" in finding.message


@pytest.mark.parametrize(
    ("scheduler", "severity"),
    [
        pytest.param(
            "[{type: LambdaLR, lr_lambda: 'min(1, (t + 1) / 3)'},"
            " {type: ExponentialLR, gamma: 0.9}]",
            Severity.WARNING,
            id="first",
        ),
        pytest.param(
            "[{type: WarmupConstantSchedule, warmup_steps: 50, interval: step},"
            " {type: StepLR, step_size: 10}]",
            Severity.ERROR,
            id="own-ticks-more-often",
        ),
        pytest.param(
            "{type: ChainedScheduler, schedulers: [{type: ExponentialLR, gamma: 0.9},"
            " {type: CosineAnnealingWarmRestarts, T_0: 10}]}",
            Severity.ERROR,
            id="chained",
        ),
        pytest.param(
            "[{type: LambdaLR, lr_lambda: '0.9 ** t'}, {type: LambdaLR, lr_lambda: '1 - t / 30'}]",
            Severity.ERROR,
            id="two-lambdas-report-once",
        ),
    ],
)
def test_closed_form_beside_others(scheduler, severity):
    assert hit(spec(scheduler), "closed-form-member-overwrites-chain").severity is severity


def test_a_lambda_that_erases_plateau_cuts_is_an_error():
    text = spec(
        "[{type: LambdaLR, lr_lambda: 'min(1, (t + 1) / 20)', interval: step},"
        " {type: ReduceLROnPlateau, patience: 2, monitor: loss}]",
        rest="metrics: {loss: {expr: 'max(0.5, 1 / (1 + t))'}}",
    )
    assert hit(text, "closed-form-member-overwrites-chain").severity is Severity.ERROR


def test_peak_lost_says_how_much():
    text = spec(
        f"{{type: ChainedScheduler, schedulers: [{LINEAR},"
        " {type: CosineAnnealingLR, T_max: 10}]}",
        epochs=10,
        steps_per_epoch=1,
    )
    finding = hit(text, "chained-warmup-cosine-peak-lost")
    assert "0.07939" in finding.message
    assert "79.4%" in finding.message
    assert finding.step == 3


def test_an_exponential_beside_a_warm_up_is_only_mentioned():
    text = spec("[{type: LinearLR, total_iters: 5}, {type: ExponentialLR, gamma: 0.95}]")
    assert hit(text, "chained-warmup-cosine-peak-lost").severity is Severity.INFO


def test_sequential_after_a_warm_up_is_an_error_and_before_it_is_fine():
    sequence = (
        "{type: SequentialLR, milestones: [10], schedulers: [{type: ConstantLR, factor: 1.0},"
        " {type: CosineAnnealingLR, T_max: 20}]}"
    )
    warmup = "{type: LinearLR, start_factor: 0.1, total_iters: 3}"
    finding = hit(spec(f"[{warmup}, {sequence}]"), "constructor-changes-lr")
    assert finding.severity is Severity.ERROR
    assert own(spec(f"[{sequence}, {warmup}]")) == []


def test_sequential_of_weight_decay_multiplies_a_linear_warm_up():
    decay = "{type: LambdaParamScheduler, param_group_field: weight_decay, param_lambda: '1'}"
    sequence = f"{{type: SequentialLR, milestones: [10], schedulers: [{decay}, {decay}]}}"
    adam = "{type: AdamW, lr: 0.1, weight_decay: 0.05}"
    text = spec(f"[{LINEAR}, {sequence}]", optimizer=adam)
    hit(text, "field-scheduler-in-sequential-resets-lr")
    assert used(f"[{LINEAR}, {sequence}]", 4, adam)[:3] == pytest.approx([0.1, 0.4, 0.7])
    assert own(spec(f"[{sequence}, {LINEAR}]", optimizer=adam)) == []


def test_the_run_is_checked_without_torch_too():
    text = spec("[{type: StepLR, step_size: 10}, {type: LambdaLR, lr_lambda: '1 - t / 30'}]")
    reported = findings(text, static=True)
    assert "closed-form-member-overwrites-chain" in {f.name for f in reported}
