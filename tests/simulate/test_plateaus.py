"""Plateaus in random runs, broken off and not, against a loop written by hand with torch alone.

Every comparison is exact, but for warm-ups: those are computed another way, to a relative 1e-12.
"""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from lrplan.errors import SpecError, UsageError
from lrplan.request import Request
from lrplan.resume import parse_resume_options
from lrplan.simulate.engine_choice import simulate
from lrplan.simulate.resuming.resume import resume
from lrplan.specfile.load import load
from lrplan.specfile.training_override import with_training
from lrplan.text_position import InputText
from tests.simulate.batch_loop import Process, Progress, Restore, Training
from tests.support.specs import trace as traced

VALUES = [3.0, 2.5, 2.0, 1.9999, 1.5, 1.0, -1.0, float("inf"), float("nan")]
RESTORED = {
    "optimizer,scheduler": Restore(b""),
    "scheduler": Restore(b"", after=("scheduler",)),
    "optimizer": Restore(b"", after=("optimizer",)),
    "early-optimizer,scheduler": Restore(b"", before=("optimizer",), after=("scheduler",)),
    "none": Restore(b"", after=()),
}
COMPANIONS = [
    {"type": "ExponentialLR", "gamma": 0.9},
    {"type": "StepLR", "step_size": 3, "gamma": 0.5},
    {"type": "CosineAnnealingLR", "T_max": 10, "eta_min": 0.01},
    {
        "type": "SequentialLR",
        "milestones": [3],
        "schedulers": [
            {"type": "LinearLR", "start_factor": 0.1, "total_iters": 3},
            {"type": "ExponentialLR", "gamma": 0.8},
        ],
    },
    {
        "type": "ChainedScheduler",
        "schedulers": [
            {"type": "ConstantLR", "factor": 0.5, "total_iters": 4},
            {"type": "ExponentialLR", "gamma": 0.9},
        ],
    },
]


@dataclass
class Case:
    """A schedule, and where its run breaks off."""

    training: Training
    groups: dict
    schedulers: list
    metrics: dict
    at: str = ""
    parts: str = "optimizer,scheduler"
    later: Training | None = None

    @property
    def tolerance(self):
        warms_up = any(each["type"] == "GradualWarmupScheduler" for each in self.schedulers)
        return 1e-12 if warms_up else 0

    def spec(self):
        metrics = {name: {"values": each, "then": "hold"} for name, each in self.metrics.items()}
        schedule = {
            "optimizer": {"type": "SGD", "groups": self.groups},
            "scheduler": self.schedulers,
            "metrics": metrics,
        }
        text = json.dumps({"training": settings_of(self.training), "schedules": {"it": schedule}})
        text = text.replace("NaN", ".nan").replace("Infinity", ".inf")
        return load(InputText("spec.yaml", text), Path())

    def process(self, read=None, restore=None):
        read = [0] * len(self.schedulers) if read is None else read
        return Process(self.groups, self.schedulers, self.metrics, read, restore)


def settings_of(training):
    named = {
        "epochs": training.epochs,
        "steps": training.steps,
        "batches_per_epoch": training.batches,
        "accumulate": training.accumulate,
        "last_window": training.last_window,
    }
    return {name: value for name, value in named.items() if value is not None}


@st.composite
def trainings(draw):
    batches = draw(st.none() | st.integers(1, 9))
    epochs = None if batches is None else draw(st.none() | st.integers(1, 6))
    steps = draw(st.integers(1, 20) if epochs is None else st.none() | st.integers(1, 20))
    accumulate = draw(st.integers(1, 8))
    last_window = draw(st.sampled_from(["step", "drop", "carry"]))
    assume(last_window != "drop" or batches is None or accumulate <= batches)
    return Training(epochs, steps, batches, accumulate, last_window)


@st.composite
def plateaus(draw, count):
    floors = st.sampled_from([0.0, 0.02, 0.3])
    return {
        "type": "ReduceLROnPlateau",
        "mode": draw(st.sampled_from(["min", "max"])),
        "factor": draw(st.sampled_from([0.5, 0.1, 0.9])),
        "patience": draw(st.integers(0, 3)),
        "cooldown": draw(st.integers(0, 2)),
        "threshold": draw(st.sampled_from([1e-4, 0.3])),
        "threshold_mode": draw(st.sampled_from(["rel", "abs"])),
        "min_lr": draw(floors | st.lists(floors, min_size=count, max_size=count)),
        "eps": draw(st.sampled_from([1e-8, 0.05])),
    }


@st.composite
def schedulers(draw, name, groups, training):
    chosen = draw(st.lists(st.sampled_from(groups), unique=True, min_size=1))
    chosen = [group for group in groups if group in chosen]
    kind = draw(st.sampled_from(["plateau", "plateau", "warmed", "other"]))
    intervals = ["step", "batch"] if training.batches is None else ["step", "batch", "epoch"]
    keys = {
        "interval": draw(st.sampled_from(intervals)),
        "frequency": draw(st.sampled_from([1, 1, 2, 3])),
        "groups": chosen,
    }
    if kind == "other":
        return {**draw(st.sampled_from(COMPANIONS)), **keys}
    plateau = {**draw(plateaus(len(chosen))), "monitor": name}
    if kind == "plateau":
        return {**plateau, **keys}
    return {
        "type": "GradualWarmupScheduler",
        "multiplier": draw(st.sampled_from([1, 2.0, 8.0])),
        "total_epoch": draw(st.integers(1, 5)),
        "after_scheduler": plateau,
        **keys,
    }


@st.composite
def runs(draw):
    training = draw(trainings())
    groups = {name: {"lr": draw(st.sampled_from([1.0, 0.1]))} for name in "abc"[: draw(few)]}
    results = [draw(schedulers(f"m{i}", list(groups), training)) for i in range(draw(few))]
    used = [
        each.get("monitor") or each.get("after_scheduler", {}).get("monitor") for each in results
    ]
    lists = st.lists(st.sampled_from(VALUES), min_size=1, max_size=60)
    return Case(training, groups, results, {name: draw(lists) for name in used if name})


few = st.integers(1, 3)


@st.composite
def broken_runs(draw):
    case = draw(runs())
    training, change = case.training, draw(st.sampled_from(["none", "longer", "other epochs"]))
    last = training.last_batches()
    assume(last)
    later, places = training, range(1, len(last))
    if change == "longer":
        later = replace(
            training,
            epochs=training.epochs and training.epochs + draw(few),
            steps=training.steps and training.steps + draw(st.integers(1, 9)),
        )
        places = [*places, *[len(last)] * 3]  # the end is where most differs
    ends = [] if training.batches is None else ends_of_epochs(training, last)
    if change == "other epochs":
        assume(training.batches)
        later = replace(training, batches=draw(st.integers(1, 9)), accumulate=draw(few))
        assume(later.last_window != "drop" or later.accumulate <= later.batches)
        assume(later.last_batches())
        # A place within an epoch is refused: once in a while is enough.
        places = [*places, *ends * 5, len(last)]
    places = [str(place) for place in (*places, *ends)]
    assume(places)
    parts = draw(st.sampled_from(sorted(RESTORED)))
    return replace(case, at=draw(st.sampled_from(places)), parts=parts, later=later)


def ends_of_epochs(training, last):
    """The ends of epochs at which a step was made, and another one is still to come."""
    ends = range(training.batches, last[-1] + 1, training.batches)
    return [f"{end // training.batches}ep" for end in ends if last[0] < end]


def planned(case):
    try:
        return case.spec()
    except SpecError as error:
        assume("do not fill a window" not in str(error))
        raise


def check(columns, rows, case):
    """``columns`` are the ``rows``."""
    table = np.column_stack([columns[name] for name in case.groups])
    expected = np.array(rows).reshape(-1, len(case.groups))
    assert table.shape == expected.shape
    if case.tolerance:
        np.testing.assert_allclose(table, expected, rtol=case.tolerance, atol=0)
    else:
        np.testing.assert_array_equal(table, expected)


def check_run(case, request):
    plan = planned(case).plans["it"]
    with quiet():
        rows = case.process().train(case.training, Progress())
    trace = simulate(plan, request)
    assert trace.failure is None
    check(trace.lr, rows, case)


def check_broken_run(case):
    spec = planned(case)
    plan = later = spec.plans["it"]
    asked = parse_resume_options(case.at, case.parts.split(","))
    if case.later != case.training:
        changes = [f"{key}={value}" for key, value in settings_of(case.later).items()]
        changed = with_training(spec, ["it"], changes, Path(), option="--resume-training")
        later = changed.plans["it"]
    with quiet():
        wanted = expected(case)
    if isinstance(wanted, str):
        with pytest.raises(UsageError, match=wanted):
            resume(plan, later, asked)
        event(wanted)
        return
    resumed = resume(plan, later, asked)
    assert resumed.trace.failure is None
    unbroken, rows = wanted
    check(resumed.unbroken.lr, unbroken, case)
    check(resumed.trace.lr, rows, case)
    event(f"{case.parts}, training {'the same' if later is plan else 'changed'}")


def expected(case):
    """The rates of the unbroken and of the resumed run; or why it cannot be resumed."""
    first, progress = case.process(), Progress()
    whole = str(len(case.training.last_batches()))
    rows = first.train(case.training, progress, at=None if case.at == whole else case.at)
    position = taken_up(case, progress)
    if isinstance(position, str):
        return position
    restore = replace(RESTORED[case.parts], saved=first.save())
    done = position.steps
    second = case.process(first.read, restore).train(case.later, position)
    if not second:
        return "nothing is left"
    return rows + case.process().train(case.later, Progress())[done:], rows + second


def taken_up(case, progress):
    """The first counts of the new process, or the reason why there are none."""
    old, new = case.training, case.later
    if (old.batches, old.accumulate) == (new.batches, new.accumulate):
        return progress
    # Whoever changes the epochs goes on at the beginning of one.
    epoch, rest = divmod(progress.batches, old.batches)
    if rest:
        return "inside one"
    batches = epoch * new.batches
    steps = sum(map(new.closes, range(batches)))
    return Progress(batches, {"step": steps, "batch": batches, "epoch": epoch})


@contextmanager
def quiet():
    """torch warns of ticks before the first optimizer step."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


FALLING = "{values: [1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5], then: hold}"
EVERY_BATCH = "epochs: 2, batches_per_epoch: 12, accumulate: 6"
SHORT_EPOCHS = "epochs: 12, batches_per_epoch: 2, accumulate: 6, last_window: carry"
PLATEAU = "type: ReduceLROnPlateau, factor: 0.5, patience: %d"
WARMED = "type: GradualWarmupScheduler, multiplier: 2, total_epoch: 2, after_scheduler: {%s}"
AT_ONCE = PLATEAU % 0
BEFORE_THE_FIRST_STEP = {
    # The 6th value is the best, and every third one after it cuts: the 9th, the 12th, ...
    "batch": (EVERY_BATCH, f"{PLATEAU % 2}, interval: batch", [1, 0.5, 0.125, 0.03125]),
    # A value for every third batch: the 7th, of batch 21, is the first that is no better.
    "frequency": (EVERY_BATCH, f"{AT_ONCE}, interval: batch, frequency: 3", [1, 1, 1, 0.5]),
    # The warm-up takes two ticks, to twice the rate; cuts as without it.
    "warm-up": (
        EVERY_BATCH,
        f"{WARMED % (PLATEAU % 2)}, interval: batch",
        [2, 1, 0.25, 0.0625],
    ),
    # Two epochs end before step 0, five before step 1, eight and eleven before the others.
    "epoch": (SHORT_EPOCHS, AT_ONCE, [1, 1, 0.25, 0.03125]),
    "apart": (
        f"{EVERY_BATCH}, loop: accelerate, world_size: 3, step_scheduler_with_optimizer: false",
        f"{PLATEAU % 2}, interval: batch",
        [1, 0.5, 0.125, 0.03125],
    ),
}


@pytest.mark.parametrize("name", BEFORE_THE_FIRST_STEP)
def test_values_before_the_first_step_are_read(name):
    training, scheduler, wanted = BEFORE_THE_FIRST_STEP[name]
    optimizer = "optimizer: {type: SGD, lr: 1.0}"
    text = f"{optimizer}\nscheduler: {{{scheduler}}}\nmetrics: {{loss: {FALLING}}}"
    assert traced(text, training).lr["all"].tolist() == wanted


requests = st.sampled_from([Request(), Request(step_optimizer=True)])


@given(runs(), requests)
def test_a_run_is_that_of_the_loop(case, request):
    check_run(case, request)


@given(broken_runs())
def test_a_resumed_run_is_that_of_the_loop(case):
    check_broken_run(case)


@pytest.mark.slow
@settings(max_examples=4000)
@given(runs(), requests)
def test_many_runs_are_those_of_the_loop(case, request):
    check_run(case, request)


@pytest.mark.slow
@settings(max_examples=4000)
@given(broken_runs())
def test_many_resumed_runs_are_those_of_the_loop(case):
    check_broken_run(case)
