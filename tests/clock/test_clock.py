"""The timeline against a plain nested training loop, torch's data loader and published numbers."""

import tracemalloc
from itertools import islice

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.utils.data import DataLoader, DistributedSampler

from lrplan.clock import MAX_STEPS, Cadence, Clock, ClockError, TrainingSettings, call_order
from tests.support.step_gaps import step_gaps

INTERVALS = ("step", "batch", "epoch")


class Loop:
    """A training loop with its counters, written out."""

    def __init__(self, epochs, cap, batches_per_epoch, accumulate, last_window):
        self.count = dict.fromkeys(INTERVALS, 0)
        self.before = {interval: [] for interval in INTERVALS}
        self.gaps = [[]]
        self.epoch_of_step = []
        self.run(epochs, cap, batches_per_epoch, accumulate, last_window)

    def run(self, epochs, cap, batches_per_epoch, accumulate, last_window):
        epoch = gathered = 0
        while epochs is None or epoch < epochs:
            if last_window != "carry":
                gathered = 0
            for batch in range(batches_per_epoch):
                is_last = batch == batches_per_epoch - 1
                gathered += 1
                if gathered == accumulate or (last_window == "step" and is_last):
                    gathered = 0
                    self.optimizer_step(epoch)
                    self.tick("step")
                self.tick("batch")
                if self.count["step"] == cap and not is_last:
                    return
            self.tick("epoch")
            if self.count["step"] == cap:
                return
            epoch += 1

    def optimizer_step(self, epoch):
        for interval in INTERVALS:
            self.before[interval].append(self.count[interval])
        self.gaps.append([])
        self.epoch_of_step.append(epoch)

    def tick(self, interval):
        self.count[interval] += 1
        self.gaps[-1].append(interval)


@st.composite
def runs(draw):
    batches = draw(st.integers(1, 13))
    last_window = draw(st.sampled_from(["step", "drop", "carry"]))
    accumulate = draw(st.integers(1, batches if last_window == "drop" else 17))
    epochs = draw(st.none() | st.integers(1, 6))
    cap = draw(st.integers(1, 40) if epochs is None else st.none() | st.integers(1, 40))
    if epochs is not None:
        assume(last_window != "carry" or epochs * batches >= accumulate)
    return epochs, cap, batches, accumulate, last_window


def clock_of(run):
    epochs, cap, batches, accumulate, last_window = run
    return Clock.derive(
        TrainingSettings(
            epochs=epochs,
            steps=cap,
            batches_per_epoch=batches,
            accumulate=accumulate,
            last_window=last_window,
        )
    )


@given(runs())
def test_counts_are_those_of_a_loop(run):
    clock, loop = clock_of(run), Loop(*run)
    assert (clock.steps, clock.batches, clock.epochs) == tuple(loop.count.values())
    assert [clock.ticks(interval) for interval in INTERVALS] == list(loop.count.values())
    assert clock.epoch_of_step().tolist() == loop.epoch_of_step


@given(runs())
def test_gaps_are_those_of_a_loop(run):
    assert list(step_gaps(clock_of(run))) == [tuple(gap) for gap in Loop(*run).gaps]


@pytest.mark.parametrize("interval", INTERVALS)
@given(runs())
def test_ticks_before_each_step_are_those_of_a_loop(interval, run):
    clock, loop = clock_of(run), Loop(*run)
    before = clock.ticks_before(interval)
    assert before.dtype == np.int64
    assert before.tolist() == [*loop.before[interval], loop.count[interval]]


@pytest.mark.parametrize("interval", INTERVALS)
@given(runs())
def test_step_of_tick_is_the_first_step_after_that_tick(interval, run):
    clock, before = clock_of(run), Loop(*run).before[interval]
    for tick in range(clock.ticks(interval) + 3):
        expected = next((step for step, made in enumerate(before) if made >= tick), None)
        assert clock.step_of_tick(tick, interval) == expected


@given(runs())
def test_a_plan_without_horizon_is_as_long_as_its_run(run):
    clock, loop = clock_of(run), Loop(*run)
    assert clock.length("step") == loop.count["step"]
    assert clock.length("batch") == loop.count["batch"]
    # Rounded down to finished epochs, except where a cap left batches of the last epoch out.
    finished, length = loop.count["epoch"], clock.length("epoch")
    assert finished <= length <= finished + 1
    if run[1] is None:
        assert length == run[0]


@given(st.integers(1, 30), st.integers(1, 9))
def test_a_run_without_epochs_has_equal_windows(steps, accumulate):
    clock = Clock.derive(TrainingSettings(steps=steps, accumulate=accumulate))
    gaps = list(step_gaps(clock))
    first = ("batch",) * (accumulate - 1)
    assert gaps == [first, *[("step", "batch", *first)] * (steps - 1), ("step", "batch")]
    assert clock.batches == steps * accumulate
    assert clock.ticks_before("batch").tolist() == [
        *range(accumulate - 1, steps * accumulate, accumulate),
        steps * accumulate,
    ]
    assert (clock.epochs, clock.steps_per_epoch, clock.epoch_of_step()) == (None, None, None)


@given(
    st.integers(1, 300),
    st.integers(1, 40),
    st.integers(1, 9),
    st.booleans(),
)
def test_batches_are_those_of_torch(dataset_size, batch_size, world_size, drop_last):
    data = range(dataset_size)
    sampler = DistributedSampler(data, num_replicas=world_size, rank=0)
    batches = len(DataLoader(data, batch_size, sampler=sampler, drop_last=drop_last))
    settings = TrainingSettings(
        epochs=1,
        dataset_size=dataset_size,
        batch_size=batch_size,
        world_size=world_size,
        drop_last=drop_last,
    )
    if batches:
        assert Clock.derive(settings).batches_per_epoch == batches
    else:
        with pytest.raises(ClockError, match="drop_last leaves no batch") as caught:
            Clock.derive(settings)
        assert caught.value.key == "drop_last"


IMAGENET = {"epochs": 90, "dataset_size": 1_281_167}


@pytest.mark.parametrize(
    ("settings", "steps_per_epoch", "steps"),
    [
        # "Epoch: [0][10/5005]" in the output of pytorch/examples imagenet at its default batch.
        pytest.param(IMAGENET | {"batch_size": 256}, 5005, 450_450, id="imagenet"),
        pytest.param(
            IMAGENET | {"batch_size": 256, "drop_last": True}, 5004, 450_360, id="imagenet-drop"
        ),
        pytest.param(
            IMAGENET | {"batch_size": 32, "world_size": 8}, 5005, 450_450, id="imagenet-8-devices"
        ),
        pytest.param(
            IMAGENET | {"batch_size": 32, "world_size": 256, "drop_last": True},
            156,
            14_040,
            id="imagenet-in-an-hour",
        ),
        pytest.param(
            {"epochs": 2, "dataset_size": 20, "batch_size": 2, "accumulate": 3},
            4,
            8,
            id="last-window-stepped",
        ),
        # Lightning steps on an epoch's last batch whatever has been accumulated.
        pytest.param(
            {"epochs": 3, "batches_per_epoch": 6, "accumulate": 4}, 2, 6, id="lightning-6-of-4"
        ),
        pytest.param({"epochs": 30, "steps_per_epoch": 100}, 100, 3000, id="steps-per-epoch"),
    ],
)
def test_published_arithmetic(settings, steps_per_epoch, steps):
    clock = Clock.derive(TrainingSettings(**settings))
    assert (clock.steps_per_epoch, clock.steps) == (steps_per_epoch, steps)


@pytest.mark.parametrize(
    ("last_window", "steps_per_epoch", "steps"),
    [("step", 4, 12), ("drop", 3, 9), ("carry", None, 10)],
)
def test_last_window(last_window, steps_per_epoch, steps):
    clock = clock_of((3, None, 14, 4, last_window))
    assert (clock.steps_per_epoch, clock.steps, clock.epochs) == (steps_per_epoch, steps, 3)


def test_carry_with_whole_windows_has_a_number_of_steps_per_epoch():
    assert clock_of((3, None, 12, 4, "carry")).steps_per_epoch == 3


@pytest.mark.parametrize(
    ("cap", "epochs", "last_gap"),
    [
        (7, 1, ("step", "batch")),
        (8, 2, ("step", "batch", "epoch")),
        (12, 3, ("step", "batch", "epoch")),
        (99, 3, ("step", "batch", "epoch")),
    ],
    ids=["mid-epoch", "at-an-epoch's-end", "at-the-run's-end", "never-reached"],
)
def test_a_cap_ticks_the_epoch_only_at_its_end(cap, epochs, last_gap):
    clock = clock_of((3, cap, 14, 4, "step"))
    assert (clock.steps, clock.epochs) == (min(cap, 12), epochs)
    assert list(step_gaps(clock))[-1] == last_gap


def test_a_capped_run_leaves_batches_to_drop_undone():
    clock = clock_of((3, 6, 14, 4, "drop"))
    assert (clock.steps, clock.batches, clock.epochs) == (6, 14 + 12, 1)


def test_steps_per_epoch_implies_the_batches():
    clock = Clock.derive(TrainingSettings(epochs=2, steps_per_epoch=5, accumulate=3))
    assert (clock.batches_per_epoch, clock.batches, clock.steps) == (15, 30, 10)


def test_agreeing_keys_are_no_contradiction():
    clock = Clock.derive(
        TrainingSettings(
            epochs=2,
            dataset_size=100,
            batch_size=10,
            batches_per_epoch=10,
            accumulate=3,
            steps_per_epoch=4,
        )
    )
    assert clock.steps == 8


@pytest.mark.parametrize(
    "ask",
    [
        lambda clock: clock.ticks("epoch"),
        lambda clock: clock.ticks_before("epoch"),
        lambda clock: clock.step_of_tick(1, "epoch"),
        lambda clock: clock.length("epoch"),
    ],
    ids=["ticks", "ticks_before", "step_of_tick", "length"],
)
def test_epochs_of_a_run_without_any(ask):
    with pytest.raises(ClockError, match="no epochs") as caught:
        ask(Clock.derive(TrainingSettings(steps=10)))
    assert caught.value.key == "steps_per_epoch"


@pytest.mark.parametrize(
    "settings",
    [
        {"steps": MAX_STEPS},
        {"epochs": 20, "steps_per_epoch": 10**6},
        {"epochs": 100, "batches_per_epoch": 10**6, "accumulate": 7, "last_window": "carry"},
    ],
    ids=["steps", "epochs", "carry"],
)
def test_calls_of_a_long_run_come_lazily_and_shared(settings):
    clock = Clock.derive(TrainingSettings(**settings))
    gaps = list(islice(call_order(clock, [Cadence("step")]), 1000))
    assert len(gaps) == 1000
    assert len({id(gap) for gap in gaps}) == len(set(gaps))


def test_counts_of_a_long_run_take_little_more_memory_than_themselves():
    clock = Clock.derive(TrainingSettings(epochs=10, steps_per_epoch=10**5))
    tracemalloc.start()
    counts = clock.epoch_of_step(), clock.calls_before(Cadence("epoch"))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.5 * sum(each.nbytes for each in counts)
