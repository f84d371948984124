"""Durations: what is read, what is refused, and how many ticks they are."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan.clock import (
    UNITS,
    Cadence,
    Clock,
    ClockError,
    Duration,
    TrainingSettings,
    parse_duration,
)

UNIT = st.sampled_from(sorted(UNITS))
AMOUNT = st.decimals(0, 10**6, places=3)


def half_up(value):
    """The reference rounding: decimal's own."""
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def outcome(text):
    try:
        return parse_duration(text)
    except ClockError as error:
        return error


def clock(**settings):
    return Clock.derive(TrainingSettings(**settings))


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("5ep", 5, "ep"),
        ("2.4ep", Fraction(12, 5), "ep"),
        ("500st", 500, "st"),
        ("100ba", 100, "ba"),
        ("1_000sp", 1000, "sp"),
        ("2_000_000tok", 2_000_000, "tok"),
        ("10%", 10, "%"),
        ("10 %", 10, "%"),
        ("  5 ep ", 5, "ep"),
        ("1e6tok", 10**6, "tok"),
        ("2.5E-1ep", Fraction(1, 4), "ep"),
        ("1.000_5ep", Fraction(10005, 10000), "ep"),
        (".5ep", Fraction(1, 2), "ep"),
        ("0st", 0, "st"),
    ],
)
def test_what_is_read(text, amount, unit):
    assert parse_duration(text) == Duration(Fraction(amount), unit)


@given(AMOUNT, UNIT)
def test_a_number_is_read_exactly(amount, unit):
    assert parse_duration(f"{amount}{unit}") == Duration(Fraction(amount), unit)


@given(st.integers(0, 10**18), UNIT)
def test_underscores_do_not_matter(amount, unit):
    assert parse_duration(f"{amount:_}{unit}") == parse_duration(f"{amount}{unit}")


@given(st.text(max_size=12) | st.text("0123456789.eE_+-ep%", max_size=12))
def test_any_text_is_a_duration_or_a_clock_error(text):
    read = outcome(text)
    if isinstance(read, ClockError):
        assert (bool(read.message), bool(read.fix), read.key) == (True, True, "")
    else:
        assert read.amount >= 0
        assert read.unit in UNITS


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("30", "has no unit", "write 30 without quotes for ticks, or give a unit, as in 30ep"),
        ("1_000", "has no unit", "write 1000 without quotes"),
        ("1e3", "has no unit", "write 1000 without quotes"),
        ("1.5", "has no unit", "give a unit, as in 1.5ep"),
        ("-5ep", "is negative", "count forward from 0"),
        ("5 epochs", "has the unit 'epochs'", "write 5ep"),
        ("5EP", "has the unit 'EP'", "write 5ep"),
        ("100 steps", "has the unit 'steps'", "write 100st"),
        ("100 iters", "has the unit 'iters'", "write 100st"),
        ("7 batches", "has the unit 'batches'", "write 7ba"),
        ("7 samples", "has the unit 'samples'", "write 7sp"),
        ("7 tokens", "has the unit 'tokens'", "write 7tok"),
        ("7 percent", "has the unit 'percent'", "write 7%"),
        ("5 epohcs", "unknown unit 'epohcs'", "write 5ep"),
        ("100k", "has the suffix 'k'", "write 100e3st, or with another unit"),
        ("1.5k steps", "has the suffix 'k'", "write 1.5e3st"),
        ("2Btok", "has the suffix 'B'", "write 2e9tok"),
        ("2e3ktok", "has the suffix 'k'", "write the number out"),
        ("5 min", "unknown unit 'min'", "units are ep (epochs), st (optimizer steps)"),
        ("", "is not a duration", "5ep"),
        ("ep", "is not a duration", "5ep"),
        ("nan", "is not a duration", "5ep"),
        ("+5ep", "is not a duration", "5ep"),
        ("5.ep", "is not a duration", "5ep"),
        ("1__0ep", "is not a duration", "5ep"),
        ("\N{ARABIC-INDIC DIGIT THREE}ep", "is not a duration", "5ep"),
        ("1e999ep", "too long", "check the number"),
        ("9" * 70 + "ep", "too long", "check the number"),
        ("9" * 100_000 + "ep", "is not a duration", "5ep"),
    ],
)
def test_what_is_refused(text, message, fix):
    with pytest.raises(ClockError) as caught:
        parse_duration(text)
    assert message in caught.value.message
    assert fix in caught.value.fix
    assert len(caught.value.message) < 150


@pytest.mark.parametrize(
    "fix", ["5ep", "100e3st", "2e9tok", "1.5e3st", "7%"], ids=lambda text: text
)
def test_what_the_fixes_propose_is_read(fix):
    assert parse_duration(fix)


@pytest.mark.parametrize(("value", "ticks"), [(30, 30), (30.0, 30), (0, 0), (-1, -1), (1e3, 1000)])
def test_plain_numbers_are_ticks_as_they_are(value, ticks):
    resolved = clock(epochs=3, steps_per_epoch=7).resolve(value, Cadence("step", 5))
    assert resolved == ticks
    assert type(resolved) is int


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2.5, "2.5 is not a whole number of ticks"),
        (True, "True is not a number of ticks"),
        (float("inf"), "inf is not a number of ticks"),
        (float("nan"), "nan is not a number of ticks"),
    ],
)
def test_numbers_that_are_no_ticks(value, message):
    with pytest.raises(ClockError, match=message) as caught:
        clock(steps=10).resolve(value, Cadence("step"))
    assert caught.value.fix


def test_a_frequency_below_one_is_refused():
    with pytest.raises(ClockError, match="frequency"):
        clock(steps=10).resolve("5st", Cadence("step", 0))


@given(AMOUNT, st.integers(1, 5000))
def test_epochs_to_steps_round_half_up(amount, steps_per_epoch):
    run = clock(epochs=1, steps_per_epoch=steps_per_epoch)
    assert run.resolve(f"{amount}ep", Cadence("step")) == half_up(amount * steps_per_epoch)
    assert run.resolve(f"{amount}ep", Cadence("epoch")) == half_up(amount)


@given(AMOUNT, st.integers(1, 10**6))
def test_a_share_is_of_the_run(amount, steps):
    # 13 digits at most: exact in decimal's 28.
    assert clock(steps=steps).resolve(f"{amount}%", Cadence("step")) == half_up(
        amount * steps / 100
    )


@given(st.integers(0, 10**6), st.sampled_from([1, 2, 4, 5, 8, 10]))
def test_frequency_divides_the_ticks(steps, frequency):
    expected = half_up(Decimal(steps) / frequency)
    assert clock(steps=10).resolve(f"{steps}st", Cadence("step", frequency)) == expected


RUN = {
    "epochs": 30,
    "dataset_size": 6400,
    "batch_size": 8,
    "world_size": 2,
    "accumulate": 4,
    "sequence_length": 512,
}
"""400 batches and 100 steps an epoch; 64 samples and 32768 tokens a step."""


@pytest.mark.parametrize(
    ("text", "step", "batch", "epoch"),
    [
        ("5ep", 500, 2000, 5),
        ("2.5ep", 250, 1000, 3),
        ("2.49ep", 249, 996, 2),
        ("250st", 250, 1000, 3),
        ("249st", 249, 996, 2),
        ("1000ba", 250, 1000, 3),
        ("2ba", 1, 2, 0),
        ("6_400sp", 100, 400, 1),
        ("96sp", 2, 6, 0),
        ("95sp", 1, 6, 0),
        ("3_276_800tok", 100, 400, 1),
        ("1e6tok", 31, 122, 0),
        ("10%", 300, 1200, 3),
        ("0%", 0, 0, 0),
        ("200%", 6000, 24000, 60),
    ],
)
def test_every_unit_in_every_interval(text, step, batch, epoch):
    run = clock(**RUN)
    assert [run.resolve(text, Cadence(each)) for each in ("step", "batch", "epoch")] == [
        step,
        batch,
        epoch,
    ]


def test_a_share_is_of_the_horizon_where_there_is_one():
    run = clock(epochs=3, steps_per_epoch=10, horizon=300)
    assert run.resolve("10%", Cadence("epoch")) == 30
    assert run.resolve("10%", Cadence("step")) == 300
    assert run.resolve("10%", Cadence("step", 7)) == 43


def test_carried_windows_make_a_fraction_of_a_step_per_epoch():
    run = clock(epochs=9, batches_per_epoch=7, accumulate=2, last_window="carry")
    assert run.resolve("1ep", Cadence("step")) == 4
    assert run.resolve("3ep", Cadence("step")) == 11
    assert run.resolve("2ep", Cadence("step")) == 7


@pytest.mark.parametrize(
    ("last_window", "text", "interval", "ticks"),
    [
        ("step", "12ba", "step", 3),
        ("step", "13ba", "step", 4),
        ("step", "3.5st", "batch", 13),
        ("step", "4st", "batch", 14),
        ("drop", "13.9ba", "step", 3),
        ("drop", "2st", "batch", 8),
        ("drop", "3st", "batch", 14),
        ("carry", "13ba", "step", 3),
        ("carry", "3.5st", "batch", 14),
        ("step", "981sp", "batch", 14),
        ("step", "980sp", "batch", 13),
    ],
)
def test_inside_a_short_window_or_batch_the_short_one_counts(last_window, text, interval, ticks):
    # 14 batches, the last with 38 of 74 samples (from 962 on); windows of 4, 4, 4 and 2.
    run = clock(epochs=3, dataset_size=1000, batch_size=74, accumulate=4, last_window=last_window)
    assert run.resolve(text, Cadence(interval)) == ticks


def test_without_a_batch_size_samples_convert_through_the_epoch():
    run = clock(epochs=3, dataset_size=1000, steps_per_epoch=10)
    assert run.resolve("250sp", Cadence("step")) == 3
    assert run.resolve("249sp", Cadence("step")) == 2


def test_without_epochs_samples_convert_through_the_batch():
    run = clock(steps=1000, batch_size=4, world_size=8, accumulate=2)
    assert run.resolve("640sp", Cadence("step")) == 10
    assert run.resolve("640sp", Cadence("batch")) == 20


@pytest.mark.parametrize(
    ("text", "interval", "key"),
    [
        ("5ep", "step", "steps_per_epoch"),
        ("5st", "epoch", "steps_per_epoch"),
        ("5ba", "epoch", "steps_per_epoch"),
        ("10%", "epoch", "steps_per_epoch"),
        ("5sp", "step", "batch_size"),
        ("5tok", "step", "sequence_length"),
    ],
)
def test_a_unit_that_the_run_does_not_know(text, interval, key):
    with pytest.raises(ClockError) as caught:
        clock(steps=10).resolve(text, Cadence(interval))
    assert caught.value.key == key
    assert key in caught.value.fix


@given(
    st.integers(1, 60),
    st.integers(1, 9),
    st.integers(1, 5),
    st.booleans(),
    st.sampled_from(["step", "drop", "carry"]),
)
def test_batches_and_samples_agree_with_a_loop(size, batch, accumulate, drop_last, last_window):
    batches = [min(batch, size - start) for start in range(0, size, batch)]
    if drop_last:
        batches = [each for each in batches if each == batch] or [0]
    settings = {
        "epochs": 40,
        "dataset_size": size,
        "batch_size": batch,
        "accumulate": accumulate,
        "drop_last": drop_last,
        "last_window": last_window,
    }
    if batches == [0] or (last_window == "drop" and len(batches) < accumulate):
        with pytest.raises(ClockError):
            clock(**settings)
        return
    run = clock(**settings)
    gathered = step = samples = 0
    done = count(1)
    for _ in range(3):
        gathered = gathered if last_window == "carry" else 0
        for index, held in enumerate(batches):
            samples, gathered, made = samples + held, gathered + 1, next(done)
            assert run.resolve(f"{made}ba", Cadence("batch")) == made
            assert run.resolve(f"{samples}sp", Cadence("batch")) == made
            last = index == len(batches) - 1
            if gathered == accumulate or (last_window == "step" and last):
                gathered, step = 0, step + 1
                assert run.resolve(f"{made}ba", Cadence("step")) == step
                assert run.resolve(f"{samples}sp", Cadence("step")) == step
                if last or last_window == "carry":
                    assert run.resolve(f"{step}st", Cadence("batch")) == made
