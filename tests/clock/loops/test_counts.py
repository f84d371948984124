"""The clock against every loop written out: who is called, when, in which order, how often."""

from itertools import accumulate as running

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lrplan.clock import Cadence, Clock, ClockError, TrainingSettings, call_order, metric_indices
from tests.clock.loops.by_hand import (
    Prepared,
    Told,
    accelerate_loop,
    lightning_loop,
    torch_loop,
    trainer_loop,
)
from tests.support.step_gaps import step_gaps

PLAIN = {"torch": torch_loop, "lightning": lightning_loop, "transformers": trainer_loop}
INTERVALS = {
    "torch": ("step", "batch", "epoch"),
    "lightning": ("step", "epoch"),
    "accelerate": ("step", "batch", "epoch"),
}


@st.composite
def lengths(draw):
    """Epochs, the cap, batches of an epoch and accumulated ones."""
    epochs = draw(st.none() | st.integers(1, 6))
    cap = draw(st.integers(1, 40) if epochs is None else st.none() | st.integers(1, 40))
    return epochs, cap, draw(st.integers(1, 13)), draw(st.integers(1, 17))


@st.composite
def rates_of(draw, loop):
    if loop == "transformers":
        plateau = Cadence(
            draw(st.sampled_from(["step", "epoch"])), draw(st.integers(1, 5)), "plateau"
        )
        return [draw(st.sampled_from([Cadence("step"), plateau]))]
    cadences = []
    for _ in range(draw(st.integers(1, 3))):
        interval = draw(st.sampled_from(INTERVALS[loop]))
        frequency = draw(st.integers(1, 6))
        if loop == "accelerate":
            frequency = 1 if interval == "batch" else frequency
            cadences.append(
                Cadence(interval, frequency, "plain", draw(st.none() | st.integers(1, 40)))
            )
        else:
            cadences.append(
                Cadence(interval, frequency, draw(st.sampled_from(["plain", "plateau"])))
            )
    return cadences


def clock_of(lengths_drawn, skipped=(), **settings):
    epochs, cap, batches, accumulate = lengths_drawn
    given_numbers = {"batches_per_epoch": batches, "accumulate": accumulate}
    try:
        clock = Clock.derive(
            TrainingSettings(epochs=epochs, steps=cap, **given_numbers, **settings)
        )
    except ClockError:
        assume(False)
    skipped = [step for step in skipped if step < clock.steps]
    settings["skipped_steps"] = tuple(skipped)
    return Clock.derive(
        TrainingSettings(epochs=epochs, steps=cap, **given_numbers, **settings)
    ), skipped


def compare(clock, told):
    cadences = told.rates
    compare_halves(clock, told)
    assert list(call_order(clock, cadences)) == [tuple(gap) for gap in told.gaps]
    for index, cadence in enumerate(cadences):
        counted = list(running(gap.count(index) for gap in told.gaps))
        before = clock.calls_before(cadence)
        assert before.dtype == np.int64
        assert before.tolist() == counted
        assert clock.calls_in_run(cadence) == counted[-1]
        assert list(metric_indices(clock, cadence)) == told.read.get(index, [])
        assert clock.metric_length(cadence) == told.handed_over.get(index, 0)
        for call in range(counted[-1] + 2):
            first = next((step for step, made in enumerate(counted[:-1]) if made >= call), None)
            assert clock.step_of_call(call, cadence) == first


def compare_halves(clock, told):
    """Whoever takes over before a step goes on with the calls and values that are left."""
    since = clock.position(step := clock.steps // 2)
    assert list(call_order(clock, told.rates, since)) == [(), *map(tuple, told.gaps[step + 1 :])]
    for index, cadence in enumerate(told.rates):
        done = sum(gap.count(index) for gap in told.gaps[: step + 1])
        left = [value - clock.metric_length(cadence, since) for value in told.read.get(index, [])]
        assert list(metric_indices(clock, cadence, since)) == left[done:]
    # So does whoever takes over as soon as the ticks after a step are made, inside a gap.
    saved = clock.position_after(step)
    assert saved.batches <= since.batches
    before = list(call_order(clock, told.rates, until=saved))
    after = list(call_order(clock, told.rates, saved))
    assert [len(before), len(after)] == [step + 1, clock.steps - step + 1]
    assert [*before[:-1], before[-1] + after[0], *after[1:]] == [*map(tuple, told.gaps)]
    for index, cadence in enumerate(told.rates):
        assert clock.calls_made(cadence, saved) == sum(gap.count(index) for gap in before)


@pytest.mark.parametrize("loop", PLAIN)
@given(st.data())
def test_calls_are_those_of_the_loop(loop, data):
    drawn, cadences = data.draw(lengths()), data.draw(rates_of(loop))
    if loop == "transformers" and drawn[1] is not None:
        drawn = (None, *drawn[1:])  # max_steps replaces epochs: another test
    clock, skipped = clock_of(drawn, data.draw(st.sets(st.integers(0, 40), max_size=6)), loop=loop)
    epochs, cap, batches, accumulate = drawn
    told = Told(cadences, frozenset(skipped), cap)
    PLAIN[loop](told, epochs, batches, accumulate)
    compare(clock, told)


@given(st.data())
def test_calls_are_those_of_accelerate(data):
    drawn, cadences = data.draw(lengths()), data.draw(rates_of("accelerate"))
    with_optimizer, split = data.draw(st.booleans()), data.draw(st.booleans())
    devices, together = data.draw(st.integers(1, 4)), data.draw(st.booleans())
    clock, skipped = clock_of(
        drawn,
        data.draw(st.sets(st.integers(0, 40), max_size=6)),
        loop="accelerate",
        world_size=devices,
        split_batches=split,
        step_scheduler_with_optimizer=with_optimizer,
        last_window="step" if together else "carry",
    )
    epochs, cap, batches, accumulate = drawn
    told = Told(cadences, frozenset(skipped), cap)
    prepared = Prepared(told, devices, split, with_optimizer, together)
    accelerate_loop(prepared, epochs, batches, accumulate)
    compare(clock, told)


@pytest.mark.parametrize("last_window", ["step", "drop", "carry"])
@given(st.data())
def test_a_longer_run_goes_on_where_a_shorter_one_ended(last_window, data):
    """The longer run makes the ticks for which the shorter one had no batches."""
    cadences = [
        Cadence(data.draw(st.sampled_from(INTERVALS["torch"])), data.draw(st.integers(1, 4)))
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    epochs, cap, *rest = data.draw(lengths())
    short, _ = clock_of((epochs, cap, *rest), last_window=last_window)
    more = data.draw(st.integers(1, 5))
    long, _ = clock_of(
        (epochs and epochs + more, cap and cap + more, *rest), last_window=last_window
    )
    both = [*call_order(short, cadences), *call_order(long, cadences, short.position(short.steps))]
    assert [each for gap in both for each in gap] == [
        each for gap in call_order(long, cadences) for each in gap
    ]
    for cadence in cadences:
        since = short.position(short.steps)
        assert short.metric_length(cadence) == long.metric_length(cadence, since)
        assert list(metric_indices(long, cadence, since)) == list(
            range(long.metric_length(cadence) - short.metric_length(cadence))
        )


@pytest.mark.parametrize("last_window", ["step", "drop", "carry"])
@given(st.data())
def test_calls_are_the_due_ones_of_the_gaps(last_window, data):
    """Also where windows are dropped, carried over, or longer than an epoch."""
    cadences = [
        Cadence(data.draw(st.sampled_from(INTERVALS["torch"])), data.draw(st.integers(1, 4)))
        for _ in range(data.draw(st.integers(0, 3)))
    ]
    clock, _ = clock_of(data.draw(lengths()), last_window=last_window)
    told = Told(cadences)
    expected = [tuple(i for tick in gap for i in told.due(tick)) for gap in step_gaps(clock)]
    assert list(call_order(clock, cadences)) == expected


@pytest.mark.parametrize("loop", ["torch", "lightning", "transformers", "accelerate"])
def test_a_run_of_more_gaps_than_are_counted_together(loop):
    """Chunks of gaps meet without a seam."""
    clock = Clock.derive(
        TrainingSettings(epochs=10, batches_per_epoch=10_001, accumulate=1, loop=loop)
    )
    counted = np.cumsum([len(called) for called in call_order(clock, [Cadence("step")])])
    assert counted.tolist() == clock.calls_before(Cadence("step")).tolist()
    assert counted[-1] == 100_010


def test_equal_gaps_share_a_tuple():
    clock = Clock.derive(TrainingSettings(epochs=100, batches_per_epoch=100))
    assert (
        len({id(called) for called in call_order(clock, [Cadence("step"), Cadence("epoch")])}) <= 4
    )


def test_no_scheduler_no_calls():
    assert list(call_order(Clock.derive(TrainingSettings(steps=3)), [])) == [()] * 4


@pytest.mark.parametrize("cadence", [Cadence("epoch"), Cadence("epoch", 2)])
def test_a_run_without_epochs_has_no_calls_per_epoch(cadence):
    clock = Clock.derive(TrainingSettings(steps=3, loop="lightning"))
    with pytest.raises(ClockError, match="no epochs"):
        clock.calls_in_run(cadence)
    with pytest.raises(ClockError, match="no epochs"):
        list(call_order(clock, [cadence]))


@pytest.mark.parametrize("loop", ["transformers", "accelerate"])
@given(
    st.integers(1, 300),
    st.integers(1, 40),
    st.integers(1, 5),
    st.booleans(),
)
def test_batches_of_a_device_are_those_of_whole_batches_handed_out(
    loop, dataset_size, batch_size, devices, drop_last
):
    """The length of ``BatchSamplerShard`` of accelerate 1.15."""
    batches = -(-dataset_size // batch_size)
    if drop_last:
        batches = dataset_size // batch_size
    own, rest = divmod(batches, devices)
    own += bool(rest) and not drop_last
    assume(own)
    settings = TrainingSettings(
        epochs=1,
        dataset_size=dataset_size,
        batch_size=batch_size,
        world_size=devices,
        drop_last=drop_last,
        loop=loop,
    )
    assert Clock.derive(settings).batches_per_epoch == own
