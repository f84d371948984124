"""The further calls of a run: what was seen is repeated to the end, or the reason is said."""

import itertools
from dataclasses import replace

import pytest

from lrplan.events import Event, Location
from lrplan.forecast.call_pattern import NoCallPatternError, future_calls
from lrplan.observation import KnownLength
from tests.support.observations import loop, observation, optimizer, scheduler

STEP_LR = scheduler("StepLR", step_size=2)


def text(calls):
    """Calls in short: ``S`` a step, ``T`` a tick (with the number of others than 0), ``|`` an
    epoch."""
    letters = {"step": "S", "tick": "T", "epoch": "|"}
    return "".join(f"{letters[kind]}{number or ''}" for kind, number in calls)


def whole(**options):
    return list(loop(**options))


def stopped(events, steps):
    """The events up to the step after which ``steps`` were made."""
    made = itertools.accumulate(event.kind == "optimizer_step" for event in events)
    return [event for event, count in zip(events, [0, *made], strict=False) if count < steps]


def run(events, *schedulers, **lengths):
    known = {name: KnownLength(value) for name, value in lengths.items()}
    return observation(*schedulers or (STEP_LR,), events=events, **known)


LOOPS = {
    "a tick an epoch": {"order": ("step",), "per_epoch": ("tick",)},
    "a tick a step": {"order": ("step", "tick")},
    "the tick before the step": {"order": ("tick", "step")},
    "a tick a batch": {"order": ("step", "batch tick"), "accumulate": 2},
    "both": {"order": ("step", "tick"), "per_epoch": ("tick",)},
}


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize("steps", [5, 6, 7, 8, 9, 14])
def test_what_comes_is_what_the_loop_does(name, steps):
    """A run that is stopped, in its first epoch or later, goes on as the whole one did."""
    events = whole(epochs=5, batches=8, **LOOPS[name])
    seen = stopped(events, steps)
    expected = observed_text(events)[len(observed_text(seen)) :]
    accumulate = LOOPS[name].get("accumulate", 1)
    calls = future_calls(run(seen, epochs=5, batches_per_epoch=8, accumulate=accumulate))
    if steps <= 8 // accumulate and name in {"a tick an epoch", "both"}:
        # Ticks at its end are assumed, or, where others come between steps, not known of.
        assert text(calls).count("S") == expected.count("S")
    else:
        assert text(calls) == expected


def observed_text(events):
    kinds = {"optimizer_step": "S", "scheduler_tick": "T", "epoch_began": "|"}
    return "".join(kinds.get(event.kind, "") for event in events)


def test_a_scheduler_that_did_not_tick_yet_is_assumed_to_tick_once_an_epoch():
    seen = stopped(whole(epochs=3, batches=5, order=("step",)), 4)
    calls = future_calls(run(seen, epochs=3, batches_per_epoch=5))
    assert text(calls) == "ST|SSSSST|SSSSST"
    assert "StepLR (train.py:2) did not tick within the 4 steps seen" in calls.notes[0]


def test_the_run_ends_at_its_last_step():
    seen = stopped(whole(epochs=3, batches=4), 6)
    calls = future_calls(run(seen, steps=11, batches_per_epoch=4))
    assert text(calls) == "TSTST|STSTST"
    assert calls.steps() == {0: 5}


def test_a_run_without_epochs_is_counted_in_steps():
    events = [event for event in whole(epochs=1, batches=40) if event.kind != "epoch_began"]
    calls = future_calls(run(stopped(events, 4), steps=7))
    assert text(calls) == "TSTSTST"


def test_two_optimizers_keep_their_turns():
    """The second of them steps after every second step of the first."""
    events = [Event("epoch_began", 0, "")]
    for number in range(5):
        events.append(Event("optimizer_step", number, "Adam"))
        events += [Event("optimizer_step", number // 2, "Adam", 1)] * (number % 2)
    both = (optimizer(), optimizer(index=1))
    seen = observation(optimizers=both, events=events, epochs=KnownLength(2))
    seen = replace(seen, batches_per_epoch=KnownLength(6), accumulate=KnownLength(1))
    assert text(future_calls(seen)) == "SS1|SSS1SSS1SSS1"


def test_a_plateau_is_not_ticked():
    plateau = scheduler("ReduceLROnPlateau", patience=2)
    events = whole(epochs=2, batches=4, order=("step",), per_epoch=("tick",))
    calls = future_calls(run(events, plateau, epochs=3))
    assert text(calls) == "|SSSS"
    (note,) = calls.notes
    assert note.startswith("ReduceLROnPlateau (train.py:2) follows a metric, which is not known")


def test_an_lr_set_by_hand_is_not_known():
    place = Location(file="train.py", line=30)
    events = whole(epochs=2, batches=4)
    events.insert(20, Event("lr_written", 5, "", of="optimizer", location=place))
    calls = future_calls(run(events, epochs=3))
    assert calls.unknown == {
        0: "the program itself sets its learning rate (train.py:30): only running it shows the rest"
    }


def test_epochs_that_differ_are_said():
    first, second, third = (whole(epochs=1, batches=size) for size in (3, 4, 2))
    calls = future_calls(run([*first, *second, *third], epochs=4))
    assert text(calls) == "STST|STSTSTST"
    assert "the epochs seen differ" in calls.notes[0]


@pytest.mark.parametrize(
    ("events", "lengths", "reason"),
    [
        ([], {"epochs": 3}, "no optimizer stepped"),
        (whole(epochs=2), {}, "--set epochs=N or --set steps=N"),
        (stopped(whole(), 3), {"epochs": 3}, "the number of its steps is not known"),
        (stopped(whole(), 2), {"epochs": 3, "batches_per_epoch": 4}, "too few to tell"),
    ],
)
def test_what_is_not_known_is_said(events, lengths, reason):
    with pytest.raises(NoCallPatternError, match=reason):
        future_calls(run(events, **lengths))


def test_a_run_that_was_stopped_between_two_epochs_begins_the_next_one():
    seen = run(whole(epochs=1, batches=3, order=("step",), per_epoch=("tick",)), epochs=3)
    assert text(future_calls(seen, complete_epochs=1)) == "|SSST|SSST"


def test_a_scheduler_that_waits_while_others_tick_is_said():
    second = scheduler("SWALR", index=1)
    seen = stopped(whole(epochs=4, batches=3, order=("step",), per_epoch=("tick",)), 4)
    (note,) = future_calls(run(seen, STEP_LR, second, epochs=4)).notes
    assert note == "SWALR (train.py:2) did not tick so far, and is assumed not to tick later"


def test_an_epoch_in_which_no_step_was_skipped_is_repeated():
    first, *rest = (whole(epochs=1, batches=3) for _ in range(4))
    at = next(at for at, event in enumerate(first) if event.kind == "optimizer_step")
    first[at : at + 2] = [replace(first[at], kind="optimizer_step_skipped")]
    calls = future_calls(run([*first, *rest[0], *rest[1]], epochs=4))
    assert text(calls) == "|STSTST"
    assert calls.notes == ()
    only = future_calls(run([*first, *rest[0]], epochs=3))
    assert text(only) == "|STST"
    assert "a gradient scaler skipped steps" in only.notes[0]
