"""Batch sizes and accumulation that change over a run, against a loop that counts."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from lrplan.clock import Cadence, Clock, Ramp, TrainingSettings
from lrplan.errors import SpecError, UsageError
from lrplan.export.code import to_pytorch, to_transformers
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText
from tests.support.for_all import for_all
from tests.support.spec_validator import spec_validator
from tests.support.specs import plan_of, spec

STEPS = 400
STEP = Cadence("step")
BATCH = Cadence("batch")


def value_at(ramp, seen):
    """The number of a ramp, by a search through its points; ``seen`` are steps or samples."""
    if not isinstance(ramp, SimpleNamespace):
        return ramp
    before = [point for point in ramp.points if point[0] <= seen]
    begin, value = before[-1]
    after = [point for point in ramp.points if point[0] > seen]
    if not ramp.linear or not after:
        return value
    end, last = after[0]
    risen = Fraction(last - value) * Fraction(seen - begin, end - begin)
    return value + ramp.by * math.floor(risen / ramp.by)


def played(sizes, windows, devices):
    """The samples and batches before each step of a run, one step after the other."""
    samples, batches, rows = 0, 0, []
    for step in range(STEPS + 1):
        rows.append((samples, batches))
        size = value_at(sizes, step if getattr(sizes, "unit", "") == "st" else samples)
        window = value_at(windows, step if getattr(windows, "unit", "") == "st" else samples)
        samples += size * window * devices
        batches += window
    return rows


def points(unit, *pairs, linear=False, by=1):
    return SimpleNamespace(unit=unit, points=pairs, linear=linear, by=by)


def written(ramp):
    if not isinstance(ramp, SimpleNamespace):
        return ramp
    pairs = tuple((f"{at}{ramp.unit}", value) for at, value in ramp.points)
    return Ramp(pairs, ramp.linear, ramp.by)


RUNS = {
    "stairs": (points("sp", (0, 32), (1000, 64), (5000, 128)), 1, 1),
    "stairs over devices": (points("sp", (0, 4), (1000, 7), (5000, 32)), 3, 4),
    "falling": (points("sp", (0, 64), (3000, 5)), 1, 2),
    "at steps": (points("st", (0, 3), (10, 9), (11, 1), (150, 20)), 2, 1),
    "linear": (points("sp", (0, 32), (9000, 128), linear=True), 1, 1),
    "linear in parts": (points("sp", (0, 1), (100, 4), (5000, 9), (5100, 90), linear=True), 2, 2),
    "linear at steps": (points("st", (0, 8), (100, 16), linear=True), 1, 1),
    "in increments": (points("sp", (0, 32), (9000, 128), linear=True, by=16), 1, 1),
    "in increments at steps": (points("st", (0, 8), (99, 20), linear=True, by=4), 3, 2),
    "steep": (points("sp", (0, 1), (10, 1000), linear=True), 1, 1),
    "windows": (8, points("sp", (0, 1), (800, 3), (4000, 8)), 2),
    "windows at steps": (8, points("st", (0, 5), (7, 2), (100, 3)), 1),
    "both": (points("sp", (0, 8), (500, 16)), points("st", (0, 1), (20, 4)), 2),
}


def clock_of(sizes, windows, devices, steps=STEPS):
    settings = {"batch_size" if isinstance(sizes, int) else "batch_size_ramp": written(sizes)}
    settings["accumulate" if isinstance(windows, int) else "accumulate_ramp"] = written(windows)
    settings |= {"steps": steps, "world_size": devices, "sequence_length": 10}
    return Clock.derive(TrainingSettings(**settings))


def step_at(rows, column, amount):
    """The steps, with a fraction, that have run when so many samples or batches have."""
    counts = [row[column] for row in rows]
    step = min(bisect_right(counts, amount), len(rows) - 1) - 1
    return step + Fraction(amount - counts[step], counts[step + 1] - counts[step])


def nearest(value):
    return math.floor(value + Fraction(1, 2))


@for_all(list(RUNS.items()))
def test_steps_and_batches_are_those_of_the_loop(sizes, windows, devices):
    """``batches_after``, ``batches_before``, ``steps_after_batches``: of numbers and of arrays."""
    clock, rows = clock_of(sizes, windows, devices), played(sizes, windows, devices)
    before = [batches for _, batches in rows]
    batching, steps = clock.batching, np.arange(STEPS)
    assert clock.batches == before[-1]
    assert [batching.batches_before(step) for step in range(STEPS)] == before[:-1]
    assert [batching.batches_after(step) for step in range(STEPS)] == before[1:]
    assert batching.batches_before(steps).tolist() == before[:-1]
    assert batching.batches_after(steps).tolist() == before[1:]
    batches = np.arange(before[-1] + 1)
    expected = [bisect_right(before, each) - 1 for each in batches]
    assert batching.steps_after_batches(batches).tolist() == expected
    assert [batching.steps_after_batches(int(each)) for each in batches] == expected


@for_all(list(RUNS.items()))
def test_lengths_follow_the_loop(sizes, windows, devices):
    """Samples, tokens and batches in steps, from the start and from later."""
    clock, rows = clock_of(sizes, windows, devices), played(sizes, windows, devices)
    end = rows[-1][0]
    for amount in (0, 1, end // 7, end // 3, end // 2 + 1, end - 1):
        expected = nearest(step_at(rows, 0, amount))
        assert clock.resolve(f"{amount}sp", STEP) == expected
        assert clock.resolve(f"{amount * 10}tok", STEP) == expected
        assert clock.resolve(f"100% - {end - amount}sp", STEP) == expected
        for since in (1, 11, 97, 203):
            if rows[since][0] + amount <= end:
                later = step_at(rows, 0, rows[since][0] + amount) - since
                assert clock.resolve(f"{amount}sp", STEP, since=since) == nearest(later)
    for batches in (1, rows[-1][1] // 2, rows[-1][1]):
        assert clock.resolve(f"{batches}ba", STEP) == nearest(step_at(rows, 1, batches))
        assert clock.resolve(f"{batches}ba", BATCH) == batches
    assert clock.resolve("37st", STEP) == 37
    assert clock.resolve("37st", BATCH) == rows[37][1]


@for_all(list(RUNS.items()))
def test_a_run_may_be_given_in_samples(sizes, windows, devices):
    """The number of steps is the nearest."""
    rows = played(sizes, windows, devices)
    samples = rows[123][0] + 1
    clock = clock_of(sizes, windows, devices, steps=f"{samples}sp")
    assert clock.steps == nearest(step_at(rows, 0, samples))


RAMP = "{0sp: 32, 1_000sp: 64, 5_000sp: 128}"


def test_arguments_are_resolved_from_where_their_scheduler_begins():
    scheduler = """{type: SequentialLR, interval: step, milestones: [1500sp], schedulers: [
      {type: LinearLR, start_factor: 0.1, total_iters: 1500sp},
      {type: CosineAnnealingLR, T_max: 6000sp}]}"""
    plan = plan_of(spec(scheduler, steps="20_000sp", batch_size=RAMP))
    rows = played(RUNS["stairs"][0], 1, 1)
    first = nearest(step_at(rows, 0, 1500))
    then = nearest(step_at(rows, 0, rows[first][0] + 6000) - first)
    assert plan.resolved == {
        "milestones": [first],
        "schedulers[0].total_iters": first,
        "schedulers[1].T_max": then,
    }
    closed, stepped = (simulate(plan, Request(engine=each)) for each in ("closed", "step"))
    np.testing.assert_allclose(closed.lr["all"], stepped.lr["all"], rtol=0, atol=1e-12)


def test_points_are_resolved_from_the_start_of_the_run():
    scheduler = "{type: PiecewiseLinear, points: [[0, 0.0], [1500sp, 0.1], [60_000tok, 0.01]]}"
    sizes = {"steps": "20_000sp", "batch_size": RAMP, "sequence_length": 10}
    plan = plan_of(spec(scheduler, **sizes))
    rows = played(RUNS["stairs"][0], 1, 1)
    first, second = (nearest(step_at(rows, 0, samples)) for samples in (1500, 6000))
    assert plan.resolved == {"points": [(0, 0.0), (first, 0.1), (second, 0.01)]}


def test_schedulers_that_tick_per_batch_follow_windows():
    """The number of batches before each step, as the lr of a scheduler that counts them."""
    one = "{type: LambdaLR, lr_lambda: step, interval: batch}"
    windows, sgd = "{0: 1, 5st: 3, 20st: 2}", "{type: SGD, lr: 1}"
    plan = plan_of(spec(one, steps=40, accumulate=windows, optimizer=sgd))
    rows = played(1, points("st", (0, 1), (5, 3), (20, 2)), 1)
    expected = [rows[step + 1][1] - 1 for step in range(40)]
    for engine in ("step", "closed"):
        assert simulate(plan, Request(engine=engine)).lr["all"].tolist() == expected


def test_the_arithmetic_says_what_changes():
    plan = plan_of(spec(steps="12_000sp", batch_size=RAMP))
    assert plan.clock.explain() == (
        "12_000sp = 149 steps",
        "batch_size 32, 64 from step 32 on, 128 from step 95 on",
    )
    linear = plan_of(spec(steps=300, batch_size="{0sp: 32, 9_000sp: 128, ramp: linear}"))
    rows = played(RUNS["linear"][0], 1, 1)
    reached = next(step for step, (samples, _) in enumerate(rows) if samples >= 9000)
    said = f"batch_size rises from 32 to 128, reached at step {reached}"
    assert linear.clock.explain()[1] == said


def test_an_increment_makes_a_ramp_linear():
    """The batch of BLOOM: ``--rampup-batch-size 192 16 9_765_625``."""
    sizes = "{0sp: 192, 9_765_625sp: 2048, increment: 16}"
    clock = plan_of(spec(steps=20_000, batch_size=sizes)).clock
    samples, each = 0, Fraction(9_765_625, (2048 - 192) // 16)
    for stage in clock.batching.stages[:-1]:
        # As Megatron has it: the whole increments of samples that were consumed.
        assert (stage.sample, stage.samples_per_batch) == (samples, 192 + 16 * (samples // each))
        while samples // each == (stage.samples_per_batch - 192) // 16:
            samples += stage.samples_per_batch
    assert clock.explain()[1] == "batch_size rises by 16 from 192 to 2048, reached at step 12,658"


WRONG = [
    ("{5sp: 32}", {}, "batch_size.5sp", "after the run has begun"),
    ("{0sp: 32, 9sp: 64, 5sp: 128}", {}, "batch_size.5sp", "does not come after"),
    ("{0sp: 32, 9st: 64, 500sp: 128}", {}, "batch_size", "mixes samples or tokens with steps"),
    ("{0sp: 32, 9ep: 64}", {}, "batch_size.9ep", "no number of samples"),
    ("{0sp: 32, 9: 64}", {}, "batch_size.9", "has no unit"),
    ("{0sp: 32, soon: 64}", {}, "batch_size.soon", "is not a duration"),
    ("{0sp: 32, 5tok: 64}", {}, "sequence_length", "tokens in a sample are unknown"),
    ("{0sp: 32, 9sp: 0}", {}, "batch_size.9sp", "not between 1"),
    ("{0sp: 32, 9sp: 1.5}", {}, "batch_size.9sp", "not a whole number"),
    ("{0sp: 32, 9sp: 16, ramp: linear}", {}, "batch_size.9sp", "a linear ramp rises"),
    (
        "{0sp: 32, 9sp: 64, increment: 5}",
        {},
        "batch_size.9sp",
        "the rise 32 to 64 is not a multiple of 5",
    ),
    ("{0sp: 32, 9sp: 64, increment: no}", {}, "batch_size.increment", "not a whole number"),
    ("{0sp: 32, 9sp: 64, increment: 0}", {}, "batch_size.increment", "of at least 1"),
    ("{0sp: 32, ramp: cubic}", {}, "batch_size.ramp", "must be linear"),
    ("{ramp: linear}", {}, "batch_size", "names no number"),
    ("{0sp: 1, 1e9sp: 100_000, ramp: linear}", {}, "batch_size", "more than 20,000 times"),
    ("{0sp: 32, 9sp: 64}", {"epochs": 3}, "epochs", "counts equal batches"),
    ("{0sp: 32, 9sp: 64}", {"steps_per_epoch": 3}, "steps_per_epoch", "counts equal batches"),
    ("{0sp: 32, 9sp: 64}", {"steps": "3ep"}, "dataset_size", "samples in an epoch are unknown"),
    ("{0sp: 32, 9sp: 64}", {"loop": "lightning"}, "loop", "does not do"),
]


@for_all([(f"{ramp} {more}", (ramp, more, path, message)) for ramp, more, path, message in WRONG])
def test_what_is_wrong_with_a_ramp_is_said_at_its_place(ramp, more, path, message):
    """The path below ``training``, and a part of the message."""
    text = spec(**{"steps": 100, "batch_size": ramp, **more})
    with pytest.raises(SpecError) as caught:
        plan_of(text)
    (finding,) = caught.value.findings
    assert message in finding.message, finding.message
    assert finding.path in {f"schedules.run.training.{path}", f"training.{path}"}, finding.path


@pytest.mark.parametrize(
    "scheduler",
    [
        "{type: StepLR, step_size: 1000sp, interval: step}",
        "{type: CosineAnnealingWarmRestarts, T_0: 1000tok, interval: step}",
    ],
)
def test_a_length_that_repeats_is_no_one_number_of_steps(scheduler):
    with pytest.raises(SpecError, match="not a fixed number of ticks"):
        plan_of(spec(scheduler, steps=100, batch_size=RAMP, sequence_length=2))


def test_code_is_refused_where_it_would_do_something_else():
    plan = plan_of(spec(steps=100, accumulate="{0: 1, 9st: 2}"))
    with pytest.raises(UsageError, match="accumulation that changes"):
        to_pytorch(plan, simulate(plan))
    plan = plan_of(spec(steps=100, batch_size=RAMP, optimizer="{type: AdamW}"))
    with pytest.raises(UsageError, match="one batch size"):
        to_transformers(plan, simulate(plan))
    assert "islice(endless(loader), 100)" in to_pytorch(plan, simulate(plan))


def test_an_epoch_is_the_samples_of_the_data():
    one = "{type: CosineAnnealingLR, T_max: 2ep, interval: step}"
    plan = plan_of(spec(one, steps="3ep", dataset_size=2000, batch_size=RAMP))
    rows = played(RUNS["stairs"][0], 1, 1)
    assert plan.clock.steps == nearest(step_at(rows, 0, 6000))
    assert plan.resolved == {"T_max": nearest(step_at(rows, 0, 4000))}
    assert plan.clock.epochs is None
    with pytest.raises(SpecError) as caught:
        plan_of(spec(one, epochs=3, dataset_size=2000, batch_size=RAMP))
    assert caught.value.findings[0].fix == "write `steps: 3ep`"


@for_all(list(RUNS.items()))
def test_each_step_is_in_the_epoch_of_its_last_batch(sizes, windows, devices):
    """Where batches change, an epoch is as many samples as the data have."""
    clock = clock_of(sizes, windows, devices)
    assert clock.epoch_of_step() is None
    clock = Clock.derive(replace(clock.settings, dataset_size=700))
    rows = played(sizes, windows, devices)
    expected = []
    for (samples, batches), (end, after) in pairwise(rows):
        one = (end - samples) // (after - batches)
        expected.append((end - one) // 700)
    assert clock.epoch_of_step().tolist() == expected


def test_the_schema_knows_them():
    validator = spec_validator()
    text = spec(steps=9, batch_size="{0sp: 32, 1_000sp: 64, ramp: linear}", accumulate="{0: 1}")
    validator.validate(parse(InputText("s", text), Problems(InputText("s", text))).to_python())
    wrong = text.replace("1_000sp", "1_000xx")
    assert not validator.is_valid(
        parse(InputText("s", wrong), Problems(InputText("s", wrong))).to_python()
    )
