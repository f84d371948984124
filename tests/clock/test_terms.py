"""Sums and differences of durations, and ``rest``."""

from fractions import Fraction

import pytest

from lrplan.clock import Cadence, Clock, ClockError, TrainingSettings, parse_terms

RUN = Clock.derive(TrainingSettings(epochs=30, steps_per_epoch=100))
CARRIED = Clock.derive(
    TrainingSettings(epochs=4, batches_per_epoch=5, accumulate=2, last_window="carry")
)
PLANNED = Clock.derive(TrainingSettings(epochs=3, steps_per_epoch=100, horizon="30ep - 100st"))
STEP, EPOCH = Cadence("step"), Cadence("epoch")

TICKS = [
    (RUN, STEP, "100% - 2000st", 1000),
    (RUN, STEP, "100%-2000st", 1000),
    (RUN, STEP, " 100%  -  2000st ", 1000),
    (RUN, STEP, "5ep + 50st", 550),
    (RUN, STEP, "rest", 77),
    (RUN, STEP, "rest - 7st", 70),
    (RUN, STEP, "10% - rest + 1st", 224),
    (RUN, STEP, "1e+1ep - 1e-1ep", 990),
    (RUN, EPOCH, "100% - 2000st", 10),
    (RUN, EPOCH, "100% - 2049st", 10),
    (RUN, EPOCH, "100% - 2051st", 9),
    (RUN, Cadence("step", 3), "100% - 1000st", 667),
    (RUN, STEP, "5ep - 500st", 0),
    # 2.5 steps an epoch: 10 - 2.5 = 7.5 is rounded once, halves up; 10 - 3 would be 7.
    (CARRIED, STEP, "100% - 1ep", 8),
    (PLANNED, STEP, "100%", 2900),
    (PLANNED, STEP, "100% - 1ep", 2800),
]


def test_sums_are_exact_until_their_end():
    wrong = [
        (text, ticks, found)
        for clock, cadence, text, ticks in TICKS
        if (found := clock.resolve(text, cadence, rest=77)) != ticks
    ]
    assert wrong == []


REFUSED = [
    ("100% - 2000", '"2000" has no unit', "give one, as in 2000ep"),
    ("100% -", '"100% -" lacks a duration', "as in 100% - 2000st"),
    ("100% - - 5ep", "lacks a duration", ""),
    ("5ep - 10ep", '"5ep - 10ep" is -500 ticks in this run', "subtract less"),
    ("-5ep", "is negative", ""),
    ("rest", "`rest` is for a scheduler's argument", "number of steps"),
    ("rests", '"rests" is not a duration', ""),
    ("100% - 2 steps", "has the unit 'steps'", "write 2st"),
    ("1ep-" * 30, "is not a duration", ""),
]


def test_what_is_no_sum_says_why():
    wrong = []
    for text, message, fix in REFUSED:
        with pytest.raises(ClockError) as caught:
            RUN.resolve(text, STEP)
        if message not in caught.value.message or fix not in caught.value.fix:
            wrong.append((text, caught.value.message, caught.value.fix))
    assert wrong == []


def test_lengths_of_the_run_may_be_differences():
    capped = Clock.derive(TrainingSettings(epochs=30, steps_per_epoch=100, steps="30ep - 50st"))
    assert capped.steps == 2950
    assert PLANNED.length("epoch") == Fraction(29)
    with pytest.raises(ClockError, match="less than one step"):
        Clock.derive(TrainingSettings(steps_per_epoch=10, steps="1ep - 20st"))
    with pytest.raises(ClockError, match="no length"):
        Clock.derive(TrainingSettings(epochs=1, steps_per_epoch=10, horizon="1ep - 20st"))


@pytest.mark.parametrize(("frequency", "calls"), [(1, 300), (7, 42)])
def test_planned_calls_are_those_of_a_loop(frequency, calls):
    assert sum((step + 1) % frequency == 0 for step in range(300)) == calls
    run = Clock.derive(TrainingSettings(epochs=3, steps_per_epoch=100))
    part = Clock.derive(TrainingSettings(epochs=1, steps_per_epoch=100, horizon=3))
    for clock in (run, part):
        assert clock.planned_calls(Cadence("step", frequency)) == calls


def test_a_sum_keeps_its_parts():
    assert [each.sign for each in parse_terms("rest - 5ep + 10%")] == [1, -1, 1]
    assert parse_terms("rest")[0].duration is None
