"""Ordinary, well-made schedules that no rule about warm-ups and ends of runs may complain of."""

from __future__ import annotations

from tests.support import specs
from tests.support.specs import SGD

VISION = "{epochs: 90, steps_per_epoch: 500}"
SHORT = "{epochs: 3, steps_per_epoch: 400}"
STEPS = "{steps: 20000}"
ADAMW = "{type: AdamW, lr: 1e-4}"


def spec(training: str, scheduler: str, optimizer: str = SGD, extra: str = "") -> str:
    """A whole spec around one scheduler."""
    return specs.spec(scheduler, training=training, optimizer=optimizer, rest=extra)


def sequence(*members: str, milestones: str, interval: str = "epoch") -> str:
    """A SequentialLR of ``members`` on one line."""
    inner = ", ".join(members)
    return (
        f"{{type: SequentialLR, interval: {interval}, milestones: {milestones},"
        f" schedulers: [{inner}]}}"
    )


RAMP = "{type: LinearLR, start_factor: 0.01, total_iters: 5}"
RAMP_STEPS = "{type: LinearLR, start_factor: 0.001, total_iters: 1000}"
GROUPS = "{type: AdamW, lr: 1e-3, groups: {backbone: {lr: 1e-4}, head: {lr: 1e-3}}}"
LOSS = 'metrics: {val_loss: {expr: "1 / (1 + min(epoch, 20))"}}'

SILENT = {
    "constant": spec(VISION, "null"),
    "step decay": spec(VISION, "{type: StepLR, step_size: 30}"),
    "step decay every tick, one factor": spec(SHORT, "{type: StepLR, step_size: 1, gamma: 0.7}"),
    "milestones": spec(VISION, "{type: MultiStepLR, milestones: [30, 60, 80]}"),
    "milestones of detection": spec(
        "{epochs: 12, steps_per_epoch: 500}", "{type: MultiStepLR, milestones: [8, 11]}"
    ),
    "milestones as shares": spec(STEPS, "{type: MultiStepLR, milestones: [50%, 75%]}"),
    "milestones in steps": spec(STEPS, "{type: MultiStepLR, milestones: [12000, 16000]}"),
    "milestones in whole epochs, per step": spec(
        VISION, "{type: MultiStepLR, milestones: [30ep, 60ep], interval: step}"
    ),
    "one milestone before a round number": spec(VISION, "{type: MultiStepLR, milestones: [79]}"),
    "cosine per epoch": spec(VISION, "{type: CosineAnnealingLR, T_max: 90}"),
    "cosine that uses its floor": spec(
        VISION, "{type: CosineAnnealingLR, T_max: 89, eta_min: 1e-5}"
    ),
    "cosine per step": spec(VISION, "{type: CosineAnnealingLR, T_max: 100%, interval: step}"),
    "cosine per step to a floor": spec(
        STEPS, "{type: CosineAnnealingLR, T_max: 20000, eta_min: 1e-5}", ADAMW
    ),
    "cosine to a tenth": spec(VISION, "{type: CosineAnnealingLR, T_max: 90, eta_min: 0.01}"),
    "cosine as a wave of three half periods": spec(VISION, "{type: CosineAnnealingLR, T_max: 30}"),
    "warm-up and cosine": spec(
        VISION, sequence(RAMP, "{type: CosineAnnealingLR, T_max: 85}", milestones="[5]")
    ),
    "warm-up and cosine that uses its floor": spec(
        VISION,
        sequence(RAMP, "{type: CosineAnnealingLR, T_max: 84, eta_min: 1e-5}", milestones="[5]"),
    ),
    "warm-up and cosine per step": spec(
        STEPS,
        sequence(
            RAMP_STEPS,
            "{type: CosineAnnealingLR, T_max: 19000}",
            milestones="[1000]",
            interval="step",
        ),
    ),
    "warm-up and milestones": spec(
        VISION, sequence(RAMP, "{type: MultiStepLR, milestones: [25, 55]}", milestones="[5]")
    ),
    "warm-up and step decay": spec(
        VISION, sequence(RAMP, "{type: StepLR, step_size: 30}", milestones="[5]")
    ),
    "warm-up and exponential": spec(
        VISION, sequence(RAMP, "{type: ExponentialLR, gamma: 0.95}", milestones="[5]")
    ),
    "warm-up and inverse square root": spec(
        STEPS,
        sequence(
            RAMP_STEPS,
            '{type: LambdaLR, lr_lambda: "(1000 / (step + 1000)) ** 0.5"}',
            milestones="[1000]",
            interval="step",
        ),
    ),
    "warm-up, stable, decay": spec(
        STEPS,
        sequence(
            RAMP_STEPS,
            "{type: ConstantLR, factor: 1.0, total_iters: 15000}",
            "{type: LinearLR, start_factor: 1.0, end_factor: 0.1, total_iters: 4000}",
            milestones="[1000, 16000]",
            interval="step",
        ),
    ),
    "warm-up in a chain with cosine": spec(
        VISION,
        "{type: ChainedScheduler, schedulers: [{type: LinearLR, start_factor: 0.01,"
        " total_iters: 2}, {type: CosineAnnealingLR, T_max: 90}]}",
    ),
    "half up, half down": spec(
        "{steps: 1000}",
        sequence(
            "{type: LinearLR, start_factor: 0.1, total_iters: 500}",
            "{type: LinearLR, start_factor: 1.0, end_factor: 0.1, total_iters: 500}",
            milestones="[500]",
            interval="step",
        ),
    ),
    "gradual warm-up and cosine": spec(
        VISION,
        "{type: GradualWarmupScheduler, multiplier: 8, total_epoch: 5, after_scheduler:"
        " {type: CosineAnnealingLR, T_max: 85}}",
    ),
    "warm restarts that end aligned": spec(
        "{epochs: 70, steps_per_epoch: 100}",
        "{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2}",
    ),
    "one cycle": spec(
        VISION, "{type: OneCycleLR, max_lr: 0.1, total_steps: 45000, interval: step}"
    ),
    "one cycle as a product": spec(
        VISION,
        "{type: OneCycleLR, max_lr: 0.1, epochs: 90, steps_per_epoch: 500, interval: step}",
    ),
    "one cycle with a stated share": spec(
        STEPS, "{type: OneCycleLR, max_lr: 0.1, total_steps: 100%, pct_start: 0.1}"
    ),
    "one cycle with a call to spare": spec(
        STEPS, "{type: OneCycleLR, max_lr: 0.1, total_steps: 20001}"
    ),
    "one cycle on accumulated batches": spec(
        "{epochs: 10, batches_per_epoch: 1001, accumulate: 4}",
        "{type: OneCycleLR, max_lr: 0.1, epochs: 10, steps_per_epoch: 251, interval: step}",
    ),
    "three phases": spec(
        STEPS, "{type: OneCycleLR, max_lr: 0.1, total_steps: 20000, three_phase: true}"
    ),
    "polynomial": spec(VISION, "{type: PolynomialLR, total_iters: 90, power: 0.9}"),
    "polynomial per step": spec(STEPS, "{type: PolynomialLR, total_iters: 20000, power: 0.9}"),
    "fine-tuning, straight to 0 per step": spec(
        SHORT,
        "{type: LinearLR, start_factor: 1.0, end_factor: 0.0, total_iters: 100%, interval: step}",
        ADAMW,
    ),
    "fine-tuning, straight to 0 per epoch": spec(
        SHORT, "{type: LinearLR, start_factor: 1.0, end_factor: 0.0, total_iters: 3}", ADAMW
    ),
    "one epoch with a warm-up": spec(
        "{epochs: 1, steps_per_epoch: 400}",
        sequence(
            "{type: LinearLR, start_factor: 0.1, total_iters: 40}",
            "{type: LinearLR, start_factor: 1.0, end_factor: 0.0, total_iters: 360}",
            milestones="[40]",
            interval="step",
        ),
        ADAMW,
    ),
    "ten steps with a cosine": spec("{steps: 10}", "{type: CosineAnnealingLR, T_max: 10}"),
    "ten steps with a one-cycle": spec(
        "{steps: 10}", "{type: OneCycleLR, max_lr: 0.1, total_steps: 10}"
    ),
    "one epoch, exponential": spec(
        "{epochs: 1, steps_per_epoch: 100}", "{type: ExponentialLR, gamma: 0.9}"
    ),
    "lambda of a step per epoch": spec(VISION, '{type: LambdaLR, lr_lambda: "0.95 ** epoch"}'),
    "lambda with a clamped decay": spec(
        VISION, '{type: LambdaLR, lr_lambda: "max(0, 1 - epoch / 90)"}'
    ),
    "lambda with an exact power": spec(
        VISION, '{type: LambdaLR, lr_lambda: "(1 - epoch / 90) ** 0.9"}'
    ),
    "lambda that keeps a constant for half, then falls to 0": spec(
        "{epochs: 200, steps_per_epoch: 10}",
        '{type: LambdaLR, lr_lambda: "1 - max(0, epoch - 100) / 101"}',
        "{type: Adam, lr: 2e-4, betas: [0.5, 0.999]}",
    ),
    "lambda warm-up that starts above 0": spec(
        STEPS,
        '{type: LambdaLR, lr_lambda: "min((step + 1) / 1001, 1.0 if step < 1000 else'
        ' 0.5 * (1 + cos(pi * (step - 1000) / 19000)))"}',
    ),
    "noam": spec(
        STEPS,
        '{type: LambdaLR, lr_lambda: "512 ** -0.5 * min((step + 1) ** -0.5,'
        ' (step + 1) * 4000 ** -1.5)"}',
        "{type: Adam, lr: 1.0}",
    ),
    "noam with a factor of 2": spec(
        STEPS,
        '{type: LambdaLR, lr_lambda: "2 * 512 ** -0.5 * min(max(1, step) ** -0.5,'
        ' max(1, step) * 4000 ** -1.5)"}',
        "{type: Adam, lr: 1.0}",
    ),
    "inverse square root that is 1 at its peak": spec(
        STEPS,
        '{type: LambdaLR, lr_lambda: "min((step + 1) / 1001, (1000 / max(step, 1)) ** 0.5)"}',
        "{type: AdamW, lr: 5e-6}",
    ),
    "range test": spec("{steps: 100}", '{type: LambdaLR, lr_lambda: "1.1 ** step"}', ADAMW),
    "range test, exponential": spec("{steps: 100}", "{type: ExponentialLR, gamma: 1.1}", ADAMW),
    "a group frozen for ten epochs": spec(
        VISION,
        '{type: LambdaLR, lr_lambda: {backbone: "0 if epoch < 10 else 1", head: "1"}}',
        GROUPS,
    ),
    "a group frozen, then warmed up": spec(
        VISION,
        '{type: LambdaLR, lr_lambda: {backbone: "max(0, min(1, (epoch - 9) / 5))", head: "1"}}',
        GROUPS,
    ),
    "schedulers per group": spec(
        VISION,
        "[{type: CosineAnnealingLR, T_max: 90, groups: [backbone]},"
        " {type: StepLR, step_size: 30, groups: [head]}]",
        GROUPS,
    ),
    "plateau": spec(VISION, "{type: ReduceLROnPlateau, patience: 3}", ADAMW, LOSS),
    "cyclic": spec(STEPS, "{type: CyclicLR, base_lr: 0.001, max_lr: 0.1, step_size_up: 2000}"),
    "a plan cut short: milestones": spec(
        "{epochs: 20, steps_per_epoch: 100, horizon: 90}",
        "{type: MultiStepLR, milestones: [30, 60]}",
    ),
    "a plan cut short: cosine": spec(
        "{epochs: 20, steps_per_epoch: 100, horizon: 90}",
        "{type: CosineAnnealingLR, T_max: 90, eta_min: 1e-5}",
    ),
    "a plan cut short: one cycle": spec(
        "{steps: 1000, horizon: 20000}", "{type: OneCycleLR, max_lr: 0.1, total_steps: 100%}"
    ),
    "a plan cut short: its warm-up": spec(
        "{steps: 1000, horizon: 20000}",
        "{type: LinearLR, start_factor: 0.1, total_iters: 2000}",
    ),
    "every second epoch": spec(VISION, "{type: CosineAnnealingLR, T_max: 45, frequency: 2}"),
    "capped in the middle of an epoch": spec(
        "{epochs: 10, steps_per_epoch: 100, steps: 950}", "{type: CosineAnnealingLR, T_max: 10}"
    ),
    "weight decay that rises": spec(
        VISION,
        "[{type: CosineAnnealingLR, T_max: 90}, {type: CosineParamScheduler,"
        " param_group_field: weight_decay, end_value: 0.4, total_steps: 90}]",
        "{type: AdamW, lr: 1e-3, weight_decay: 0.04}",
    ),
    "warm-up from 0 per step": spec(
        STEPS, "{type: WarmupCosine, warmup_steps: 500, total_steps: 20000}"
    ),
    "warm-up from 0 on ten steps": spec(
        "{steps: 10}", "{type: WarmupCosine, warmup_steps: 2, total_steps: 10}"
    ),
    "inverse square root": spec(STEPS, "{type: InverseSqrtScheduler, warmup_steps: 1000}"),
}
"""By what they are: schedules that must draw no finding at all from these rules."""

MENTIONED = {
    "a last milestone at the end": (
        spec(VISION, "{type: MultiStepLR, milestones: [30, 60, 90]}"),
        {"milestones-beyond-run"},
    ),
    "one epoch of a decay per epoch": (
        spec("{epochs: 1, steps_per_epoch: 100}", "{type: StepLR, step_size: 1, gamma: 0.7}"),
        {"milestones-beyond-run"},
    ),
    "cosine over three epochs": (
        spec(SHORT, "{type: CosineAnnealingLR, T_max: 3}"),
        {"cosine-floor-never-used"},
    ),
    "warm-up from a tick above 0": (
        spec(
            STEPS,
            "{type: LambdaLR, lr_lambda: "
            '"(step + 1) / 1000 if step < 1000 else 1 - (step - 1000) / 19000"}',
        ),
        {"warmup-peak-off-by-one"},
    ),
    "a short warm-up that is not subtracted": (
        spec(
            STEPS,
            sequence(
                RAMP_STEPS,
                "{type: CosineAnnealingLR, T_max: 20000}",
                milestones="[1000]",
                interval="step",
            ),
        ),
        {"warmup-not-subtracted-from-decay"},
    ),
    "cosine one tick short": (
        spec(VISION, "{type: CosineAnnealingLR, T_max: 88}"),
        {"cosine-past-t-max-rises"},
    ),
    "milestones out of order": (
        spec(VISION, "{type: MultiStepLR, milestones: [60, 30]}"),
        {"milestones-unsorted-or-duplicate"},
    ),
    "a ramp of five epochs by default": (
        spec(VISION, "{type: LinearLR, start_factor: 0.1}"),
        {"surprising-defaults-constant-linear-polynomial"},
    ),
}
"""Schedules that are in order, with what is worth knowing about them (infos only)."""
