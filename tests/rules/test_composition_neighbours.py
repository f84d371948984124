"""Well-made compositions, of which no rule of the family says a word."""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.support.composed_specs import among
from tests.support.specs import spec

OWN = {rule.name for rule in all_rules().values() if rule.family == "composition"}


def own(text: str, torch: str = "2.13.0", least: Severity = Severity.INFO):
    """The findings of this family, down to a severity."""
    return among(OWN, text, torch, least)


GROUPS = "{type: SGD, momentum: 0.9, groups: {backbone: {lr: 0.01}, head: {lr: 0.1}}}"
WELL_MADE = [
    pytest.param(
        spec(
            "[{type: LambdaLR, lr_lambda: '0.95 ** t', groups: [backbone]},"
            " {type: StepLR, step_size: 10, groups: [head]}]",
            optimizer=GROUPS,
        ),
        id="one-scheduler-per-group",
    ),
    pytest.param(
        spec(
            "[{type: LinearLR, start_factor: 0.1, total_iters: 3, groups: [backbone]},"
            " {type: LinearLR, start_factor: 0.1, total_iters: 5, groups: [head]}]",
            optimizer=GROUPS,
        ),
        id="a-warm-up-per-group",
    ),
    pytest.param(
        spec(
            "[{type: WarmupCosine, interval: step, warmup_steps: 2ep, total_steps: 100%},"
            " {type: CosineParamScheduler, interval: step, param_group_field: weight_decay,"
            " end_value: 0.4, total_steps: 100%}]",
            optimizer="{type: AdamW, lr: 5e-4, weight_decay: 0.04}",
        ),
        id="rate-and-weight-decay",
    ),
    pytest.param(
        spec(
            "[{type: WarmupConstantSchedule, interval: step, warmup_steps: 3ep}, {type:"
            " LinearParamScheduler, interval: step, param_group_field: momentum, start_value: 0.8,"
            " end_value: 0.937, total_steps: 3ep}]"
        ),
        id="rate-and-momentum",
    ),
    pytest.param(
        spec(
            "[{type: LinearLR, start_factor: 0.001, total_iters: 50, interval: step},"
            " {type: MultiStepLR, milestones: [16, 22]}]",
            epochs=26,
            steps_per_epoch=100,
        ),
        id="detection-warm-up-in-the-first-epoch",
    ),
    pytest.param(
        spec(
            "[{type: LambdaLR, lr_lambda: '0.95 ** epoch'}, {type: LinearLR, start_factor: 0.001,"
            " total_iters: 50, interval: step}]",
            epochs=26,
            steps_per_epoch=100,
        ),
        id="warm-up-over-before-the-lambda-ticks",
    ),
    pytest.param(
        spec(
            "[{type: LinearLR, start_factor: 0.01, total_iters: 500, interval: step},"
            " {type: CosineAnnealingLR, T_max: 90}]",
            epochs=90,
            steps_per_epoch=1000,
        ),
        id="warm-up-per-step-cosine-per-epoch",
    ),
    pytest.param(
        spec(
            "[{type: LinearLR, start_factor: 0.01, total_iters: 3ep, interval: step},"
            " {type: ReduceLROnPlateau, patience: 4, monitor: loss}]",
            rest="metrics: {loss: {expr: 'max(0.3, 1 / (1 + 0.3 * epoch))'}}",
        ),
        id="warm-up-and-plateau",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, interval: step, milestones: [5ep], schedulers: [{type: LinearLR,"
            " start_factor: 0.01, total_iters: 5ep}, {type: CosineAnnealingLR, T_max: 25ep}]}"
        ),
        id="warm-up-then-cosine",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, interval: step, milestones: [10%, 80%], schedulers: [{type:"
            " LinearLR, start_factor: 1e-3, total_iters: 10%}, {type: ConstantLR, factor: 1.0},"
            " {type: LinearLR, start_factor: 1.0, end_factor: 0.01, total_iters: 20%}]}"
        ),
        id="warm-up-stable-decay",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, interval: step, milestones: [80%], schedulers: [{type: LinearLR,"
            " start_factor: 1e-3, total_iters: 10%}, {type: PolynomialLR, total_iters: 20%}]}"
        ),
        id="warm-up-stable-decay-in-two-phases",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, milestones: [5], schedulers: [{type: LinearLR, start_factor: 0.1,"
            " total_iters: 5}, {type: MultiStepLR, milestones: [10, 18]}]}"
        ),
        id="warm-up-then-multistep",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, milestones: [5], schedulers: [{type: LinearLR, start_factor: 0.1,"
            " total_iters: 5}, {type: CosineAnnealingWarmRestarts, T_0: 25}]}"
        ),
        id="warm-up-then-restarts",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, milestones: [24], schedulers: [{type: CosineAnnealingLR,"
            " T_max: 24}, {type: SWALR, swa_lr: 0.05, anneal_epochs: 3}]}"
        ),
        id="cosine-then-averaging",
    ),
    pytest.param(
        spec(
            "{type: ChainedScheduler, schedulers: [{type: CosineAnnealingLR, T_max: 30},"
            " {type: MultiStepLR, milestones: [20], gamma: 0.5}]}"
        ),
        id="a-product-of-decays",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, milestones: [3], schedulers: [{type: ChainedScheduler,"
            " schedulers: [{type: LinearLR, start_factor: 0.1, total_iters: 3}, {type: ConstantLR,"
            " factor: 1.0}]}, {type: CosineAnnealingLR, T_max: 27}]}"
        ),
        id="chained-as-the-first-member",
    ),
    pytest.param(
        spec(
            "{type: SequentialLR, interval: step, milestones: [4], schedulers: [{type: LinearLR,"
            " start_factor: 0.25, total_iters: 4}, {type: CosineAnnealingLR, T_max: 6}]}",
            epochs=1,
            steps_per_epoch=10,
        ),
        id="ten-steps",
    ),
]


@pytest.mark.parametrize("text", WELL_MADE)
def test_well_made_compositions_are_silent(text):
    assert own(text) == []


@pytest.mark.parametrize("torch", ["1.12.1", "1.13.1", "2.4.1", "2.8.0", "2.13.0"])
@pytest.mark.parametrize("text", WELL_MADE)
def test_no_release_makes_them_worse(text, torch):
    allowed = {"sequential-legacy-initial-lr-clobber"} if torch == "1.12.1" else set()
    assert {f.name for f in own(text, torch, Severity.WARNING)} <= allowed
