"""Lengths of other packages' schedulers: what is recognised, and what is left alone.

The rules of this family need no curve, so that none of the packages has to be installed.
"""

from __future__ import annotations

import pytest

from lrplan.finding import Severity
from tests.support.unit_specs import SHARED, WINDOWS, only, spec, units

RUN = "epochs: 90, steps_per_epoch: 100"
ADAMW = "{type: AdamW, lr: 1e-3}"
IGNITE = "ignite:CosineAnnealingScheduler, param_name: lr, start_value: 1, end_value: 0"
MAX_LR = "warmup_max_lr: 1e-3, warmup_type: linear"


def text(training, scheduler, interval):
    kind, comma, rest = scheduler.partition(",")
    return spec(training, f'{{type: "{kind}", interval: {interval}{comma}{rest}}}', ADAMW)


EPOCHS_PER_STEP = {
    "transformers:cosine, num_warmup_steps: 5, num_training_steps: 90": (
        "the lr comes up again 52 times"  # (9,000 - 5) // (2 * 85)
    ),
    "transformers:linear, num_warmup_steps: 5, num_training_steps: 90": "0 from step 90 on",
    "diffusers:linear, num_warmup_steps: 5, num_training_steps: 90": "0 from step 90 on",
    "transformers:polynomial, num_warmup_steps: 0, num_training_steps: 90": "over at step 90",
    "transformers:cosine_with_min_lr, num_warmup_steps: 0, num_training_steps: 90, min_lr: 1e-5": (
        "the lr comes up again 50 times"
    ),
    "transformers:cosine, num_warmup_steps: 5ep, num_training_steps: 90": (
        "it is over before its warm-up"
    ),
    "timm:CosineLRScheduler, t_initial: 90, warmup_t: 5, t_in_epochs: false": "over at step 90",
    (
        "timm:CosineLRScheduler, t_initial: 85, warmup_t: 5, warmup_prefix: true,"
        " t_in_epochs: false"
    ): "over at step 90",
    "timm:WSDLRScheduler, t_initial: 85, decay_t: 20, warmup_t: 5, t_in_epochs: false": (
        "over at step 90"
    ),
    "timm:MultiStepLRScheduler, decay_t: [30, 60], decay_rate: 0.1, t_in_epochs: false": (
        "the last cut comes in epoch 0"
    ),
    f"deepspeed:WarmupDecayLR, total_num_steps: 90, warmup_num_steps: 5, {MAX_LR}": (
        "over at step 90"
    ),
    "mmengine:CosineAnnealingLR, end: 90": "over at step 90",
    "mmengine:OneCycleLR, eta_max: 0.01, total_steps: 90": (
        "mmengine raises ValueError after step 90"
    ),
    "mmengine:StepLR, step_size: 30": "a millionth of its base or less from step 180 on",
    f"{IGNITE}, cycle_size: 10": "there are 900 cycles",
}


@pytest.mark.parametrize("scheduler", EPOCHS_PER_STEP)
def test_epochs_on_a_faster_clock_are_recognised(scheduler):
    finding = only(text(RUN, scheduler, "step"))
    assert finding.name == "horizon-in-epochs-stepped-per-step"
    assert EPOCHS_PER_STEP[scheduler] in finding.message


STEPS_PER_EPOCH = (
    "transformers:cosine, num_warmup_steps: 500, num_training_steps: 9000",
    "transformers:inverse_sqrt, num_warmup_steps: 1000",
    "timm:CosineLRScheduler, t_initial: 9000, warmup_t: 500",
    "timm:CosineLRScheduler, t_initial: 3000, cycle_limit: 3",
    "timm:StepLRScheduler, decay_t: 1000, decay_rate: 0.1",
    "timm:MultiStepLRScheduler, decay_t: [3000, 6000], decay_rate: 0.1",
    f"deepspeed:WarmupDecayLR, total_num_steps: 9000, warmup_num_steps: 500, {MAX_LR}",
    "deepspeed:WarmupLR, warmup_type: linear",
    "deepspeed:OneCycle, cycle_min_lr: 1e-4, cycle_max_lr: 1e-3",
    "mmengine:CosineAnnealingLR, T_max: 9000",
    "mmengine:CosineRestartLR, periods: [3000, 6000], restart_weights: [1, 1], eta_min: 0",
)


@pytest.mark.parametrize("scheduler", STEPS_PER_EPOCH)
def test_steps_on_a_slower_clock_are_recognised(scheduler):
    finding = only(text(RUN, scheduler, "epoch"))
    assert (finding.name, finding.severity) == (
        "horizon-in-steps-stepped-per-epoch",
        Severity.ERROR,
    )
    assert finding.fix.startswith("interval: step")
    assert ("t_in_epochs: false" in finding.fix) is scheduler.startswith("timm:")


BATCHES = (
    "transformers:cosine, num_warmup_steps: 313, num_training_steps: 12510",
    "timm:CosineLRScheduler, t_initial: 12510, t_in_epochs: false",
    (
        "timm:CosineLRScheduler, t_initial: 12197, warmup_t: 313, warmup_prefix: true,"
        " t_in_epochs: false"
    ),
    "deepspeed:WarmupCosineLR, total_num_steps: 12510, warmup_num_steps: 100",
    "mmengine:CosineAnnealingLR, T_max: 12510, end: 12510",
    "mmengine:CosineAnnealingLR, begin: 313, T_max: 12197, end: 12510",
)


@pytest.mark.parametrize("scheduler", BATCHES)
def test_batches_where_steps_tick_are_recognised(scheduler):
    finding = only(text(WINDOWS, scheduler, "step"))
    assert (finding.name, finding.severity) == ("gradient-accumulation-horizon", Severity.ERROR)


def test_a_warm_up_in_batches_is_recognised():
    lengths = "num_warmup_steps: 1251, num_training_steps: 3130"
    finding = only(text(WINDOWS, f"transformers:cosine, {lengths}", "step"))
    assert finding.fix == "num_warmup_steps: 1ep"


def test_steps_of_one_device_are_recognised():
    scheduler = (
        "timm:CosineLRScheduler, t_initial: 7900, warmup_t: 100, warmup_prefix: true,"
        " t_in_epochs: false"
    )
    finding = only(text(SHARED, scheduler, "step"))
    assert (finding.name, finding.fix) == ("world-size-horizon", "t_initial: 900")


WELL_MADE = [
    (RUN, "step", "transformers:cosine, num_warmup_steps: 500, num_training_steps: 9000"),
    (RUN, "step", "transformers:linear, num_warmup_steps: 5, num_training_steps: 9000"),
    (RUN, "step", "transformers:cosine, num_warmup_steps: 5ep, num_training_steps: 90ep"),
    (RUN, "epoch", "transformers:cosine, num_warmup_steps: 5, num_training_steps: 90"),
    (RUN, "epoch", "transformers:constant, num_training_steps: 9000"),
    (RUN, "step", "transformers:constant_with_warmup, num_warmup_steps: 90"),
    (RUN, "step", "transformers:inverse_sqrt, num_warmup_steps: 90"),
    (RUN, "epoch", "timm:CosineLRScheduler, t_initial: 90, warmup_t: 5, warmup_lr_init: 1e-6"),
    (RUN, "epoch", "timm:CosineLRScheduler, t_initial: 300, warmup_t: 5"),
    (RUN, "step", "timm:CosineLRScheduler, t_initial: 9000, warmup_t: 500, t_in_epochs: false"),
    (RUN, "step", "timm:StepLRScheduler, decay_t: 3000, decay_rate: 0.1, t_in_epochs: false"),
    (RUN, "epoch", "timm:CosineLRScheduler, t_initial: 30, cycle_limit: 3"),
    (
        RUN,
        "step",
        f"deepspeed:WarmupDecayLR, total_num_steps: 9000, warmup_num_steps: 90, {MAX_LR}",
    ),
    (RUN, "step", "deepspeed:WarmupLR"),
    (RUN, "step", "deepspeed:OneCycle, cycle_min_lr: 1e-4, cycle_max_lr: 1e-3"),
    (RUN, "epoch", "mmengine:CosineAnnealingLR, begin: 5, end: 90"),
    (RUN, "step", "mmengine:CosineAnnealingLR, begin: 500, end: 9000"),
    (RUN, "epoch", "mmengine:MultiStepLR, milestones: [60, 80]"),
    (RUN, "step", "mmengine:PolyLR, end: 9000, power: 0.9"),
    (
        RUN,
        "step",
        f"{IGNITE}, cycle_size: 1000",
    ),
    (WINDOWS, "step", "transformers:cosine, num_warmup_steps: 313, num_training_steps: 3130"),
    (WINDOWS, "batch", "transformers:cosine, num_warmup_steps: 1251, num_training_steps: 12510"),
    (
        WINDOWS,
        "step",
        (
            "timm:CosineLRScheduler, t_initial: 2817, warmup_t: 313, warmup_prefix: true,"
            " t_in_epochs: false"
        ),
    ),
    (SHARED, "step", "transformers:linear, num_warmup_steps: 100, num_training_steps: 1000"),
    (
        SHARED + ", loop: accelerate",
        "step",
        "transformers:linear, num_warmup_steps: 800, num_training_steps: 8000",
    ),
]


@pytest.mark.parametrize(("training", "interval", "scheduler"), WELL_MADE)
def test_well_made_neighbours_are_silent(training, interval, scheduler):
    assert units(text(training, scheduler, interval)) == []


def test_a_scheduler_that_never_moves_is_told_of_that_alone():
    reported = units(text(RUN, "timm:CosineLRScheduler, t_initial: 90", "step"))
    assert reported == []


def test_fractions_of_epochs_on_a_faster_clock_are_recognised():
    scheduler = "timm:StepLRScheduler, decay_t: 30.4, decay_rate: 0.1, t_in_epochs: false"
    finding = only(text(RUN, scheduler, "step"))
    assert finding.name == "horizon-in-epochs-stepped-per-step"
    # Six cuts make a millionth, the sixth at 182.4.
    assert finding.message.startswith("decay_t 30.4 looks like epochs")
    assert finding.message.endswith("a millionth of its base or less from step 183 on")
    assert finding.fix == "decay_t: 3040, or 30.4ep"


def test_the_end_of_a_fraction_is_the_next_step():
    scheduler = (
        "timm:CosineLRScheduler, t_initial: 87.5, warmup_t: 2.25, warmup_prefix: true,"
        " t_in_epochs: false"
    )
    finding = only(text(RUN, scheduler, "step"))
    assert finding.message.startswith("t_initial 87.5 and warmup_t 2.25 look like epochs")
    assert finding.message.endswith("so the schedule is over at step 90")


def test_fractions_of_steps_on_a_slower_clock_are_recognised():
    # As timm's factory makes them: 30.4 epochs of 100 steps, and a bit.
    scheduler = "timm:StepLRScheduler, decay_t: 3040.5, decay_rate: 0.1"
    finding = only(text(RUN, scheduler, "epoch"))
    assert finding.name == "horizon-in-steps-stepped-per-epoch"
    assert finding.message.startswith("decay_t 3,040.5 looks like steps")
    assert finding.fix.endswith("or decay_t: 3040.5st")


@pytest.mark.parametrize(
    ("interval", "scheduler"),
    [
        ("epoch", "timm:StepLRScheduler, decay_t: 2.4, decay_rate: 0.97, warmup_t: 3"),
        ("step", "timm:StepLRScheduler, decay_t: 240.5, decay_rate: 0.97, t_in_epochs: false"),
        ("epoch", "timm:MultiStepLRScheduler, decay_t: [30.5, 60.5], decay_rate: 0.1"),
        ("epoch", "timm:CosineLRScheduler, t_initial: 90, noise_range_t: [37.8, 81.0]"),
    ],
)
def test_fractions_that_fit_are_left_alone(interval, scheduler):
    assert units(text(RUN, scheduler, interval)) == []


@pytest.mark.parametrize(
    ("scheduler", "said", "fix"),
    [
        ("CosineLRScheduler, t_initial: 90, warmup_t: 0.1", "warmup_t 0.1 counts ticks", "10%"),
        (
            "CosineLRScheduler, t_initial: 90, noise_range_t: [0.42, 0.9]",
            "noise_range_t 0.42, 0.9 count ticks",
            "42%, 90%",
        ),
        (
            "WSDLRScheduler, t_initial: 90, decay_t: 0.29",
            "decay_t 0.29 counts ticks and is less than one: a share of the run's 90 epochs",
            "29%",
        ),
    ],
)
def test_a_share_of_the_run_without_its_unit_is_questioned(scheduler, said, fix):
    finding = only(text(RUN, f"timm:{scheduler}", "epoch"))
    assert (finding.name, finding.severity) == ("milestones-float-or-string", Severity.WARNING)
    assert said in finding.message
    assert finding.fix.startswith(f"{fix}, if ")


@pytest.mark.parametrize(
    "scheduler", ["StepLRScheduler, decay_t: 0.4ep", "CosineLRScheduler, t_initial: 0.4ep"]
)
def test_a_duration_too_short_for_a_tick_is_told_for_fractions_too(scheduler):
    finding = only(text(RUN, f"timm:{scheduler}", "epoch"))
    assert (finding.name, finding.fix) == ("duration-rounds-to-zero", "interval: step")
