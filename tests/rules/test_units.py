"""The units of lengths: what is recognised, what is said, and what is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from lrplan.finding import Severity
from tests.support.specs import trace
from tests.support.unit_specs import (
    IMAGENET,
    SGD,
    SHARED,
    SMALL,
    WINDOWS,
    only,
    sequence,
    spec,
    units,
)

EPOCHS_PER_STEP = {
    "T_max": (SMALL, "{type: CosineAnnealingLR, T_max: 90, interval: step}"),
    "T_max-one-less": (SMALL, "{type: CosineAnnealingLR, T_max: 89, interval: step}"),
    "T_max-in-an-epoch": (IMAGENET, "{type: CosineAnnealingLR, T_max: 30, interval: step}"),
    "T_max-of-the-plan": (
        SMALL + ", horizon: 300",
        "{type: CosineAnnealingLR, T_max: 300, interval: step}",
    ),
    "T_max-per-batch": (SMALL, "{type: CosineAnnealingLR, T_max: 90, interval: batch}"),
    "T_max-every-5th-step": (
        SMALL,
        "{type: CosineAnnealingLR, T_max: 90, interval: step, frequency: 5}",
    ),
    "warm-up-and-cosine": (SMALL, sequence(5, 85)),
    "cosine-after-a-good-warm-up": (SMALL, sequence("5ep", 85)),
    "gradual-warm-up": (
        SMALL,
        (
            "{type: GradualWarmupScheduler, multiplier: 1, total_epoch: 5, interval: step,"
            " after_scheduler: {type: CosineAnnealingLR, T_max: 85}}"
        ),
    ),
    "polynomial": (SMALL, "{type: PolynomialLR, total_iters: 90, interval: step}"),
    "three-epochs-of-fine-tuning": (
        "epochs: 3, steps_per_epoch: 1000",
        "{type: LinearLR, start_factor: 1, end_factor: 0, total_iters: 3, interval: step}",
    ),
    "one-cycle": (SMALL, "{type: OneCycleLR, max_lr: 0.1, total_steps: 90, interval: step}"),
    "one-cycle-product": (
        SMALL,
        "{type: OneCycleLR, max_lr: 0.1, epochs: 90, steps_per_epoch: 1, interval: step}",
    ),
    "warmup-cosine": (
        SMALL,
        "{type: WarmupCosine, warmup_steps: 5, total_steps: 90, interval: step}",
    ),
    "stairs-at-a-third": (SMALL, "{type: StepLR, step_size: 30, interval: step}"),
    "growing-weight-decay": (
        "epochs: 100, steps_per_epoch: 50",
        "{type: StepWdScheduler, interval: step, every: 10, gamma: 1.5}",
    ),
    "milestones": (SMALL, "{type: MultiStepLR, milestones: [30, 60, 80], interval: step}"),
    "one-milestone": (SMALL, "{type: MultiStepLR, milestones: [60], interval: step}"),
    "restarts-that-fill-the-epochs": (
        "epochs: 70, steps_per_epoch: 100",
        "{type: CosineAnnealingWarmRestarts, T_0: 10, T_mult: 2, interval: step}",
    ),
    "hand-overs": (
        SMALL,
        (
            "{type: SequentialLR, interval: step, milestones: [5, 60], schedulers:"
            " [{type: LinearLR, total_iters: 5}, {type: ConstantLR, factor: 1, total_iters: 55},"
            " {type: ExponentialLR, gamma: 0.9999}]}"
        ),
    ),
    "line-as-a-formula": (SMALL, "{type: LambdaLR, lr_lambda: 1 - epoch / 90, interval: step}"),
    "clamped-line": (
        SMALL,
        "{type: LambdaLR, lr_lambda: 'max(0, 1 - epoch / 90)', interval: step}",
    ),
    "cosine-as-a-formula": (
        SMALL,
        "{type: LambdaLR, lr_lambda: 0.5 * (1 + cos(pi * epoch / 90)), interval: step}",
    ),
    "stairs-as-a-formula": (
        SMALL,
        (
            "{type: LambdaLR, lr_lambda: 1 if epoch < 30 else 0.1 if epoch < 60 else 0.01,"
            " interval: step}"
        ),
    ),
}


TINY_CYCLES = {
    "restarts": "CosineAnnealingWarmRestarts, T_0: 10",
    "triangles": "CyclicLR, base_lr: 0.01, max_lr: 0.1, step_size_up: 4",
}


@pytest.mark.parametrize("case", TINY_CYCLES)
def test_cycles_by_the_hundred_within_the_epochs_are_recognised(case):
    finding = only(spec(SMALL, f"{{type: {TINY_CYCLES[case]}, interval: step}}"))
    assert finding.name == "horizon-in-epochs-stepped-per-step"
    assert finding.severity is Severity.WARNING
    count = {"restarts": 4500 // 10, "triangles": 4500 // 8}[case]
    assert f"so there are {count} cycles, each a small part of an epoch" in finding.message
    assert (
        finding.fix
        == {"restarts": "T_0: 500, or 10ep", "triangles": "step_size_up: 200, or 4ep"}[case]
    )


@pytest.mark.parametrize("case", EPOCHS_PER_STEP)
def test_epochs_on_a_faster_clock_are_recognised(case):
    finding = only(spec(*EPOCHS_PER_STEP[case]))
    assert finding.name == "horizon-in-epochs-stepped-per-step"
    assert "epochs: the run has" in finding.message
    restarts = case == "restarts-that-fill-the-epochs"
    assert finding.severity is (Severity.WARNING if restarts else Severity.ERROR)
    assert finding.line == 5
    assert finding.column > len("    scheduler: ")


def test_it_is_told_in_the_runs_own_numbers():
    finding = only(spec(IMAGENET, "{type: CosineAnnealingLR, T_max: 90, interval: step}"))
    assert finding.message.startswith(
        "T_max 90 looks like epochs: the run has 90 epochs and 450,360 steps"
    )
    assert finding.fix == "T_max: 450360, or 90ep"
    assert finding.path == "schedules.run.scheduler.T_max"
    assert finding.step == 90


def test_one_mistake_in_three_arguments_is_told_once():
    finding = only(spec(*EPOCHS_PER_STEP["warm-up-and-cosine"]))
    assert finding.message.startswith(
        "T_max 85 and milestones 5 and total_iters 5 look like epochs"
    )
    assert finding.path.endswith("schedulers[1].T_max")


STEPS_PER_EPOCH = {
    "T_max": (SMALL, "{type: CosineAnnealingLR, T_max: 4500}"),
    "warm-up-and-cosine": (SMALL, sequence(500, 4000, "interval: epoch")),
    "half-the-run": (SMALL, "{type: PolynomialLR, total_iters: 2500}"),
    "one-cycle": (SMALL, "{type: OneCycleLR, max_lr: 0.1, total_steps: 4500}"),
    "one-cycle-product": (
        SMALL,
        "{type: OneCycleLR, max_lr: 0.1, epochs: 90, steps_per_epoch: 50}",
    ),
    "triangles-by-default": (
        "epochs: 50, steps_per_epoch: 500",
        "{type: CyclicLR, base_lr: 1e-4, max_lr: 1e-1}",
    ),
    "warm-up": (
        "epochs: 10, steps_per_epoch: 1000",
        "{type: LinearLR, start_factor: 0.01, total_iters: 500}",
    ),
    "inverse-sqrt": (
        "epochs: 10, steps_per_epoch: 400",
        "{type: InverseSqrtScheduler, warmup_steps: 400}",
    ),
    "stairs": (SMALL, "{type: StepLR, step_size: 1500}"),
    "milestones": (SMALL, "{type: MultiStepLR, milestones: [1500, 3000]}"),
    "restarts": (SMALL, "{type: CosineAnnealingWarmRestarts, T_0: 500}"),
}


@pytest.mark.parametrize("case", STEPS_PER_EPOCH)
def test_steps_on_a_slower_clock_are_recognised(case):
    finding = only(spec(*STEPS_PER_EPOCH[case]))
    assert finding.name == "horizon-in-steps-stepped-per-epoch"
    assert finding.severity is Severity.ERROR
    assert "looks like steps" in finding.message or "look like steps" in finding.message
    assert "interval: step" in finding.fix


def test_a_length_that_frequency_stretches_is_told_at_the_frequency():
    every_50th = "{type: CosineAnnealingLR, T_max: 4500, interval: step, frequency: 50}"
    finding = only(spec(SMALL, every_50th))
    assert finding.name == "length-stretched-by-frequency"
    assert finding.path == "schedules.run.scheduler.frequency"
    assert (
        "stretches T_max 4,500: the scheduler ticks once in 50 steps, 90 times" in finding.message
    )


def test_steps_are_told_with_both_clocks():
    finding = only(spec(*STEPS_PER_EPOCH["T_max"]))
    assert finding.message == (
        "T_max 4,500 looks like steps: the run has 4,500 steps, but the scheduler ticks once per"
        " epoch, 90 times in all, so the run sees 2% of the schedule"
    )
    assert finding.fix == "interval: step, or T_max: 90"


@pytest.mark.parametrize(
    ("horizon", "said"), [("", "error"), (", horizon: 500", "warning"), (", horizon: 4500", None)]
)
def test_a_horizon_excuses_what_it_covers(horizon, said):
    reported = units(spec(SMALL + horizon, "{type: CosineAnnealingLR, T_max: 4500}"))
    assert [each.severity.value for each in reported] == ([said] if said else [])


def test_far_beyond_any_run_is_not_called_steps():
    finding = only(spec(SMALL, "{type: CosineAnnealingLR, T_max: 100000}"))
    assert "is far beyond the run of 4,500 steps" in finding.message
    assert finding.severity is Severity.WARNING


COUNTED_BATCHES = {
    "cosine": "{type: CosineAnnealingLR, T_max: 12510, interval: step}",
    "less-the-warm-up": sequence(3130, 12510 - 3130),
    "one-cycle": "{type: OneCycleLR, max_lr: 0.1, total_steps: 12510, interval: step}",
    "cuts-that-never-come": (
        "{type: MultiStepLR, milestones: [3753, 7506], interval: step}"  # 3 and 6 epochs
    ),
}


@pytest.mark.parametrize("case", COUNTED_BATCHES)
def test_batches_where_steps_tick_are_recognised(case):
    finding = only(spec(WINDOWS, COUNTED_BATCHES[case]))
    assert finding.name == "gradient-accumulation-horizon"
    assert finding.severity is Severity.ERROR
    assert "12,510 batches make 3,130 steps, so the schedule is 4 times too long" in finding.message


def test_steps_where_batches_tick_are_recognised():
    finding = only(spec(WINDOWS, "{type: PolynomialLR, total_iters: 3130, interval: batch}"))
    assert finding.name == "gradient-accumulation-horizon"
    assert "over 4 times too early" in finding.message
    assert finding.fix == "interval: step, or total_iters: 12510, or 3130st"


def test_a_warm_up_of_whole_epochs_of_batches_is_questioned():
    scheduler = "{type: WarmupCosine, warmup_steps: 6255, total_steps: 100%, interval: step}"
    reported = units(spec(WINDOWS, scheduler.replace("6255", "1251")))
    assert [each.severity for each in reported] == [Severity.WARNING]
    assert "the warm-up takes 4 epochs" in reported[0].message
    assert reported[0].fix == "warmup_steps: 1ep"


EVEN = "epochs: 10, batches_per_epoch: 1252, accumulate: 4"  # 313 steps an epoch, 3,130 in all
WARMUPS = {
    "a-third-of-the-run": (EVEN, "warmup_steps: 1252, total_steps: 3130", "1ep", "4 epochs"),
    "three-digits": (
        "epochs: 10, batches_per_epoch: 1250, accumulate: 4",
        "warmup_steps: 1250, total_steps: 3130",
        "1ep",
        "3.99 epochs",
    ),
    "a-tenth-of-the-batches": (
        "steps: 2500, accumulate: 4",
        "warmup_steps: 1000, total_steps: 2500",
        "10%",
        "40% of 2,500 steps",
    ),
}


@pytest.mark.parametrize("case", WARMUPS)
def test_a_warm_up_in_batches_is_questioned_where_the_decay_is_right(case):
    training, lengths, fix, said = WARMUPS[case]
    finding = only(spec(training, f"{{type: WarmupCosine, {lengths}, interval: step}}"))
    assert (finding.name, finding.severity) == ("gradient-accumulation-horizon", Severity.WARNING)
    assert finding.message.endswith(f"the warm-up takes {said}")
    assert finding.fix == f"warmup_steps: {fix}"


def test_a_warm_up_in_steps_is_questioned_where_batches_tick():
    scheduler = "{type: WarmupCosine, warmup_steps: 313, total_steps: 12510, interval: batch}"
    finding = only(spec(WINDOWS, scheduler))
    assert "313 is 1 epoch of 313 steps each" in finding.message
    assert "takes 0.25 epochs" in finding.message


def test_the_milestone_goes_with_the_warm_up():
    finding = only(spec(WINDOWS, sequence(1251, 3130 - 1251)))
    assert finding.fix == "total_iters: 1ep, with the milestone there and the decay over the rest"


FORMULAS = {
    "cosine": "0.5 * (1 + cos(pi * step / {}))",
    "line": "1 - step / {}",
    "clamped-line": "max(0, 1 - step / {})",
    "warmed-up": "min(1, step / 300) * (1 + cos(pi * step / {})) / 2",
}


@pytest.mark.parametrize("case", FORMULAS)
@pytest.mark.parametrize(
    ("interval", "wrong", "right"), [("step", 12510, 3130), ("batch", 3130, 12510)]
)
def test_formulas_that_count_the_other_thing_are_recognised(case, interval, wrong, right):
    def text(total):
        formula = FORMULAS[case].format(total)
        return spec(WINDOWS, f'{{type: LambdaLR, lr_lambda: "{formula}", interval: {interval}}}')

    finding = only(text(wrong))
    assert (finding.name, finding.severity) == ("gradient-accumulation-horizon", Severity.ERROR)
    assert f"comes down by tick {wrong:,}" in finding.message
    assert units(text(right)) == []
    assert units(text(round(wrong * 0.94))) == []


UNEVEN = "epochs: 30, batches_per_epoch: 10, accumulate: 4"


@pytest.mark.parametrize(
    ("training", "told"),
    [
        (UNEVEN, True),
        (UNEVEN + ", drop_last: true", False),
        (UNEVEN + ", last_window: step", False),
        (UNEVEN + ", last_window: carry", False),
        (UNEVEN + ", loop: transformers", False),
        (UNEVEN + ", loop: lightning", True),
        (WINDOWS, False),
        ("epochs: 30, batches_per_epoch: 3, accumulate: 4", False),
    ],
)
def test_a_short_last_window_is_mentioned_where_it_weighs(training, told):
    reported = units(spec(training, "{type: StepLR, step_size: 10}"))
    assert [(each.name, each.severity) for each in reported] == (
        [("partial-accumulation-window", Severity.INFO)] if told else []
    )
    if told:
        assert reported[0].message.endswith("its gradient is 50% of theirs")


def test_the_other_rounding_of_the_last_window_is_recognised():
    dropped = "epochs: 30, batches_per_epoch: 10, accumulate: 4"
    finding = only(spec(dropped, "{type: CosineAnnealingLR, T_max: 60, interval: step}"))
    assert finding.name == "partial-accumulation-window"
    assert finding.severity is Severity.WARNING
    assert "of 60 steps; this one steps with the short last window and has 90" in finding.message
    carried = only(spec(dropped, "{type: CosineAnnealingLR, T_max: 75, interval: step}"))
    assert "fits a loop that carries it over, of 75 steps" in carried.message
    raises = spec(dropped, "{type: OneCycleLR, max_lr: 0.1, total_steps: 60, interval: step}")
    assert only(raises, static=False).severity is Severity.ERROR


@pytest.mark.parametrize(
    ("training", "total", "said"),
    [
        (SHARED, 8000, "so the schedule is 8 times too long"),
        (SHARED + ", accumulate: 2", 4000, "so the schedule is 8 times too long"),
        (SHARED + ", accumulate: 2", 8000, "so the schedule is 16 times too long"),
        ("epochs: 10, steps_per_epoch: 100, world_size: 4", 4000, "4 times too long"),
        (SHARED, 125, "divided by 8 devices once more"),
    ],
)
def test_steps_of_another_number_of_devices_are_recognised(training, total, said):
    finding = only(spec(training, f"{{type: PolynomialLR, total_iters: {total}, interval: step}}"))
    assert finding.name == "world-size-horizon"
    assert said in finding.message


def test_with_as_many_devices_as_batches_a_window_it_is_told_once():
    text = spec(
        SHARED + ", accumulate: 8, last_window: step",
        "{type: CosineAnnealingLR, T_max: 1000, interval: step}",
    )
    assert only(text).name == "gradient-accumulation-horizon"


DECAYS = {
    "exponential": "ExponentialLR, gamma: 0.95",
    "stairs-of-one": "StepLR, step_size: 1, gamma: 0.95",
    "formula": "LambdaLR, lr_lambda: 0.95 ** epoch",
    "product": "MultiplicativeLR, lr_lambda: 0.95",
}


@pytest.mark.parametrize("case", DECAYS)
def test_a_decay_per_update_is_told_with_the_step_at_which_it_is_over(case):
    scheduler = f"{{type: {DECAYS[case]}, interval: step}}"
    finding = only(spec("epochs: 10, steps_per_epoch: 1000", scheduler))
    assert finding.name == "exponential-decay-per-update"
    # Independent of lrplan: torch's curve itself.
    rates = trace(f"optimizer: {SGD}\nscheduler: {scheduler}", "epochs: 2, steps_per_epoch: 500")
    assert finding.step == np.argmax(rates.lr["all"] < 1e-6 * 0.1) == 270
    assert "after 270 of 10,000 ticks" in finding.message


def test_the_root_is_given():
    finding = only(
        spec(
            "epochs: 10, steps_per_epoch: 1000",
            "{type: ExponentialLR, gamma: 0.95, interval: step}",
        )
    )
    assert "0.99994871" in finding.fix


def test_stairs_to_a_power_are_exponential():
    scheduler = "{type: LambdaLR, lr_lambda: 0.1 ** (epoch // 30), interval: step}"
    assert only(spec(SMALL, scheduler)).name == "exponential-decay-per-update"


def test_every_part_of_a_stable_schedule_gets_its_unit():
    wsd = "{type: WarmupStableDecay, warmup_steps: 5, total_steps: 90, decay_steps: 18"
    (found,) = units(spec(SMALL, f"{wsd}, interval: step}}"))
    edits = {edit.path.rpartition(".")[2]: edit.new for edit in found.edits}
    assert edits == {"total_steps": "90ep", "warmup_steps": "5ep", "decay_steps": "18ep"}


@pytest.mark.parametrize(("hold", "decay"), [(36, 4500), (360, 900), (12, 15)])
def test_parts_that_are_not_the_epochs_of_the_run_are_left_alone(hold, decay):
    stages = f"{{type: TriStage, warmup_steps: 9, hold_steps: {hold}, decay_steps: {decay}"
    assert units(spec(SMALL, f"{stages}, interval: step}}")) == []
