"""Resumed runs are those of a loop written by hand with torch.save and torch.load.

Every comparison is exact: the same operations on the same numbers.
"""

from functools import partial

import numpy as np
import pytest

from lrplan.errors import LrplanError, SpecError
from tests.resume.by_hand import BREAK, EPOCHS, PER_EPOCH, ask, resumed, spec_of, table, unbroken
from tests.resume.kinds import KINDS, NO_LAST_EPOCH, ONE_TICK, of
from tests.support.releases import TORCH, since

AT = BREAK * PER_EPOCH

ORDERS = {
    "complete": ((), "optimizer,scheduler"),
    "scheduler-only": (("scheduler",), "scheduler"),
    "optimizer-only": (("optimizer",), "optimizer"),
    "none": (("none",), ""),
    "too-early": (("early-optimizer", "scheduler"), "optimizer,build,scheduler"),
}


def plateau(name):
    return {"plateau": True} if name == "ReduceLROnPlateau" else {}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", KINDS)
def test_every_scheduler_of_torch(name, order):
    by_hand, in_spec = KINDS[name]
    parts, wanted = ORDERS[order]
    asked = ask(spec_of(in_spec, metrics=bool(plateau(name))), *parts)
    assert asked.step == AT
    assert np.array_equal(table(asked.unbroken), unbroken(by_hand, **plateau(name)))
    assert np.array_equal(table(asked.trace), resumed(by_hand, parts=wanted, **plateau(name)))
    assert asked.trace.failure is None
    if order == "complete":
        assert asked.identical
        assert asked.differences == ()
        assert asked.jumps == ()
        if TORCH >= (2, 6):  # older ones load fewer kinds of values
            assert asked.unsafe == ""


@pytest.mark.parametrize("name", KINDS)
def test_the_scheduler_alone_is_wrong_at_first_and_some_stay_so(name):
    _, in_spec = KINDS[name]
    asked = ask(spec_of(in_spec, metrics=bool(plateau(name))), "scheduler")
    rates = [gap for gap in asked.differences if gap.field == "lr"]
    assert [gap.first for gap in rates] == [AT]
    wrong = PER_EPOCH if name in ONE_TICK else PER_EPOCH * (EPOCHS - BREAK)
    # A polynomial is 0 in the end, however it came there.
    assert rates[0].steps == (wrong if name != "PolynomialLR" else wrong - 2 * PER_EPOCH)


@pytest.mark.parametrize("name", [name for name in KINDS if name not in NO_LAST_EPOCH])
@pytest.mark.parametrize("number", [BREAK - 1, BREAK, 2])
def test_by_last_epoch_with_the_optimizer_loaded_first(name, number):
    by_hand, in_spec = KINDS[name]
    asked = ask(spec_of(in_spec), "optimizer", f"last_epoch={number}")
    again = partial(by_hand, last_epoch=number)
    if (name, number) == ("OneCycleLR", BREAK):
        with pytest.raises(ValueError, match="Tried to step 21 times"):
            resumed(by_hand, again, parts="optimizer,build")
        assert asked.stops
        assert "Tried to step 21 times" in asked.trace.failure.message
        return
    wanted = resumed(by_hand, again, parts="optimizer,build")
    assert np.array_equal(table(asked.trace), wanted)


@since("2.8", "schedulers that multiply are built without a tick too many")
@pytest.mark.parametrize("name", [name for name in KINDS if name not in NO_LAST_EPOCH])
def test_the_right_last_epoch_is_one_less_than_the_calls_made(name):
    _, in_spec = KINDS[name]
    said = ask(spec_of(in_spec), "optimizer", f"last_epoch={BREAK - 1}")
    left_out = ask(spec_of(in_spec), "optimizer", "last_epoch")
    assert left_out.calls == (BREAK,)
    assert np.array_equal(table(said.trace), table(left_out.trace))
    # Those that multiply at a milestone, and a sequence, are the ones that go wrong.
    expected = {"MultiStepLR", "ConstantLR", "SequentialLR"}
    assert bool(left_out.differences) == (name in expected)


@pytest.mark.parametrize("name", ["CosineAnnealingLR", "StepLR", "LambdaLR"])
def test_by_last_epoch_alone_the_rate_is_that_of_the_beginning(name):
    by_hand, in_spec = KINDS[name]
    asked = ask(spec_of(in_spec), "last_epoch")
    again = partial(by_hand, last_epoch=BREAK - 1)
    assert np.array_equal(table(asked.trace), resumed(by_hand, again, parts="initial,build"))


def test_last_epoch_needs_what_one_cycle_left_in_the_groups():
    with pytest.raises(SpecError, match="OneCycleLR cannot be built: 'max_lr'"):
        ask(spec_of(KINDS["OneCycleLR"][1]), "last_epoch")


@pytest.mark.parametrize("name", sorted(NO_LAST_EPOCH))
def test_some_take_no_last_epoch(name):
    with pytest.raises(LrplanError, match=f"{name} takes no last_epoch"):
        ask(spec_of(KINDS[name][1], metrics=True), "last_epoch")


@pytest.mark.parametrize("at", [1, 3, 9, 10, 11, 37, 39])
def test_complete_is_identical_wherever_it_breaks(at):
    for name, (_, in_spec) in KINDS.items():
        asked = ask(spec_of(in_spec, metrics=bool(plateau(name))), at=str(at))
        assert asked.identical, name


def test_longer_training_keeps_the_old_length():
    spec = spec_of({"type": "CosineAnnealingLR", "T_max": "100%"})
    asked = ask(spec, training=("epochs=40",))
    short, long = of("CosineAnnealingLR", T_max=EPOCHS), of("CosineAnnealingLR", T_max=40)
    wanted = resumed(short, long, epochs=40)
    assert np.array_equal(table(asked.trace), wanted)
    assert np.array_equal(table(asked.trace), resumed(short, short, epochs=40))
    (change,) = asked.changes
    assert (change.name, change.saved, change.wanted) == ("T_max", 20, 40)
    assert asked.trace.lr["g0"][-1] > 0.099, "it has climbed back to the top"
    assert asked.unbroken.lr["g0"][-1] < 1e-3, "and was to come down"


def test_what_was_planned_is_the_new_plan_from_the_checkpoint_on():
    spec = spec_of({"type": "CosineAnnealingLR", "T_max": "100%"})
    asked = ask(spec, training=("epochs=40",))
    old = unbroken(of("CosineAnnealingLR", T_max=20))[:AT, 0]
    new = spec_of({"type": "CosineAnnealingLR", "T_max": 40})
    anew = ask(new, training=("epochs=40",)).unbroken.lr["g0"]
    assert np.array_equal(asked.unbroken.lr["g0"], np.append(old, anew[AT:]))


def test_one_cycle_raises_when_its_old_length_is_used_up():
    asked = ask(
        spec_of({"type": "OneCycleLR", "max_lr": 1.0, "total_steps": "100%"}),
        training=("epochs=40",),
    )
    assert asked.stops
    assert asked.trace.steps == (EPOCHS + 1) * PER_EPOCH
    assert "Tried to step 21 times" in asked.trace.failure.message


def test_a_function_is_that_of_the_new_process():
    spec = spec_of({"type": "LambdaLR", "lr_lambda": "1 / (1 + x)"})
    asked = ask(spec)
    by_hand = of("LambdaLR", lr_lambda=lambda x: 1 / (1 + float(x)))
    assert np.array_equal(table(asked.trace), resumed(by_hand))
    assert asked.changes == ()


def test_a_finished_run_goes_on():
    spec = spec_of({"type": "StepLR", "step_size": 3})
    asked = ask(spec, training=("epochs=30",), at="100%")
    assert asked.step == EPOCHS * PER_EPOCH
    assert asked.trace.steps == 30 * PER_EPOCH
    assert asked.identical


def test_the_optimizer_of_several_schedulers_and_groups_is_the_real_one():
    cosine = {"type": "CosineAnnealingLR", "T_max": 20, "groups": ["g0"]}
    steps = {"type": "StepLR", "step_size": 4, "groups": ["g1"]}
    spec = spec_of([cosine, steps], rates=(0.1, 0.02))
    alone = [
        resumed(of("CosineAnnealingLR", T_max=20), rates=(0.1,)),
        resumed(of("StepLR", step_size=4), rates=(0.02,)),
    ]
    asked = ask(spec)
    assert asked.identical
    assert np.array_equal(table(asked.trace), np.hstack(alone))
    lost = ask(spec, "scheduler")
    wanted = [
        resumed(of("CosineAnnealingLR", T_max=20), rates=(0.1,), parts="scheduler"),
        resumed(of("StepLR", step_size=4), rates=(0.02,), parts="scheduler"),
    ]
    assert np.array_equal(table(lost.trace), np.hstack(wanted))
