"""The run that ``training`` settings give, the settings that are refused, and the messages."""

from fractions import Fraction

import pytest

from lrplan.clock import MAX_STEPS, Clock, ClockError, TrainingSettings


def test_samples_per_step_count_every_device_and_batch():
    settings = TrainingSettings(steps=10, batch_size=4, world_size=8, accumulate=2)
    assert Clock.derive(settings).samples_per_step == 64
    assert Clock.derive(TrainingSettings(steps=10)).samples_per_step is None


@pytest.mark.parametrize(
    ("settings", "interval"),
    [
        ({"epochs": 2, "steps_per_epoch": 5}, "epoch"),
        ({"epochs": 2, "steps_per_epoch": 5, "steps": 7}, "epoch"),
        ({"steps": 7, "steps_per_epoch": 5}, "step"),
    ],
    ids=["epochs", "capped", "steps"],
)
def test_default_interval(settings, interval):
    assert Clock.derive(TrainingSettings(**settings)).default_interval == interval


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("2_000_000_000tok", 15_259),  # / (4 * 8 * 2 * 2048) = 15258.79
        ("64_000sp", 1000),
        ("100ba", 50),
        ("500st", 500),
        ("0.5st", 1),
    ],
)
def test_a_run_given_as_a_duration(steps, expected):
    settings = TrainingSettings(
        steps=steps, batch_size=4, world_size=8, accumulate=2, sequence_length=2048
    )
    assert Clock.derive(settings).steps == expected


def test_a_cap_given_in_epochs():
    clock = Clock.derive(TrainingSettings(epochs=300, steps_per_epoch=10, steps="2.5ep"))
    assert (clock.steps, clock.epochs) == (25, 2)


@pytest.mark.parametrize(
    ("settings", "lengths"),
    [
        ({"epochs": 3, "horizon": 10}, (40, 120, 10)),
        ({"steps": 3, "horizon": 10}, (10, 30, Fraction(5, 2))),
        ({"epochs": 3, "horizon": "10st"}, (10, 30, Fraction(5, 2))),
        ({"epochs": 3, "horizon": "150%"}, (18, 54, Fraction(9, 2))),
        ({"epochs": 3, "steps": 6}, (6, 18, Fraction(3, 2))),
    ],
    ids=["in-epochs", "in-steps", "with-a-unit", "share", "capped"],
)
def test_length(settings, lengths):
    clock = Clock.derive(TrainingSettings(**settings, steps_per_epoch=4, accumulate=3))
    assert tuple(clock.length(each) for each in ("step", "batch", "epoch")) == lengths


@pytest.mark.parametrize(
    ("settings", "key", "message"),
    [
        ({}, "epochs", "length of the run is unknown"),
        ({"steps_per_epoch": 5}, "epochs", "length of the run is unknown"),
        ({"epochs": 3}, "steps_per_epoch", "epochs alone"),
        ({"epochs": 3, "steps": 9}, "steps_per_epoch", "epochs alone"),
        ({"epochs": 3, "dataset_size": 9}, "batch_size", "without batch_size"),
        ({"epochs": 3, "batch_size": 9}, "dataset_size", "without dataset_size"),
        ({"epochs": 0, "steps_per_epoch": 1}, "epochs", "less than 1"),
        ({"epochs": True, "steps_per_epoch": 1}, "epochs", "True is not a whole number"),
        ({"epochs": 1.5, "steps_per_epoch": 1}, "epochs", "1.5 is not a whole number"),
        ({"steps": -1}, "steps", "less than 1"),
        ({"steps": 1, "world_size": 0}, "world_size", "less than 1"),
        ({"steps": 1, "accumulate": 10**6}, "accumulate", "more than 100_000"),
        ({"steps": 1, "steps_per_epoch": 10**40}, "steps_per_epoch", "more than"),
        ({"steps": 1, "last_window": "keep"}, "last_window", "'keep' is not one of"),
        ({"steps": MAX_STEPS + 1}, "steps", "20_000_001 steps"),
        ({"epochs": 10**5, "steps_per_epoch": 1001}, "epochs", "100_100_000 steps"),
        (
            {"epochs": 1, "dataset_size": 10, "batch_size": 2, "steps_per_epoch": 4},
            "steps_per_epoch",
            "contradicts dataset_size, which gives 5",
        ),
        (
            {"epochs": 1, "dataset_size": 10, "batch_size": 2, "batches_per_epoch": 4},
            "batches_per_epoch",
            "contradicts the data, which gives 5",
        ),
        (
            {
                "epochs": 1,
                "batches_per_epoch": 7,
                "accumulate": 2,
                "last_window": "carry",
                "steps_per_epoch": 4,
            },
            "steps_per_epoch",
            "contradicts batches_per_epoch, which gives 3.5",
        ),
        (
            {"epochs": 9, "batches_per_epoch": 3, "accumulate": 4, "last_window": "drop"},
            "last_window",
            "no full window",
        ),
        (
            {"epochs": 1, "batches_per_epoch": 3, "accumulate": 4, "last_window": "carry"},
            "accumulate",
            "do not fill a window",
        ),
        ({"steps": "90%"}, "steps", "steps: a percentage cannot stand here"),
        ({"steps": "0.4st"}, "steps", "less than one step"),
        ({"steps": "90"}, "steps", "has no unit"),
        ({"steps": "3ep"}, "steps_per_epoch", "steps: this run has no epochs"),
        ({"steps": "3sp"}, "batch_size", "samples in a step are unknown"),
        ({"steps": "3tok", "batch_size": 1}, "sequence_length", "tokens in a sample are unknown"),
        ({"steps": 3, "horizon": "3ep"}, "steps_per_epoch", "horizon: this run has no epochs"),
        ({"steps": 3, "horizon": "0%"}, "horizon", "the plan has no length"),
        ({"steps": 3, "horizon": 0}, "horizon", "less than 1"),
        ({"steps": 3, "horizon": "long"}, "horizon", "is not a duration"),
    ],
)
def test_what_cannot_be_worked_out(settings, key, message):
    with pytest.raises(ClockError) as caught:
        Clock.derive(TrainingSettings(**settings))
    assert caught.value.key == key
    assert message in caught.value.message == str(caught.value)


def test_epochs_and_steps_alone_get_the_division_that_was_meant():
    with pytest.raises(ClockError) as caught:
        Clock.derive(TrainingSettings(epochs=10, steps=1000))
    assert "steps_per_epoch: 100" in caught.value.fix


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        (
            {"epochs": 10, "dataset_size": 1000, "batch_size": 64, "accumulate": 4},
            (
                (
                    "1000 samples / 64 = 16 batches (ceil), / 4 accumulated"
                    " = 4 steps an epoch (ceil), x 10 epochs = 40 steps"
                ),
            ),
        ),
        (
            {
                "epochs": 90,
                "dataset_size": 1_281_167,
                "batch_size": 32,
                "world_size": 8,
                "steps": 1000,
            },
            (
                (
                    "1281167 samples / 8 devices = 160146 (ceil), / 32 = 5005 batches (ceil)"
                    " = 5005 steps an epoch, x 90 epochs = 450450 steps"
                ),
                "`steps` caps the run at 1000 steps, in the middle of an epoch",
            ),
        ),
        (
            {"epochs": 3, "batches_per_epoch": 14, "accumulate": 4, "last_window": "carry"},
            (
                (
                    "14 batches an epoch, x 3 epochs = 42 batches,"
                    " / 4 accumulated = 10 steps (floor, carried over epochs)"
                ),
            ),
        ),
        (
            {
                "steps": 9,
                "dataset_size": 15,
                "batch_size": 2,
                "drop_last": True,
                "accumulate": 3,
                "last_window": "drop",
            },
            (
                "15 samples / 2 = 7 batches (floor), / 3 accumulated = 2 steps an epoch (floor)",
                "9 steps = 4.50 epochs",
            ),
        ),
        (
            {"steps": "64sp", "batch_size": 4, "accumulate": 2, "horizon": 100},
            ("64sp = 8 steps of 2 batches each", "horizon 100 steps; `%` is a share of it"),
        ),
        (
            {"epochs": 1, "steps_per_epoch": 10, "steps": "0.5ep", "horizon": 3},
            (
                "10 steps an epoch, x 1 epoch = 10 steps",
                "`steps` caps the run at 0.5ep = 5 steps, in the middle of an epoch",
                "horizon 3 epochs = 30 steps; `%` is a share of it",
            ),
        ),
        (
            {"steps": 1, "horizon": "300%"},
            ("1 step", "horizon 300% = 3 steps; `%` is a share of it"),
        ),
    ],
    ids=["accumulated", "devices-capped", "carry", "drop", "steps", "capped", "one-step"],
)
def test_explain_says_the_arithmetic(settings, sentences):
    assert Clock.derive(TrainingSettings(**settings)).explain() == sentences
