"""Observed runs that go on from a checkpoint."""

from dataclasses import replace

import pytest

from lrplan.events import Event
from lrplan.lint.run_check import check_observation
from lrplan.observation import ObservedGroup
from tests.support.observations import line, loop, observation, optimizer, scheduler, tick

LOADED, MADE = 18, 2
PER_EPOCH = {"order": ("step",), "per_epoch": ("tick",)}
OWN = scheduler("ExponentialLR", gamma=0.9999)


def loaded(of, step=0):
    return Event("state_loaded", step, "", 0, location=line(LOADED), of=of)


def found(run):
    return [(each.name, each.line) for each in check_observation(run)]


@pytest.mark.parametrize("evidence", ["recording", "source"])
@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("optimizer", "scheduler"), []),
        (("scheduler", "optimizer"), []),
        (("optimizer",), [("resume-without-scheduler-state", LOADED)]),
        (("scheduler",), [("resume-load-order-or-missing-optimizer-state", LOADED)]),
        ((), []),
    ],
)
def test_both_states_are_loaded_or_none(evidence, states, expected):
    events = [*map(loaded, states), *loop(epochs=4, **PER_EPOCH)]
    assert found(observation(OWN, events=events, evidence=evidence)) == expected


@pytest.mark.parametrize(
    ("own", "before", "per_epoch"),
    [
        (replace(OWN, arguments={"gamma": 0.9999, "last_epoch": 4}), (), ("tick",)),
        (replace(OWN, unknown=frozenset({"last_epoch"})), (), ("tick",)),
        (replace(OWN, escapes=True), (), ("tick",)),
        (OWN, (tick(at=9)(0, 0),) * 3, ("tick",)),  # stepped to its place
        (OWN, (), (tick(value=7.0),)),  # told the epoch
        (scheduler("Own", module="train"), (), ("tick",)),
    ],
)
def test_a_scheduler_that_is_brought_to_its_place_otherwise(own, before, per_epoch):
    events = [loaded("optimizer"), *before, *loop(epochs=4, order=("step",), per_epoch=per_epoch)]
    assert found(observation(own, events=events)) == []


def test_a_state_that_is_saved_and_loaded_on_one_line_is_moved_to_a_device():
    saved = replace(loaded("optimizer"), kind="state_saved")
    events = [saved, loaded("optimizer"), *loop(epochs=4, **PER_EPOCH)]
    assert found(observation(OWN, events=events)) == []
    elsewhere = replace(saved, location=line(30))
    events = [elsewhere, *events[1:]]
    assert found(observation(OWN, events=events)) == [("resume-without-scheduler-state", LOADED)]


def test_a_state_loaded_in_the_middle_of_a_run_resumes_nothing():
    first, *rest = loop(epochs=4, **PER_EPOCH)
    for of in ("optimizer", "scheduler"):
        events = [first, *rest[:20], loaded(of, step=5), *rest[20:]]
        assert found(observation(OWN, events=events)) == []


def test_last_epoch_on_an_optimizer_that_nothing_was_loaded_into():
    own = scheduler("ExponentialLR", gamma=0.9999, last_epoch=4)
    run = observation(own, events=loop(**PER_EPOCH), evidence="source")
    assert found(run) == [("resume-missing-initial-lr", MADE)]
    first = scheduler("ExponentialLR", 0, gamma=0.9999)
    groups = (ObservedGroup(name="all", options={"lr": 0.1, "initial_lr": 0.1}),)
    for change in (
        {"schedulers": (OWN,)},
        {"events": (loaded("optimizer"), *loop(**PER_EPOCH))},
        {"optimizers": (optimizer(groups=groups),)},
        {"optimizers": (optimizer(escapes=True),)},
        # An earlier scheduler has written it.
        {"schedulers": (first, replace(own, index=1))},
    ):
        names = [name for name, _ in found(replace(run, **change))]
        assert "resume-missing-initial-lr" not in names
