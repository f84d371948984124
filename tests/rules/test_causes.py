"""Each cause gives one finding, that of the most specific rule."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from tests.support.rule_runs import findings
from tests.support.unit_specs import SGD, spec

THIRTY = "epochs: 30, steps_per_epoch: 10"
WARM_UP = "{type: LinearLR, start_factor: 0.1, total_iters: 10}"
MMENGINE = '{type: "mmengine:LinearLR", start_factor: 0.1, end: 3}'
NOISE = "    metrics: {val_loss: {expr: '1 + sin(7 * step)'}}\n"
CASES = {
    "a-decay-that-vanishes-and-then-is-0": (
        "lr-vanishes",
        spec(
            "epochs: 100, steps_per_epoch: 10",
            "{type: MultiStepLR, milestones: [30, 50, 60, 70, 80], gamma: 1e-90}",
        ),
    ),
    "a-line-that-was-to-follow-its-warm-up": (
        "chained-warmup-cosine-peak-lost",
        spec(
            THIRTY,
            "{type: ChainedScheduler, schedulers:"
            f" [{WARM_UP}, {{type: PolynomialLR, total_iters: 20}}]}}",
        ),
    ),
    "a-cosine-that-was-to-follow-its-warm-up": (
        "chained-warmup-cosine-peak-lost",
        spec(
            THIRTY,
            "{type: ChainedScheduler, schedulers:"
            f" [{WARM_UP}, {{type: CosineAnnealingLR, T_max: 20}}]}}",
        ),
    ),
    "mmengine-before-a-formula-of-torch": (
        "mmengine-beside-torch",
        spec(THIRTY, f"[{MMENGINE}, {{type: LambdaLR, lr_lambda: 1 - t / 30}}]"),
    ),
    "mmengine-after-a-formula-of-torch": (
        "mmengine-beside-torch",
        spec(THIRTY, f"[{{type: LambdaLR, lr_lambda: 1 - t / 30}}, {MMENGINE}]"),
    ),
    "mmengine-beside-a-line-that-ends": (
        "mmengine-beside-torch",
        spec(THIRTY, f"[{MMENGINE}, {{type: PolynomialLR, total_iters: 20}}]"),
    ),
    "a-plateau-per-step-beside-a-warm-up": (
        "plateau-stepped-per-batch",
        spec(
            THIRTY,
            "[{type: LinearLR, start_factor: 0.1, total_iters: 100, interval: step},"
            " {type: ReduceLROnPlateau, patience: 5, interval: step}]",
        )
        + NOISE,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_only_the_cause_is_told(case):
    name, text = CASES[case]
    grave = [each.name for each in findings(text) if each.severity is not Severity.INFO]
    assert grave == [name]


def test_zero_without_vanishing_is_still_told():
    text = spec(THIRTY, "{type: PolynomialLR, total_iters: 20}", SGD)
    assert "lr-zero-for-part-of-run" in {each.name for each in findings(text)}


@pytest.mark.parametrize(
    ("scheduler", "lr", "severity"),
    [
        ("OneCycleLR, max_lr: 0.1, total_steps: 300", 1e-4, Severity.INFO),
        ("CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 50", 1e-4, Severity.INFO),
        ("OneCycleLR, max_lr: 0.1, total_steps: 300", 0.05, Severity.INFO),
        ("CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 50", 0.05, Severity.INFO),
        ("OneCycleLR, max_lr: 0.1, total_steps: 300", 0.5, Severity.WARNING),
        ("CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 50", 0.5, Severity.WARNING),
    ],
)
def test_a_rate_that_is_not_used_is_told_alike_of_both_cycles(scheduler, lr, severity):
    optimizer = f"{{type: SGD, lr: {lr}, momentum: 0.9}}"
    text = spec(THIRTY, f"{{type: {scheduler}, interval: step}}", optimizer)
    reported = [each for each in findings(text) if "is not used" in each.message]
    assert [each.severity for each in reported] == [severity]
