"""Training loops as they are observed: what is called on what, in which order, and by whom."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lrplan.events import Event
from lrplan.lint.run_check import check_observation
from lrplan.observation import ObservedGroup, RankDifference
from lrplan.trace import DEFAULT_GROUP, Trace
from tests.support.observations import (
    line,
    loop,
    observation,
    optimizer,
    scheduler,
    tick,
    ticks_with,
    traced,
    wrote,
)

MADE, IN_BATCH, AFTER_EPOCH, BY_HAND = 2, 13, 14, 15
STEP, PER_EPOCH = ("step",), {"order": ("step",), "per_epoch": ("tick",)}
STEPLR = scheduler("StepLR", step_size=2)
ENDLESS = scheduler("ExponentialLR", gamma=0.9999)
"""A scheduler whose lengths no rule has something to say about."""


def found(run):
    return [(each.name, each.line) for each in check_observation(run)]


def names(run):
    return [each.name for each in check_observation(run)]


def finished(*schedulers, events, **facts):
    return observation(*schedulers, events=events, ending="finished", **facts)


# Order


@pytest.mark.parametrize(
    ("run", "line_of_tick"),
    [
        ({"order": ("tick", "step")}, IN_BATCH),
        ({"order": STEP, "first": ("tick",)}, AFTER_EPOCH),
        ({"order": ("batch tick", "step"), "accumulate": 2}, IN_BATCH),
        ({"order": ("step", "tick")}, None),
        (PER_EPOCH, None),
        ({"order": STEP, "first": (tick(value=0.0),)}, None),  # told the epoch, as of old
    ],
)
def test_a_scheduler_stepped_before_the_optimizer(run, line_of_tick):
    name = "scheduler-step-before-optimizer-step"
    expected = [] if line_of_tick is None else [(name, line_of_tick)]
    assert found(observation(ENDLESS, events=loop(**run))) == expected
    source = observation(ENDLESS, events=loop(**run), evidence="source")
    assert found(source) == expected


@pytest.mark.parametrize("epochs", [1, 3])
def test_a_resumed_schedule_that_is_stepped_to_its_place_is_in_order(epochs):
    catching_up = [tick(at=9)(0, 0)] * epochs
    events = [*catching_up, *loop(epochs=4, **PER_EPOCH)]
    assert found(observation(ENDLESS, events=events)) == []


def test_the_order_is_that_of_the_scheduler_and_its_own_optimizer():
    second = scheduler("ExponentialLR", 1, OPTIMIZER=1, gamma=0.9999)
    step = lambda _, s: Event("optimizer_step", s, "Adam", 1, location=line(20))  # noqa: E731
    wrong = loop(order=("step", tick(1, at=21), step))
    right = loop(order=("step", step, tick(1, at=21)))
    both = (optimizer(), optimizer("Adam", 1))
    run = observation(second, optimizers=both, events=wrong)
    assert found(run) == [("scheduler-step-before-optimizer-step", 21)]
    assert found(replace(run, events=tuple(right))) == []


def test_timm_has_no_order_of_calls():
    own = scheduler("CosineLRScheduler", module="timm.scheduler.cosine_lr", t_initial=3)
    assert found(observation(own, events=loop(order=("tick", "step")))) == []


# Schedulers that nobody steps, or that drive the wrong optimizer


def test_a_scheduler_that_is_never_stepped():
    run = finished(STEPLR, events=loop(order=STEP))
    assert found(run) == [("scheduler-never-stepped", MADE)]
    assert found(replace(run, evidence="source", ending="unknown")) == [
        ("scheduler-never-stepped", MADE)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"ending": "stopped"},
        {"ending": "failed"},
        {"events": tuple(loop(epochs=1, order=STEP))},
        {"schedulers": (replace(STEPLR, escapes=True),)},
        {"schedulers": (replace(STEPLR, parent=1), scheduler("SequentialLR", 1, OPTIMIZER=None))},
        {"schedulers": (replace(STEPLR, optimizer=None),)},
        {"schedulers": (scheduler("Own", module="train"),)},
        {"schedulers": (replace(STEPLR, step=12),)},  # made when the run was over
        {"optimizers": (optimizer(escapes=True),)},
        {"optimizers": (optimizer(), optimizer("Adam", 1)), "events": ()},  # only evaluated
        # Another one on the same optimizer is stepped: its turn may come later.
        {
            "schedulers": (STEPLR, replace(ENDLESS, index=1)),
            "events": tuple(loop(per_epoch=(tick(1),), order=STEP)),
        },
    ],
)
def test_one_that_others_may_step_or_whose_turn_may_come(change):
    assert found(replace(finished(STEPLR, events=loop(order=STEP)), **change)) == []


def test_a_scheduler_of_an_optimizer_that_is_not_stepped():
    other = replace(optimizer("AdamW", 1), location=line(7))
    old = scheduler("StepLR", OPTIMIZER=0, step_size=2)
    steps = lambda _, s: Event("optimizer_step", s, "AdamW", 1, location=line(12))  # noqa: E731
    run = observation(
        old, optimizers=(optimizer(), other), events=loop(order=(steps,), per_epoch=("tick",))
    )
    assert found(run) == [("scheduler-on-another-optimizer", MADE)]
    assert "AdamW of line 7" in check_observation(run)[0].message
    assert found(replace(run, evidence="source")) == [("scheduler-on-another-optimizer", MADE)]
    assert found(replace(run, schedulers=(replace(old, optimizer=1),))) == []
    # Each has its own: one of them is frozen for now, as a generator may be.
    second = scheduler("ExponentialLR", 1, OPTIMIZER=1, gamma=0.9999)
    both = loop(order=(steps,), per_epoch=("tick", tick(1)))
    assert found(replace(run, schedulers=(old, second), events=tuple(both))) == []


# Schedulers that are made again and again


def made_in(epochs, type_="LinearLR", **arguments):
    """A scheduler made at line 2 in each of ``epochs``, of 4, each stepped in its own epoch."""
    schedulers = tuple(
        scheduler(type_, index, STEP=4 * epoch, **arguments) for index, epoch in enumerate(epochs)
    )
    indices = {epoch: index for index, epoch in enumerate(epochs)}

    def own_tick(epoch, step):
        return tick(indices[epoch])(epoch, step) if epoch in indices else None

    return observation(*schedulers, events=loop(epochs=4, order=("step", own_tick)))


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (made_in((0, 1, 2, 3), total_iters=3), True),
        (made_in((0,), total_iters=3), False),
        (made_in((0, 2), "CosineAnnealingLR", T_max=8), False),
        (made_in((0, 1, 2, 3), "CosineAnnealingLR", T_max=40), True),
        (made_in((0, 1, 2, 3), "CosineAnnealingLR", T_max=4), False),  # a cycle of an epoch
    ],
)
def test_a_scheduler_made_in_every_epoch(run, expected):
    assert (("scheduler-made-every-epoch", MADE) in found(run)) is expected


def test_source_reaches_the_line_that_makes_it_again():
    def made(_, step):
        return Event("scheduler_made", step, "LinearLR", 0, location=line(MADE))

    own = scheduler("LinearLR", total_iters=3)
    run = observation(own, events=loop(epochs=4, first=(made,)), evidence="source")
    assert found(run) == [("scheduler-made-every-epoch", MADE)]
    once = (made(0, 0), *loop(epochs=4))
    assert found(replace(run, events=once)) == []


def test_stages_on_new_optimizers_are_stages():
    stages = [scheduler("StepLR", i, OPTIMIZER=i, STEP=0, step_size=2) for i in range(4)]
    events = []
    for index in range(4):
        step = lambda _, s, i=index: Event("optimizer_step", s, "SGD", i)  # noqa: E731
        events += loop(epochs=2, order=(step,), per_epoch=(tick(index),))
    optimizers = tuple(optimizer(index=index) for index in range(4))
    assert found(finished(*stages, optimizers=optimizers, events=events)) == []


# Learning rates written by hand


LAMBDA = scheduler("LambdaLR", UNKNOWN=frozenset({"lr_lambda"}))
LOST = "manual-lr-edit-overwritten"


def test_a_value_by_hand_that_the_next_tick_takes_back():
    # Written before step 8, after the ticks of epoch 1: applied once.
    lrs = [0.1 - 0.001 * step for step in range(16)]
    lrs[8] = 0.001
    run = observation(
        LAMBDA,
        optimizers=(traced(*lrs),),
        events=loop(epochs=4, per_epoch=(wrote(0.001, only_in=1),)),
    )
    assert found(run) == [(LOST, BY_HAND)]
    assert "used for one update: LambdaLR sets 0.091" in check_observation(run)[0].message


def test_a_value_by_hand_that_no_update_uses():
    lrs = [0.1 - 0.01 * (step // 4) for step in range(16)]
    events = loop(epochs=4, order=STEP, per_epoch=(wrote(0.001, only_in=1), "tick"))
    run = observation(LAMBDA, optimizers=(traced(*lrs),), events=events)
    assert found(run) == [(LOST, BY_HAND)]
    assert "used for no update" in check_observation(run)[0].message


@pytest.mark.parametrize(
    ("own", "lrs"),
    [
        # What multiplies keeps the value.
        (ENDLESS, [*[0.1] * 8, *[0.001] * 8]),
        # The schedule goes on near the value: it was handed over.
        (LAMBDA, [*[0.1] * 8, 0.001, *[0.00101] * 7]),
        # No scheduler at all.
        (None, [*[0.1] * 8, 0.001, *[0.1] * 7]),
    ],
)
def test_a_value_by_hand_that_lasts(own, lrs):
    run = observation(
        *([own] if own else []),
        optimizers=(traced(*lrs),),
        events=loop(
            epochs=4,
            order=("step", "tick") if own else STEP,
            per_epoch=(wrote(0.001, only_in=1),),
        ),
    )
    assert found(run) == []


def test_a_warm_up_by_hand_hands_over():
    # Before each of the first 8 of 40 updates, as YOLO's: then the schedule's own values.
    warm = lambda epoch, step: wrote(0.0125 * (step + 1))(epoch, step) if step < 8 else None  # noqa: E731
    lrs = [min(0.1, 0.0125 * (step + 1)) for step in range(40)]
    events = loop(epochs=10, order=(warm, "step"), per_epoch=("tick",))
    assert found(observation(LAMBDA, optimizers=(traced(*lrs),), events=events)) == []


def overwritten(value, replaced):
    events = loop(
        epochs=10, order=STEP, first=(wrote(value, replaced=replaced),), per_epoch=("tick",)
    )
    lrs = [value(step // 4) for step in range(40)]
    return finished(ENDLESS, optimizers=(traced(*lrs),), events=events)


def test_a_scheduler_whose_every_value_is_replaced_by_hand():
    by_hand = overwritten(lambda epoch: 0.1 * 0.5 ** (epoch // 4), lambda epoch: 0.1 * 0.9**epoch)
    assert found(by_hand) == [("scheduler-overwritten-by-hand", BY_HAND)]
    assert found(replace(by_hand, ending="stopped")) == []
    # A factor on what the scheduler sets is no schedule of its own.
    scaled = overwritten(lambda epoch: 0.05 * 0.9**epoch, lambda epoch: 0.1 * 0.9**epoch)
    assert found(scaled) == []
    # Nor is it known what was replaced.
    assert found(overwritten(lambda epoch: 0.1 * 0.5**epoch, None)) == []


def test_groups_that_a_script_does_not_write():
    groups = tuple(ObservedGroup(name=name, options={"lr": 0.1}) for name in ("body", "head"))
    first = lambda e, s: replace(wrote(0.1 * 0.9**e)(e, s), group="body")  # noqa: E731
    second = lambda e, s: replace(wrote(0.1 * 0.9**e)(e, s), group="head")  # noqa: E731
    events = loop(order=STEP, per_epoch=(first,))
    run = observation(optimizers=(optimizer(groups=groups),), events=events)
    assert found(run) == [("group-without-schedule", BY_HAND)]
    both = tuple(loop(order=STEP, per_epoch=(first, second)))
    assert found(replace(run, events=both)) == []


# Several schedulers


UNDONE = "closed-form-member-overwrites-chain"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (LAMBDA, replace(ENDLESS, index=1), [("closed-form-member-overwrites-chain", MADE)]),
        (
            replace(ENDLESS, index=0),
            replace(LAMBDA, index=1),
            [("closed-form-member-overwrites-chain", MADE)],
        ),
        (ENDLESS, scheduler("ConstantLR", 1, total_iters=3), []),
        (STEPLR, replace(STEPLR, index=1), [("group-driven-twice", MADE)]),
        (STEPLR, scheduler("StepLR", 1, step_size=3), []),
        (LAMBDA, replace(ENDLESS, index=1, optimizer=1), []),
    ],
)
def test_two_schedulers_that_tick_side_by_side(first, second, expected):
    run = loop(epochs=4, order=STEP, per_epoch=(tick(0), tick(1)))
    assert found(observation(first, second, events=run)) == expected


def test_two_schedulers_of_which_one_follows_the_other():
    in_turn = lambda e, s: tick(int(e >= 2))(e, s)  # noqa: E731
    run = loop(epochs=5, order=STEP, per_epoch=(in_turn,))
    assert found(observation(LAMBDA, replace(ENDLESS, index=1), events=run)) == []


def test_a_plateau_beside_a_warm_up_that_goes_on_loses_its_cuts():
    plateau = scheduler("ReduceLROnPlateau", 1, patience=5, at=3)
    losses = [1.0, 0.9, 0.8, 0.7]
    run = loop(epochs=4, order=("step", tick(0)), per_epoch=(ticks_with(losses, 1),))
    (finding,) = check_observation(observation(LAMBDA, plateau, events=run))
    assert finding.name == "closed-form-member-overwrites-chain"
    assert "what ReduceLROnPlateau of line 3 has done by then is lost" in finding.message


def test_a_decay_beside_a_warm_up_that_ends_loses_what_it_did_until_then():
    warms_up = lambda e, s: tick(0)(e, s) if e < 2 else None  # noqa: E731
    run = loop(epochs=5, order=STEP, per_epoch=(tick(1), warms_up))
    decay = replace(ENDLESS, index=1)
    messages = [each.message for each in check_observation(observation(LAMBDA, decay, events=run))]
    (message,) = [each for each in messages if "computes the lr from its base" in each]
    assert message.endswith(
        "at each of its ticks, so what ExponentialLR of line 2 has done by then is lost"
    )


# Groups that come later


def grown(own, *, lr=(0.1, 0.09, 0.08, 0.07), new=(math.nan, 0.01, 0.01, 0.01), ending="finished"):
    columns = {"body": np.array(lr), "new": np.array(new)}
    trace = Trace("run", {"lr": columns}, {}, groups=("body", "new"), planned_steps=4)
    groups = (
        ObservedGroup(name="body", options={"lr": 0.1}),
        ObservedGroup(name="new", options={"lr": 0.01}, first_step=1),
    )
    made = Event("scheduler_made", 0, own.type, 0, location=line(MADE))
    added = Event("group_added", 1, "SGD", 0, location=line(16))
    first, *rest = loop(epochs=4, batches=1)
    events = (made, first, *rest[:4], added, *rest[4:])
    owner = optimizer(groups=groups, trace=trace)
    return observation(own, optimizers=(owner,), events=events, ending=ending)


def test_a_group_that_the_scheduler_does_not_know():
    name = "param-group-added-after-scheduler"
    assert found(grown(LAMBDA)) == [(name, 16)]
    assert "stays at 0.01" in check_observation(grown(LAMBDA))[0].message
    # torch 2.10 and later raise an error at the next tick.
    assert found(grown(LAMBDA, new=(math.nan, 0.01, 0.009, 0.008), ending="failed")) == [(name, 16)]
    assert found(replace(grown(LAMBDA), evidence="source")) == [(name, 16)]


def test_a_group_that_is_taken_along_or_was_there_first():
    assert found(grown(ENDLESS)) == []
    assert found(grown(LAMBDA, new=(math.nan, 0.01, 0.009, 0.008))) == []
    run = grown(LAMBDA)
    made, *others = run.events
    late = next(index for index, each in enumerate(others) if each.kind == "group_added")
    events = (*others[: late + 1], made, *others[late + 1 :])
    assert found(replace(run, events=events)) == []


# get_lr()


def read(value=None, applied=None):
    return lambda _, s: Event(
        "lr_read", s, "StepLR", 0, value=value, applied=applied, location=line(17)
    )


@pytest.mark.parametrize(
    ("own", "event", "expected"),
    [
        (ENDLESS, read(0.09, 0.1), True),
        (ENDLESS, read(0.1, 0.1), False),
        (ENDLESS, read(0.10001, 0.1), False),
        (ENDLESS, read(), True),
        (LAMBDA, read(), False),
        (scheduler("Own", module="train"), read(), False),
    ],
)
def test_get_lr_that_shows_another_value(own, event, expected):
    run = observation(own, events=loop(order=STEP, per_epoch=("tick", event)))
    assert found(run) == ([("get-lr-is-not-current-lr", 17)] if expected else [])


# Skipped updates, and processes that differ


def test_updates_that_a_gradient_scaler_left_out():
    skipped = [*loop(epochs=1, order=("skipped", "tick")), *loop(epochs=3)]
    assert found(observation(ENDLESS, events=skipped)) == [("amp-skipped-update", IN_BATCH)]
    guarded = [*loop(epochs=1, order=("skipped",)), *loop(epochs=3)]
    assert found(observation(ENDLESS, events=guarded)) == []
    per_epoch = [*loop(epochs=1, order=("skipped",), per_epoch=("tick",)), *loop(**PER_EPOCH)]
    assert found(observation(ENDLESS, events=per_epoch)) == []


def test_processes_that_apply_other_learning_rates():
    one = RankDifference(
        rank=1, step=40, optimizer=0, group=DEFAULT_GROUP, lr=0.1, lr_of_rank_0=0.01
    )
    run = observation(ENDLESS, rank_differences=(one, replace(one, group="head")))
    assert found(run) == [("ranks-differ", MADE)]
    assert "process 1 applies 0.1 at step 40, where process 0 applies 0.01" in (
        check_observation(run)[0].message
    )
    short = replace(one, rank=2, lr=math.nan)
    (_, second) = check_observation(replace(run, rank_differences=(one, short)))
    assert "process 2 has no such update" in second.message
