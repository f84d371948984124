"""Ordinary schedules whose lengths look like a mistake at most from afar."""

from __future__ import annotations

import pytest

from tests.support.unit_specs import SHARED, SMALL, WINDOWS, sequence, spec, units

WELL_MADE = {
    "stairs-per-epoch": (SMALL, "{type: StepLR, step_size: 30}"),
    "stairs-of-many-small-cuts": (
        "epochs: 100, steps_per_epoch: 100",
        "{type: StepLR, step_size: 100, gamma: 0.99, interval: step}",
    ),
    "stairs-of-tiny-cuts": (
        SMALL,
        "{type: StepLR, step_size: 2, gamma: 0.999, interval: step}",
    ),
    "cosine-per-epoch": (SMALL, "{type: CosineAnnealingLR, T_max: 90}"),
    "cosine-per-step": (SMALL, "{type: CosineAnnealingLR, T_max: 4500, interval: step}"),
    "cosine-in-epochs-with-unit": (SMALL, "{type: CosineAnnealingLR, T_max: 90ep, interval: step}"),
    "cosine-in-steps-with-unit": (SMALL, "{type: CosineAnnealingLR, T_max: 4500st}"),
    "long-waves": (SMALL, "{type: CosineAnnealingLR, T_max: 450, interval: step}"),
    "one-step-an-epoch": (
        "epochs: 90, steps_per_epoch: 1",
        "{type: CosineAnnealingLR, T_max: 90, interval: step}",
    ),
    "tick-per-epoch-by-frequency": (
        "epochs: 20, steps_per_epoch: 100",
        "{type: CosineAnnealingLR, T_max: 20, interval: step, frequency: 100}",
    ),
    "warm-up-per-step": (SMALL, sequence(250, 4250)),
    "warm-up-of-few-steps": (SMALL, sequence(5, 4495)),
    "warm-up-per-epoch": (SMALL, sequence(5, 85, "interval: epoch")),
    "warm-up-hold-decay": (
        "epochs: 300, steps_per_epoch: 20",
        (
            "{type: SequentialLR, interval: step, milestones: [100, 200], schedulers:"
            " [{type: LinearLR, start_factor: 0.01, total_iters: 100},"
            " {type: ConstantLR, factor: 1, total_iters: 100000},"
            " {type: CosineAnnealingLR, T_max: 5800}]}"
        ),
    ),
    "two-restarts-an-epoch": (
        SMALL,
        "{type: CosineAnnealingWarmRestarts, T_0: 25, interval: step}",
    ),
    "short-restarts-that-grow": (
        SMALL,
        "{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2, interval: step}",
    ),
    "restarts-longer-than-the-epochs-are-many": (
        "epochs: 5, steps_per_epoch: 1000",
        "{type: CosineAnnealingWarmRestarts, T_0: 20, interval: step}",
    ),
    "short-triangles": (
        "epochs: 5, steps_per_epoch: 1000",
        "{type: CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 20, interval: step}",
    ),
    "restarts-per-epoch": (SMALL, "{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}"),
    "one-cycle": (SMALL, "{type: OneCycleLR, max_lr: 0.1, total_steps: 4500, interval: step}"),
    "one-cycle-per-epoch": (SMALL, "{type: OneCycleLR, max_lr: 0.1, total_steps: 90}"),
    "triangles": (
        "epochs: 10, steps_per_epoch: 500",
        "{type: CyclicLR, base_lr: 0.01, max_lr: 0.1, interval: step}",
    ),
    "inverse-sqrt": (SMALL, "{type: InverseSqrtScheduler, warmup_steps: 80, interval: step}"),
    "warm-up-formula": (
        "epochs: 500, steps_per_epoch: 10",
        "{type: LambdaLR, lr_lambda: 'min(1, (step + 1) / 500)', interval: step}",
    ),
    "line-formula": (SMALL, "{type: LambdaLR, lr_lambda: 1 - step / 4500, interval: step}"),
    "power-law-formula": (
        SMALL,
        "{type: LambdaLR, lr_lambda: 1 / (1 + step) ** 2, interval: step}",
    ),
    "freeze-formula": (
        "epochs: 200, steps_per_epoch: 50",
        "{type: LambdaLR, lr_lambda: 0 if step < 100 else 1, interval: step}",
    ),
    "milestones-per-step": (
        SMALL,
        "{type: MultiStepLR, milestones: [1500, 3000], interval: step}",
    ),
    "warm-up-by-a-milestone": (
        "epochs: 160, steps_per_epoch: 50",
        "{type: MultiStepLR, milestones: [100], gamma: 10, interval: step}",
    ),
    "fine-tuning": (
        "epochs: 3, steps_per_epoch: 1000",
        "{type: LinearLR, start_factor: 1, end_factor: 0, total_iters: 3000, interval: step}",
    ),
    "one-epoch": (
        "epochs: 1, steps_per_epoch: 500",
        "{type: WarmupCosine, warmup_steps: 50, total_steps: 500, interval: step}",
    ),
    "ten-steps": ("steps: 10", "{type: WarmupCosine, warmup_steps: 2, total_steps: 10}"),
    "toy-decay": ("steps: 20", "{type: ExponentialLR, gamma: 0.1}"),
    "decay-per-epoch": (SMALL, "{type: ExponentialLR, gamma: 0.95}"),
    "gentle-decay-per-step": (SMALL, "{type: ExponentialLR, gamma: 0.999, interval: step}"),
    "decay-formula-scaled": (
        SMALL,
        "{type: LambdaLR, lr_lambda: 0.95 ** (t / 50), interval: step}",
    ),
    "plan-tried-for-an-epoch": (
        "epochs: 1, steps_per_epoch: 100",
        "{type: MultiStepLR, milestones: [30, 60]}",
    ),
    "plan-tried-for-ten-epochs": (
        "epochs: 10, steps_per_epoch: 100",
        "{type: CosineAnnealingLR, T_max: 300}",
    ),
    "milestones-of-a-longer-plan": (
        "epochs: 30, steps_per_epoch: 100",
        "{type: MultiStepLR, milestones: [150, 225]}",
    ),
    "hold-for-ever": (SMALL, "{type: ConstantLR, factor: 0.5, total_iters: 100000}"),
    "never": (SMALL, "{type: CosineAnnealingLR, T_max: 10000000000}"),
    "horizon": (SMALL + ", horizon: 300", "{type: CosineAnnealingLR, T_max: 300}"),
    "horizon-per-step": (
        SMALL + ", horizon: 300",
        "{type: CosineAnnealingLR, T_max: 15000, interval: step}",
    ),
    "accumulated": (WINDOWS, "{type: CosineAnnealingLR, T_max: 3130, interval: step}"),
    "accumulated-round-warm-up": (
        "epochs: 30, batches_per_epoch: 100, accumulate: 4",
        "{type: WarmupCosine, warmup_steps: 100, total_steps: 750, interval: step}",
    ),
    "ticked-per-batch": (WINDOWS, "{type: CosineAnnealingLR, T_max: 12510, interval: batch}"),
    "many-devices": (SHARED, "{type: CosineAnnealingLR, T_max: 1000, interval: step}"),
    "momentum-ramp": (
        "epochs: 100, steps_per_epoch: 50",
        (
            "{type: LinearParamScheduler, interval: step, param_group_field: momentum,"
            " start_value: 0.8, end_value: 0.9, total_steps: 100}"
        ),
    ),
    "growing-weight-decay": (
        "epochs: 10, steps_per_epoch: 50",
        "{type: StepWdScheduler, interval: step, every: 100, gamma: 1.1}",
    ),
    "constant": (SMALL, "[]"),
}


@pytest.mark.parametrize("case", WELL_MADE)
def test_well_made_neighbours_are_silent(case):
    assert units(spec(*WELL_MADE[case])) == []
