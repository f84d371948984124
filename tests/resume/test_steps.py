"""The step at which a run is interrupted, and the position in the new training."""

from pathlib import Path

import numpy as np
import pytest

from lrplan.errors import LrplanError, SpecError, UsageError
from lrplan.specfile.load import load
from lrplan.specfile.training_override import with_training
from lrplan.text_position import InputText
from tests.resume.by_hand import ask, spec_of
from tests.support import specs

STEPPED = {"type": "StepLR", "step_size": 3}


@pytest.mark.parametrize(
    ("at", "step"), [("10", 10), ("5ep", 10), ("25%", 10), ("1_0", 10), ("7st", 7), ("100%", 40)]
)
def test_a_number_of_steps_or_a_duration(at, step):
    training = ("epochs=30",) if step == 40 else ()
    assert ask(spec_of(STEPPED), at=at, training=training).step == step


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("0", "s has 40 steps; give 1 to 40"),
        ("41", "s has 40 steps; give 1 to 40"),
        ("100%", "nothing is left to run of s"),
        ("5xp", "unknown unit"),
        ("99999999999999999999", "s has 40 steps; give 1 to 40"),
        pytest.param("9" * 5000, "s has 40 steps; give 1 to 40", id="5000 digits"),
        ("30ep", "s has 40 steps; give 1 to 40"),
        ("1_", "not a duration"),
        ("", "not a duration"),
        ("-3", "negative"),
    ],
)
def test_no_such_step(at, said):
    with pytest.raises(UsageError, match=said):
        ask(spec_of(STEPPED), at=at)


def test_epochs_of_another_length_go_on_at_the_same_epoch():
    """More devices: half the steps an epoch. The rate of an epoch stays what it was."""
    asked = ask(spec_of(STEPPED), training=("steps_per_epoch=1",))
    assert asked.trace.steps == 10 + 15
    assert asked.identical
    assert asked.trace.epochs.tolist() == [e for e in range(5) for _ in range(2)] + [*range(5, 20)]
    by_epoch = [0.1 * 0.1 ** (epoch // 3) for epoch in asked.trace.epochs]
    assert np.allclose(asked.trace.lr["g0"], by_epoch, rtol=1e-12, atol=0)


def test_epochs_of_another_length_need_an_end_of_one():
    with pytest.raises(UsageError, match=r"step 9 of s is inside one.*such as 4ep"):
        ask(spec_of(STEPPED), at="9", training=("steps_per_epoch=1",))


def test_an_end_within_an_epoch_is_none_of_an_epoch():
    spec = spec_with("epochs: 10, steps: 7", "{type: StepLR, step_size: 3}")
    with pytest.raises(UsageError, match="step 7 of s is inside one"):
        ask(spec, at="7", training=("steps=20", "batches_per_epoch=1"))


def spec_with(training, scheduler, metrics=""):
    per_epoch = "" if "batches_per_epoch" in training else "batches_per_epoch: 5, "
    return load(
        InputText(
            "spec.yaml",
            f"training: {{{per_epoch}{training}}}\nschedules:\n  s:\n"
            f"    optimizer: {{type: SGD, lr: 1.0}}\n    scheduler: {scheduler}\n"
            + (f"    metrics: {{loss: {metrics}}}\n" if metrics else ""),
        ),
        Path(),
    )


MULTIPLIED = "{type: MultiplicativeLR, lr_lambda: '0.5', interval: %s}"


def test_a_finished_run_goes_on_with_the_batches_that_come_next():
    """5 epochs of 5 batches are 6 windows of 4 and a batch; a step comes after every 4th."""
    spec = spec_with("epochs: 5, accumulate: 4, last_window: carry", MULTIPLIED % "batch")
    asked = ask(spec, at="6", training=("epochs=8",))
    ticks = [4 * step + 3 for step in range(10)]
    assert asked.trace.lr["all"].tolist() == [0.5**tick for tick in ticks]
    assert asked.identical
    assert asked.calls == (25,)
    assert asked.jumps == ()


def test_a_finished_run_goes_on_with_the_end_of_its_epoch():
    """The run stopped at its last step; the batch that is left over belongs to the same epoch."""
    spec = spec_with("epochs: 10, steps: 4, accumulate: 2, last_window: drop", MULTIPLIED % "epoch")
    asked = ask(spec, at="4", training=("steps=8",))
    assert asked.trace.lr["all"].tolist() == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]
    assert asked.identical


PREPARED = "epochs: 2, accumulate: 2, loop: accelerate"
APART = f"{PREPARED}, step_scheduler_with_optimizer: false"
NEW_OBJECTS = {
    # The window of step 1 is batches 2 and 3: their ticks are those of the new process.
    ("epochs: 3, accumulate: 2, batches_per_epoch: 2", "batch", "1ep"): [1, 1, 3],
    ("epochs: 3, accumulate: 2, batches_per_epoch: 2", "batch", "2"): [1, 3, 1],
    # Steps end at batches 4, 5, 9 and 10: the second window of an epoch is short.
    ("epochs: 2, accumulate: 4", "batch", "1"): [3, 0, 4, 5],
    ("epochs: 2, accumulate: 4", "batch", "2"): [3, 4, 3, 4],
    ("epochs: 2, accumulate: 4", "batch", "3"): [3, 4, 8, 0],
    ("epochs: 2, accumulate: 4", "epoch", "1ep"): [0, 0, 0, 0],
    # Every third batch of the run: 3 and 6 before step 2, 6 is the first of the new process.
    ("epochs: 2, accumulate: 4", "batch, frequency: 3", "1ep"): [1, 1, 1, 2],
    # Steps end at batches 2, 4, 7 and 9: batch 5 is left over, and belongs to the epoch that ends.
    ("epochs: 2, accumulate: 2, last_window: drop", "batch", "2"): [1, 3, 1, 3],
    ("epochs: 2, accumulate: 2, last_window: drop", "batch", "1ep"): [1, 3, 1, 3],
    ("epochs: 2, accumulate: 2, last_window: drop", "epoch", "2"): [0, 0, 0, 0],
    # Steps end at batches 2, 4, 6, 8 and 10. After 2 steps batch 5 and the epoch's end are to come;
    # at the end of the epoch 2 steps are done, and batch 5 has run.
    ("epochs: 2, accumulate: 2, last_window: carry", "batch", "2"): [1, 3, 1, 3, 5],
    ("epochs: 2, accumulate: 2, last_window: carry", "batch", "1ep"): [1, 3, 0, 2, 4],
    ("epochs: 2, accumulate: 2, last_window: carry", "epoch", "2"): [0, 0, 1, 1, 1],
    ("epochs: 2, accumulate: 2, last_window: carry", "epoch", "1ep"): [0, 0, 0, 0, 0],
    ("epochs: 2, accumulate: 2, last_window: carry", "epoch", "3"): [0, 0, 1, 0, 0],
    ("steps: 4, accumulate: 3, batches_per_epoch: null", "batch", "2"): [2, 5, 2, 5],
    (f"{APART}, last_window: carry", "batch", "1ep"): [1, 3, 0, 2, 4],
    (APART, "batch", "1ep"): [1, 3, 4, 1, 3, 4],
    (f"{PREPARED}, last_window: carry", "batch", "1ep"): [0, 1, 0, 1, 2],
}
"""Training, interval and checkpoint, with the ticks before each step if nothing is loaded."""


def test_new_objects_get_the_ticks_from_the_next_window_on():
    wrong = {}
    for (training, interval, at), ticks in NEW_OBJECTS.items():
        resumed = ask(spec_with(training, MULTIPLIED % interval), "none", at=at).trace
        made = (-np.log2(resumed.lr["all"])).tolist()
        if made != ticks:
            wrong[training, interval, at] = made
    assert not wrong


def test_the_end_of_an_epoch_inside_a_window_is_one():
    """5 batches in windows of 2 that run on: no step ends with the first epoch."""
    spec = spec_with(
        "epochs: 2, accumulate: 2, last_window: carry",
        "{type: StepLR, step_size: 1, interval: epoch}",
    )
    with pytest.raises(UsageError, match=r"step 3 of s is inside one: .* such as 1ep"):
        ask(spec, at="3", training=("batches_per_epoch=4",))
    asked = ask(spec, at="1ep", training=("batches_per_epoch=4",))
    assert asked.step == 2
    assert asked.trace.lr["all"].tolist() == [1, 1, 0.1, 0.1]


LOSSES = [9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 0, 0, 0, 0, 0]


def test_metrics_are_read_from_where_they_were_left():
    """With an epoch of 5 steps, then epochs of 2, values 0 to 4 are read, and 5 comes next."""
    plateau = "{type: ReduceLROnPlateau, patience: 0, factor: 0.5, interval: step}"
    spec = spec_with("epochs: 3", plateau, LOSSES)
    asked = ask(spec, at="1ep", training=("epochs=6", "batches_per_epoch=2"))
    # Value 9 is the first that is no better, so step 10 is cut; value 10 is better, no later one.
    assert asked.trace.lr["all"].tolist() == [1] * 10 + [0.5, 0.5, 0.25, 0.125, 0.0625]


def test_a_resumed_run_needs_values_to_its_end():
    plateau = "{type: ReduceLROnPlateau, interval: step}"
    spec = spec_with("epochs: 3", plateau, LOSSES)
    with pytest.raises(UsageError, match="has 15 values, but the run reads 17"):
        ask(spec, at="1ep", training=("epochs=7", "batches_per_epoch=2"))


def test_a_run_that_stops_before_cannot_be_resumed():
    spec = spec_of({"type": "LambdaLR", "lr_lambda": "1 / (3 - x)"})
    with pytest.raises(LrplanError, match="s stops after step 5, before it could be resumed"):
        ask(spec, at="20")


SPEC = """\
training: {epochs: 20, steps_per_epoch: 2}
schedules:
  a:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 100%}
  b:
    training: {epochs: 8}
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: ReduceLROnPlateau}
    metrics: {loss: [8, 7, 6, 5, 4, 3, 2, 1]}
"""


def changed(*settings, names=("a", "b")):
    spec = load(InputText("spec.yaml", SPEC), Path())
    return with_training(spec, names, settings, Path(), option="--resume-training")


def test_settings_go_on_top_and_durations_follow():
    found = changed("epochs=30", "steps_per_epoch=5", names=["a"]).plans
    assert found["a"].clock.steps == 150
    assert found["a"].schedulers[0].arguments["T_max"] == 30
    assert found["b"].clock.steps == 16, "not named, not changed"


def test_an_empty_value_takes_a_key_away():
    spec = """\
training: {epochs: 20, dataset_size: 100, batch_size: 10, drop_last: true}
schedules:
  a: {optimizer: {type: SGD, lr: 0.1}}
"""
    loaded = load(InputText("spec.yaml", spec), Path())
    new = ["batch_size=", "dataset_size=", "drop_last=", "steps_per_epoch=3"]
    changed = with_training(loaded, ["a"], new, Path(), option="--x")
    assert changed.plans["a"].clock.steps == 60


def test_a_wrong_setting_is_shown_where_it_stands():
    with pytest.raises(SpecError) as caught:
        changed("epochs=30", "acumulate=2")
    (finding,) = caught.value.findings
    assert (finding.file, finding.line, finding.column) == ("--resume-training", 2, 1)
    assert finding.name == "unknown-key"
    assert "accumulate" in finding.fix


@pytest.mark.parametrize("text", ["epochs", "=3", "epochs 3", "a-b=3", "epochs=3\nsteps=4"])
def test_a_setting_is_a_key_and_a_value(text):
    with pytest.raises(UsageError, match="write key=value"):
        changed(text)


def test_what_goes_wrong_with_the_rest_of_the_spec_says_why():
    with pytest.raises(SpecError) as caught:
        changed("epochs=30")
    (finding,) = caught.value.findings
    assert finding.schedule == "b"
    assert finding.message.startswith("with --resume-training epochs=30: metric `loss` has 8")


def test_a_checkpoint_is_in_steps_where_a_loop_ticks_several_times_a_step():
    training = "steps: 40, world_size: 4, batch_size: 2, loop: accelerate"
    clock = specs.plan("optimizer: {type: SGD}", training).clock
    moments = [clock.position_at(at) for at in ("10st", "10ba", "25%", "80sp")]
    assert {each.steps for each in moments} == {10}
