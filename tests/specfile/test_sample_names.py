"""``samples`` and ``tokens`` in expressions, against loops that count what they have read."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from lrplan.errors import SpecError, UsageError
from lrplan.export.code import to_pytorch
from lrplan.lock.fingerprint import plan_digest
from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from tests.export.running import executed
from tests.support.for_all import for_all
from tests.support.specs import plan_of, spec

PLAIN = {"type": "SGD", "lr": 1}


def plan_with(text, interval="step", frequency=1, **training):
    scheduler = {"type": "LambdaLR", "lr_lambda": f'"{text}"', "interval": interval}
    scheduler |= {"frequency": frequency} if frequency > 1 else {}
    return plan_of(spec(scheduler, optimizer=PLAIN, **training))


def expression_of(plan):
    return plan.schedulers[0].arguments["lr_lambda"]


def read_before_ticks(ticks, interval, *, epochs, samples, batch, accumulate=1, last="step"):
    """The samples that a loop over real batches has read before each tick of a scheduler."""
    counts, read = [0], 0
    for _ in range(epochs):
        sizes = [min(batch, samples - begin) for begin in range(0, samples, batch)]
        for index, size in enumerate(sizes, start=1):
            read += size
            is_short = index == len(sizes) and index % accumulate
            steps = index % accumulate == 0 or (is_short and last == "step")
            if interval == "batch" or (interval == "step" and steps):
                counts.append(read)
        if interval == "epoch":
            counts.append(read)
        if last == "drop" and interval == "step" and len(sizes) % accumulate:
            counts[-1] = read  # what is left over is read before the next step
    return counts[:ticks]


EPOCHS = [
    ({"samples": 640, "batch": 64}, "step", "(step * 64)"),
    ({"samples": 640, "batch": 64}, "batch", "(x * 64)"),
    ({"samples": 640, "batch": 64}, "epoch", "(epoch * 640)"),
    ({"samples": 150, "batch": 64}, "step", "(150 * (step // 3) + min(64 * (step % 3), 150))"),
    ({"samples": 150, "batch": 64}, "batch", "(150 * (x // 3) + min(64 * (x % 3), 150))"),
    ({"samples": 150, "batch": 64}, "epoch", "(epoch * 150)"),
    (
        {"samples": 640, "batch": 64, "accumulate": 4},
        "step",
        "(640 * (step // 3) + min(256 * (step % 3), 640))",
    ),
    (
        {"samples": 640, "batch": 64, "accumulate": 4, "last": "drop"},
        "step",
        "(640 * (step // 2) + min(256 * (step % 2), 640))",
    ),
]


@for_all([(f"{run} {interval}", (run, interval, text)) for run, interval, text in EPOCHS])
def test_samples_are_those_of_a_loop_over_epochs(run, interval, text):
    """Also where the last batch, or the last window, of an epoch is short."""
    training = {"dataset_size": run["samples"], "batch_size": run["batch"], "epochs": 4}
    training |= {"accumulate": run.get("accumulate", 1), "last_window": run.get("last", "step")}
    plan = plan_with("samples", interval, **training)
    expression = expression_of(plan)
    ticks = plan.clock.ticks(interval)
    expected = read_before_ticks(ticks, interval, epochs=4, **run)
    assert [expression(tick) for tick in range(ticks)] == expected
    assert expression.text == text


def test_samples_of_a_run_in_steps_are_a_multiple():
    training = {"steps": 90, "batch_size": 8, "accumulate": 2, "world_size": 3}
    assert expression_of(plan_with("samples / 7", **training)).text == "(step * 48) / 7"
    every_third = plan_with("samples", frequency=3, **training)
    assert expression_of(every_third).text == "(step * 144)"
    tokens = plan_with("tokens", sequence_length=10, **training)
    assert expression_of(tokens).text == "(step * 480)"
    assert expression_of(tokens).written == "tokens"


SIZES = "{0sp: 32, 1_000sp: 64, 5_000sp: 128}"


def read_before_steps(steps, size_of):
    """The samples before each of ``steps``, of batches whose size depends on them."""
    read, counts = 0, []
    for _ in range(steps):
        counts.append(read)
        read += size_of(read)
    return counts


def stairs(read):
    return 32 if read < 1000 else 64 if read < 5000 else 128


def rising(read):
    """From 32 to 128 in 9000 samples, by 16 at once."""
    return 32 + 16 * min(96 * read // (9000 * 16), 6)


RAMPS = [(SIZES, stairs), ("{0sp: 32, 9_000sp: 128, increment: 16}", rising)]


@pytest.mark.parametrize(("sizes", "size_of"), RAMPS)
def test_samples_follow_a_batch_that_changes(sizes, size_of):
    """Both engines, to the last bit: the counts are whole numbers."""
    read = read_before_steps(400, size_of)
    plan = plan_with("samples", steps=400, batch_size=sizes)
    for engine in ("step", "closed"):
        assert simulate(plan, Request(engine=engine)).lr["all"].tolist() == read
    tokens = plan_with("tokens / 7", steps=400, batch_size=sizes, sequence_length=5)
    wanted = [5 * each / 7 for each in read]
    np.testing.assert_allclose(simulate(tokens).lr["all"], wanted, rtol=1e-15)


def test_samples_of_batches_and_of_rare_ticks_follow_too():
    read = read_before_steps(400, lambda before: 2 * stairs(before))
    training = {"steps": 200, "batch_size": SIZES, "accumulate": 2}
    batches = expression_of(plan_with("samples", "batch", **training))
    assert [batches(2 * step) for step in range(200)] == read[:200]
    assert batches(1) == 32
    third = expression_of(plan_with("samples", frequency=3, **training))
    assert [third(call) for call in range(60)] == read[:180:3]


def test_samples_of_a_phase_count_from_its_beginning():
    scheduler = """{type: SequentialLR, interval: step, milestones: [30], schedulers: [
      {type: ConstantLR, factor: 0.5, total_iters: 30}, {type: LambdaLR, lr_lambda: samples}]}"""
    plan = plan_of(spec(scheduler, optimizer=PLAIN, steps=100, batch_size=SIZES))
    read = read_before_steps(100, stairs)
    expected = [0.5] * 30 + [each - read[30] for each in read[30:]]
    for engine in ("step", "closed"):
        assert simulate(plan, Request(engine=engine)).lr["all"].tolist() == expected
    factor = executed(to_pytorch(plan, simulate(plan)))["factor"]
    assert [factor(tick) for tick in range(70)] == expected[30:]


SMOOTH = "min(samples / 700, 0.1 + 0.9 * cos(min(1, samples / 20000)))"


@pytest.mark.parametrize(("sizes", "size_of"), RAMPS)
def test_exported_code_counts_the_same_samples(sizes, size_of):
    plan = plan_with(SMOOTH, steps=400, batch_size=sizes)
    factor = executed(to_pytorch(plan, simulate(plan)))["factor"]
    for step, read in enumerate(read_before_steps(400, size_of)):
        wanted = min(read / 700, 0.1 + 0.9 * math.cos(min(1, read / 20000)))
        assert factor(step) == pytest.approx(wanted, rel=1e-15)


def test_code_is_refused_for_more_stages_than_anybody_reads():
    sizes = "{0sp: 32, 1_000_000sp: 3000, ramp: linear}"
    plan = plan_with("samples", steps=3000, batch_size=sizes)
    with pytest.raises(UsageError, match=r"changes 1,\d\d\d times"):
        to_pytorch(plan, simulate(plan))


def test_an_expression_with_counts_can_be_stored_and_is_told_from_others():
    first, second = (
        plan_with("samples", steps=100, batch_size=sizes)
        for sizes in (SIZES, "{0sp: 32, 1_000sp: 64}")
    )
    one, other = expression_of(first), expression_of(second)
    again = pickle.loads(pickle.dumps(one))
    assert again == one != other
    assert again(99) == one(99) != other(99)
    assert plan_digest(first) != plan_digest(second)
    assert one.with_text("2 * samples")(50) == 2 * one(50)


REFUSED = [
    ("samples", {"steps": 9}, "samples in a step are unknown"),
    ("tokens", {"steps": 9, "batch_size": 2}, "tokens in a sample are unknown"),
    ("samples", {"steps": 9, "accumulate": "{0: 1, 5st: 2}"}, "samples in a step are unknown"),
    ("samples(1)", {"steps": 9, "batch_size": 2}, "`samples` is not a function"),
    ("sample", {"steps": 9, "batch_size": 2}, "there is no name `sample`"),
    (
        "samples",
        {"dataset_size": 150, "batch_size": 64, "epochs": 4, "accumulate": 2,
         "last_window": "carry"},
        "steps differ from epoch to epoch",
    ),
]  # fmt: skip


@for_all([(f"{text} {run}", (text, run, message)) for text, run, message in REFUSED])
def test_what_cannot_be_counted_is_refused(text, run, message):
    """At the place of the name."""
    with pytest.raises(SpecError) as caught:
        plan_with(text, **run)
    (finding,) = caught.value.findings
    assert message in finding.message, finding.message
    assert finding.path == "schedules.run.scheduler.lr_lambda"


def test_a_schedule_that_ticks_otherwise_than_its_epochs_end_is_refused():
    with pytest.raises(SpecError, match="epochs end with a short batch"):
        plan_with("samples", frequency=2, dataset_size=150, batch_size=64, epochs=4)


def test_metrics_of_schedulers_that_tick_differently_have_no_samples():
    schedulers = [
        f"{{type: ReduceLROnPlateau, monitor: loss, interval: {interval}}}"
        for interval in ("step", "epoch")
    ]
    text = spec(schedulers, metrics="{loss: {expr: samples}}", batch_size=4)
    with pytest.raises(SpecError, match="up to which tick samples are counted"):
        plan_of(text)


def test_let_gives_no_such_name():
    with pytest.raises(SpecError, match="`samples` stands for a number already"):
        plan_of(spec(rest="let: {samples: 5st}"))
