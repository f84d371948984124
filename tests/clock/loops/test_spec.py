"""Settings of the training loop in a spec, and the errors about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrplan.clock import Cadence, Clock, ClockError, TrainingSettings
from lrplan.errors import SpecError
from lrplan.specfile.load import load
from lrplan.text_position import InputText
from tests.support.specs import plan

CONSTANT = "optimizer: {type: SGD, lr: 0.1}"
PLATEAU = "{type: ReduceLROnPlateau%s}\nmetrics: {val_loss: {values: [1.0], then: hold}}"


def problem(training, scheduler="{type: ExponentialLR, gamma: 0.9}"):
    """The only problem of a spec."""
    body = f"training: {{{training}}}\nschedules:\n  it:\n    {CONSTANT}\n    scheduler: "
    body += scheduler.replace("\n", "\n    ") + "\n"
    with pytest.raises(SpecError) as refused:
        load(InputText("spec.yaml", body), Path())
    (finding,) = refused.value.findings
    return finding


RUN = "epochs: 3, batches_per_epoch: 10"


@pytest.mark.parametrize(
    ("training", "message", "fix"),
    [
        ("loop: lighting", "`lightning`", ""),
        ("loop: lightning, last_window: carry", "not possible in Lightning's loop", "step"),
        ("loop: transformers, last_window: drop", "not possible in the Trainer", "step"),
        (
            "loop: accelerate, last_window: drop",
            "not possible in accelerate's loop",
            "step or carry",
        ),
        ("split_batches: true", "a setting of accelerate, and this run's loop is torch", "loop:"),
        (
            "loop: lightning, step_scheduler_with_optimizer: false",
            "a setting of accelerate, and this run's loop is lightning",
            "loop: accelerate",
        ),
        ("skipped_steps: [3, 30]", "there is no step 30 in this run", "the last one is 29"),
        ("skipped_steps: [3, 4, 3]", "step 3 twice", "once"),
        ("skipped_steps: [-1]", "skipped_steps", ""),
        ("skipped_steps: 3", "skipped_steps", ""),
        ("skipped_steps: [yes]", "skipped_steps", ""),
    ],
)
def test_what_a_loop_does_not_have_is_refused(training, message, fix):
    finding = problem(f"{RUN}, {training}")
    assert message in finding.message
    assert fix in (finding.fix or "")
    assert finding.line == 1


@pytest.mark.parametrize(
    ("epochs", "message", "fix"),
    [
        ("2.5", "epochs: 2.5 is not a whole number", "write 2 or 3; only `loop: transformers`"),
        ("0.5", "epochs: 0.5 is not a whole number", "write 1; only"),
        ("0", "must be at least 1", ""),
        (".inf", "", ""),
        (".nan", "", ""),
        ("true", "integer", ""),
        ('"3"', "integer", ""),
    ],
)
def test_epochs_are_whole_except_for_the_trainer(epochs, message, fix):
    finding = problem(f"epochs: {epochs}, batches_per_epoch: 10")
    assert message in finding.message
    assert fix in (finding.fix or "")


@pytest.mark.parametrize(
    ("training", "scheduler", "message", "fix"),
    [
        (
            "loop: lightning",
            "{type: ExponentialLR, gamma: 0.9, interval: batch}",
            "it refuses `interval: batch`",
            "interval: step",
        ),
        (
            "loop: transformers",
            "{type: ExponentialLR, gamma: 0.9, interval: epoch}",
            "the Trainer ticks with every update",
            "interval: step",
        ),
        (
            "loop: transformers",
            "{type: ExponentialLR, gamma: 0.9, frequency: 3}",
            "it has no `frequency`",
            "leave `frequency` out",
        ),
        (
            "loop: transformers",
            "[{type: ExponentialLR, gamma: 0.9}, {type: StepLR, step_size: 2}]",
            "takes one scheduler, and this schedule has 2",
            "ChainedScheduler",
        ),
        (
            "loop: transformers",
            PLATEAU % "",
            "after each evaluation: say when that is",
            "interval: epoch, or interval: step and frequency",
        ),
        (
            "loop: accelerate",
            "{type: ExponentialLR, gamma: 0.9, interval: batch, frequency: 2}",
            "every n-th batch is unclear",
            "interval: step",
        ),
    ],
)
def test_what_a_loop_does_not_tick_is_refused(training, scheduler, message, fix):
    finding = problem(f"{RUN}, {training}", scheduler)
    assert message in finding.message
    assert fix in finding.fix


def test_lightning_asks_for_epochs_or_an_interval():
    finding = problem("steps: 100, loop: lightning")
    assert "this run has no epochs" in finding.message
    assert "interval: step" in finding.fix


@pytest.mark.parametrize(
    ("loop", "in_epochs", "in_steps"),
    [
        ("torch", "epoch", "step"),
        ("lightning", "epoch", "epoch"),
        ("transformers", "step", "step"),
        ("accelerate", "epoch", "step"),
    ],
)
def test_every_loop_has_its_default_interval(loop, in_epochs, in_steps):
    scheduler = f"{CONSTANT}\nscheduler: {{type: StepLR, step_size: 2}}"
    assert plan(scheduler, f"{RUN}, loop: {loop}").schedulers[0].interval == in_epochs
    steps = f"steps: 30, batches_per_epoch: 10, loop: {loop}"
    assert plan(scheduler, steps).schedulers[0].interval == in_steps


ARITHMETIC = [
    (
        "epochs: 2.5, dataset_size: 100, batch_size: 8, accumulate: 4, loop: transformers",
        [
            (
                "100 samples / 8 = 13 batches (ceil), / 4 accumulated = 4 steps an epoch (ceil),"
                " x 2.5 epochs = 10 steps (ceil)"
            ),
            "the Trainer's `max_steps` is 10: the scheduler ticks once for each",
        ],
    ),
    (
        "epochs: 1, steps: 25, batches_per_epoch: 10, loop: transformers, skipped_steps: [7, 2]",
        [
            "10 batches an epoch = 10 steps an epoch",
            "25 steps = 2.50 epochs, instead of 1",
            "the Trainer's `max_steps` is 25: the scheduler ticks once for each",
            "the gradient scaler skips 2 steps (2, 7), where it does not tick: 23 ticks",
        ],
    ),
    (
        (
            "epochs: 3, dataset_size: 51, batch_size: 4, world_size: 2, drop_last: true,"
            " loop: accelerate"
        ),
        [
            (
                "51 samples / 4 = 12 batches (floor), / 2 devices = 6 batches (floor) = 6 steps an"
                " epoch, x 3 epochs = 18 steps"
            ),
            "accelerate moves a prepared scheduler 2 times a step, once for every device",
        ],
    ),
    (
        "epochs: 2, steps: 13, batches_per_epoch: 10, loop: lightning, skipped_steps: [0]",
        [
            "10 batches an epoch = 10 steps an epoch, x 2 epochs = 20 steps",
            "`steps` caps the run at 13 steps, in the middle of an epoch",
            "Lightning's `trainer.estimated_stepping_batches` is 13",
            "the gradient scaler skips 1 step (0); Lightning ticks all the same",
        ],
    ),
    (
        "epochs: 2, steps_per_epoch: 10, skipped_steps: [6, 5, 4, 3, 2, 1]",
        [
            "10 steps an epoch, x 2 epochs = 20 steps",
            "the gradient scaler skips 6 steps (1, 2, 3, 4, 5, ...); schedulers tick all the same",
        ],
    ),
]


@pytest.mark.parametrize(("training", "sentences"), ARITHMETIC)
def test_the_arithmetic_says_whose_loop_it_is(training, sentences):
    assert list(plan(CONSTANT, training).clock.explain()) == sentences


@pytest.mark.parametrize(
    ("settings", "text", "rate", "calls"),
    [
        ({"loop": "accelerate", "world_size": 4}, "100%", ("step",), 120),
        ({"loop": "accelerate", "world_size": 4}, "2ep", ("step",), 80),
        ({"loop": "accelerate", "world_size": 4}, "2ep", ("epoch",), 8),
        ({"loop": "accelerate", "world_size": 4, "split_batches": True}, "2ep", ("step",), 20),
        ({"loop": "accelerate", "accumulate": 4}, "100%", ("batch",), 9),
        ({"loop": "lightning", "accumulate": 4}, "1ep", ("step", 2), 3),
        ({"loop": "lightning"}, "1ep", ("step", 3), 3),
        ({"loop": "lightning", "skipped_steps": (3,)}, "100%", ("step",), 30),
        ({"loop": "transformers", "skipped_steps": (3,)}, "100%", ("step",), 30),
    ],
)
def test_durations_count_the_calls_of_the_loop(settings, text, rate, calls):
    clock = Clock.derive(TrainingSettings(epochs=3, batches_per_epoch=10, **settings))
    assert clock.resolve(text, Cadence(*rate)) == calls


@pytest.mark.parametrize("loop", ["torch", "lightning", "transformers", "accelerate"])
def test_lengths_count_the_ticks_that_skipped_steps_leave_out(loop):
    """All names of the run's length say one number: no script knows which steps are skipped."""
    run = f"{RUN}, loop: {loop}, skipped_steps: [1, 4]"
    lengths = {
        value: plan(
            f"{CONSTANT}\nscheduler: {{type: LinearLR, total_iters: {value}, interval: step}}", run
        )
        .schedulers[0]
        .arguments["total_iters"]
        for value in ("100%", "rest", "3ep", "30st")
    }
    assert set(lengths.values()) == {30}
    formula = "{type: LambdaLR, lr_lambda: 1 - step / total, interval: step}"
    (scheduler,) = plan(f"{CONSTANT}\nscheduler: {formula}", run).schedulers
    assert scheduler.arguments["lr_lambda"].text == "1 - step / 30"


def test_settings_in_python_are_checked_as_those_of_a_spec():
    with pytest.raises(ClockError, match="not a whole number"):
        Clock.derive(TrainingSettings(epochs=2.5, steps_per_epoch=10))
    with pytest.raises(ClockError, match="not between"):
        Clock.derive(TrainingSettings(epochs=float("nan"), steps_per_epoch=10, loop="transformers"))


def test_skipped_steps_are_marked_unless_they_are_many():
    marks = plan(CONSTANT, f"{RUN}, skipped_steps: [7, 3]").marks()
    assert [(mark.step, mark.kind) for mark in marks] == [(3, "skipped"), (7, "skipped")]
    assert plan(CONSTANT, f"{RUN}, skipped_steps: {list(range(30))}").marks() == ()


def test_a_milestone_stands_where_the_loop_makes_it():
    """Two ticks a step, none after a skipped one."""
    scheduler = "{type: MultiStepLR, milestones: [6, 20], interval: step}"
    spec = f"{CONSTANT}\nscheduler: {scheduler}"
    training = f"{RUN}, loop: accelerate, world_size: 2, skipped_steps: [1]"
    marks = [mark.step for mark in plan(spec, training).marks() if mark.kind == "milestone"]
    assert marks == [4, 11]


@pytest.mark.parametrize(
    ("interval", "training", "values"),
    [
        ("epoch", "last_window: step", 4),
        ("epoch", "last_window: carry", 4),
        ("epoch", "world_size: 3", 4),
        ("epoch", "skipped_steps: [2, 5]", 4),
        ("step, frequency: 3", "skipped_steps: [2, 5]", 4),
        ("batch", "last_window: step", 40),
        ("batch", "step_scheduler_with_optimizer: false", 40),
    ],
)
def test_a_metric_has_a_value_for_each_time_that_accelerates_script_hands_one_over(
    interval, training, values
):
    """Holds for any number of moves of the scheduler."""
    run = f"epochs: 4, batches_per_epoch: 10, accumulate: 4, loop: accelerate, {training}"
    scheduler = f"{{type: ReduceLROnPlateau, interval: {interval}}}\nmetrics: {{loss: %s}}"
    assert f"the run reads {values};" in problem(run, scheduler % ([1] * (values - 1))).message
    schedule = f"{CONSTANT}\nscheduler: {scheduler % ([1] * values)}"
    assert plan(schedule, run).metrics["loss"].values == (1.0,) * values
