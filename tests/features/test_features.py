"""The shape of curves, compared with what the schedules were told to do."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from lrplan.features import (
    breakpoints,
    changes,
    opening_rise,
    peak,
    summarize,
    varies,
    warmup_end,
)

LR = 0.1


def run(make, steps, per_tick=1):
    """Applied learning rates of a plain loop that ticks after every ``per_tick`` steps."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR, momentum=0.9)
    scheduler = make(optimizer)
    values = []
    for step in range(1, steps + 1):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if step % per_tick == 0:
            scheduler.step()
    return np.array(values)


def warmup_cosine(optimizer, warmup, total):
    ramp = lr_scheduler.LinearLR(optimizer, 0.01, 1, warmup)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, total - warmup)
    # torch 2.13: SequentialLR itself calls step() of its parts with the deprecated epoch argument.
    return lr_scheduler.SequentialLR(optimizer, [ramp, cosine], [warmup])


def cosine(share):
    return LR / 2 * (1 + np.cos(np.pi * share))


def wsd(tail):
    return np.concatenate([LR * np.arange(500) / 500, np.full(7500, LR), tail])


STEPS = np.arange(10_000)
CASES = {
    "constant": (np.full(1000, LR), []),
    "zero": (np.zeros(1000), []),
    "rounding-noise": (LR + 1e-15 * np.sin(STEPS), []),
    "step-lr": (run(lambda o: lr_scheduler.StepLR(o, 30), 9000, 100), [3000, 6000]),
    "multi-step": (run(lambda o: lr_scheduler.MultiStepLR(o, [15, 22]), 3000, 100), [1500, 2200]),
    "warmup-then-cosine": (
        np.where(STEPS < 500, STEPS / 5000, cosine((STEPS - 500) / 9500)),
        [500],
    ),
    "warmup-to-slightly-past-the-cosine": (
        np.where(STEPS < 500, STEPS / 5000, cosine(STEPS / 10_000)),
        [499],
    ),
    "warmup-then-cosine-per-epoch": (
        np.repeat(np.concatenate([np.linspace(0.01, 0.08, 5), cosine(np.arange(25) / 25)]), 100),
        [500],
    ),
    "step-warmup-then-epoch-cosine": (
        np.concatenate([LR * np.arange(500) / 500, np.repeat(cosine(np.arange(30) / 30), 100)]),
        [500],
    ),
    "step-warmup-then-drops": (
        np.concatenate([LR * np.arange(500) / 500, np.repeat([LR, LR / 10, LR / 100], 3000)]),
        [500, 3500, 6500],
    ),
    "triangular": (
        run(lambda o: lr_scheduler.CyclicLR(o, 0.001, LR, 100), 500),
        [100, 200, 300, 400],
    ),
    "triangular-per-epoch": (
        run(lambda o: lr_scheduler.CyclicLR(o, 0.001, LR, 5), 2000, 100),
        [500, 1000, 1500],
    ),
    "warm-restarts": (
        run(lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 100, 2), 1500),
        [100, 300, 700],
    ),
    "warm-restarts-per-epoch": (
        run(lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 10), 3000, 100),
        [1000, 2000],
    ),
    "one-cycle": (run(lambda o: lr_scheduler.OneCycleLR(o, LR, 1000), 1000), [299]),
    "one-cycle-linear": (
        run(lambda o: lr_scheduler.OneCycleLR(o, LR, 1000, anneal_strategy="linear"), 1000),
        [299],
    ),
    "cosine-past-its-end": (
        run(lambda o: lr_scheduler.CosineAnnealingLR(o, 200), 1000),
        [200, 400, 600, 800],
    ),
    "cosine-per-epoch": (run(lambda o: lr_scheduler.CosineAnnealingLR(o, 30), 3000, 100), []),
    "cosine-where-2.5-steps-make-an-epoch": (cosine(np.floor(np.arange(750) / 2.5) / 300), []),
    "cosine-in-float32": (cosine(STEPS / 10_000).astype(np.float32).astype(float), []),
    "exponential": (run(lambda o: lr_scheduler.ExponentialLR(o, 0.999), 3000), []),
    "lambda-per-epoch": (run(lambda o: lr_scheduler.LambdaLR(o, lambda e: 0.95**e), 5000, 50), []),
    "polynomial": (run(lambda o: lr_scheduler.PolynomialLR(o, 2000, 0.9), 3000), [2000]),
    "wsd-linear": (wsd(LR * (1 - np.arange(2000) / 2000)), [500, 8000]),
    "wsd-cosine": (wsd(cosine(np.arange(2000) / 2000)), [500, 8000]),
    "inverse-sqrt": (
        LR * np.minimum(STEPS / 4000, np.sqrt(4000 / np.maximum(STEPS, 1))),
        [4000],
    ),
    "one-step-spike": (np.where(STEPS == 300, 1.0, LR + STEPS * 1e-5), [300, 301]),
    "not-a-number-for-a-while": (np.where((STEPS > 300) & (STEPS < 400), np.nan, LR), [301, 400]),
    "infinite-for-a-while": (np.where((STEPS > 300) & (STEPS < 400), np.inf, LR), [301, 400]),
    "huge-drop": (np.repeat([1e308, -1e308], 50), [50]),
    "empty": (np.zeros(0), []),
    "one-step": (np.array([LR]), []),
    "never-finite": (np.full(5, np.nan), []),
}


@pytest.mark.parametrize(("values", "expected"), CASES.values(), ids=CASES)
def test_breakpoints_are_where_the_schedule_was_told_to_change(values, expected):
    assert breakpoints(values, 12) == expected


@pytest.mark.filterwarnings("ignore:The epoch parameter in:UserWarning")
@pytest.mark.parametrize(("warmup", "total", "per_tick"), [(500, 10_000, 1), (5, 30, 100)])
def test_torch_sequential_warmup_ends_where_cosine_begins(warmup, total, per_tick):
    values = run(lambda o: warmup_cosine(o, warmup, total), total * per_tick, per_tick)
    assert breakpoints(values, 20) == [warmup * per_tick]
    assert warmup_end(values) == warmup * per_tick


def test_a_limit_keeps_the_weightiest_in_step_order():
    values = np.repeat([1.0, 0.9, 0.09, 0.08, 0.008], 100)
    assert breakpoints(values, 2) == [200, 400]
    assert breakpoints(values, 0) == []


def test_a_jump_knows_its_ratio():
    drop, rise, end, again = changes(np.repeat([1.0, 0.1, 0.2, 0.0, 1.0], 100))
    assert [drop.ratio, rise.ratio, end.ratio] == pytest.approx([0.1, 2, 0], rel=1e-12)
    assert again.ratio is None


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("wsd-linear", ["hold", "decay"]),
        ("triangular", ["top", "bottom", "top", "bottom"]),
        ("warm-restarts", ["jump", "jump", "jump"]),
        ("not-a-number-for-a-while", ["lost", "found"]),
        ("polynomial", ["hold"]),
    ],
)
def test_changes_are_named(name, kinds):
    assert [change.kind for change in changes(CASES[name][0])] == kinds


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([0, 1, 2, 3, 3, 2], 3, id="first-step-of-the-top"),
        pytest.param([0, 0, 1, 1, 2, 2, 2, 1], 4, id="stairs-belong-to-the-ramp"),
        pytest.param([0, 1, 2], None, id="still-rising-at-the-end"),
        pytest.param([0, 1, 2, 2], 2, id="held-at-the-end"),
        pytest.param([3, 2, 5], None, id="falls-first"),
        pytest.param([1, 1, 1], None, id="constant"),
        pytest.param([0.1, 0.1 + 2e-17, 0.1 - 2e-17, 0.1], None, id="rounding-noise"),
        pytest.param([0, 1, np.nan, 5], 1, id="ends-where-values-do"),
        pytest.param([np.nan, 0, 1], None, id="begins-with-nothing"),
        pytest.param([-1e308, 1e308, 1e308], 1, id="huge"),
        pytest.param([0.1], None, id="one-step"),
        pytest.param([], None, id="no-step"),
    ],
)
def test_warmup_end(values, expected):
    assert warmup_end(np.array(values, dtype=float)) == expected


def warmup_beside_decay(warmup, epochs, make, per_epoch=100):
    """Learning rates of a plain loop: a warm-up ticked per step, a decay ticked per epoch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    ramp, decay = lr_scheduler.LinearLR(optimizer, 0.01, 1, warmup), make(optimizer)
    values = []
    for step in range(epochs * per_epoch):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        ramp.step()
        if (step + 1) % per_epoch == 0:
            decay.step()
    return np.array(values)


def test_a_warmup_per_step_goes_on_through_the_drops_of_a_decay_per_epoch():
    decays = {
        "exponential": (500, lambda o: lr_scheduler.ExponentialLR(o, 0.97)),
        "steep-exponential": (300, lambda o: lr_scheduler.ExponentialLR(o, 0.9)),
        "every-epoch": (1000, lambda o: lr_scheduler.StepLR(o, 1, 0.99)),
        "tiny": (500, lambda o: lr_scheduler.ExponentialLR(o, 1 - 1e-6)),
        "milestone-in-the-warmup": (500, lambda o: lr_scheduler.MultiStepLR(o, [3], 0.9)),
    }
    results = {}
    for name, (warmup, make) in decays.items():
        values = warmup_beside_decay(warmup, 30, make)
        results[name] = warmup_end(values) - int(np.argmax(values))
        # In the step before the last epoch's drop the warm-up is all but over.
        assert warmup_end(values) in (warmup - 1, warmup), name
    assert results == dict.fromkeys(decays, 0)


def test_a_second_rise_long_after_a_small_decay_is_no_part_of_the_warmup():
    values = np.concatenate(
        [np.linspace(0, 1, 100), np.linspace(1, 0.8, 400), np.linspace(0.8, 2, 500)]
    )
    assert warmup_end(values) == 99


@pytest.mark.parametrize(
    ("values", "following", "kind"),
    [
        pytest.param([0, 1, 2], 3, "unfinished", id="more-to-come"),
        pytest.param([0, 0, 1, 1], 2, "unfinished", id="on-a-stair"),
        pytest.param([0, 1, 2], 2, "warm-up", id="reaches-its-top-at-the-last-step"),
        pytest.param([0, 1, 2], 2 + 1e-15, "warm-up", id="rounding-is-no-rise"),
        pytest.param([0, 1, 2], 1, "warm-up", id="falls-next"),
        pytest.param([0, 1, 2], np.nan, "warm-up", id="no-number-next"),
        pytest.param([0, 1, 1], 5, "unfinished", id="a-hold-before-the-next-rise"),
        pytest.param([0, 1, 0], 5, "warm-up", id="has-fallen-since"),
    ],
)
def test_what_comes_next_decides_whether_a_rise_is_finished(values, following, kind):
    rise = opening_rise(np.array(values, dtype=float), following)
    assert rise is not None
    assert rise.kind == kind
    assert (warmup_end(np.array(values, dtype=float), following) is None) == (kind != "warm-up")


def test_a_run_that_waits_at_0_and_then_has_its_top_at_once_has_no_warm_up():
    assert opening_rise(np.array([0, 0, 0, 1, 0.9, 0.8]), 0.7) is None
    assert opening_rise(np.array([0, 0, 0.5, 1, 0.9, 0.8]), 0.7).step == 3
    assert opening_rise(np.array([0.1, 0.1, 1, 0.9, 0.8]), 0.7).step == 2


@pytest.mark.parametrize(("steps", "kind"), [(40, "unfinished"), (51, "warm-up")])
def test_torch_linear_warmup_is_finished_when_its_last_step_has_the_full_rate(steps, kind):
    values = run(lambda o: lr_scheduler.LinearLR(o, 0.1, 1, 50), steps + 1)
    rise = opening_rise(values[:-1], values[-1])
    assert rise is not None
    assert (rise.step, rise.kind) == (min(steps - 1, 50), kind)


def cyclic(**options):
    return lambda o: lr_scheduler.CyclicLR(o, 0.001, LR, 50, **options)


@pytest.mark.parametrize("steps", [250, 400, 430, 451], ids=str)
@pytest.mark.parametrize("per_tick", [1, 7])
@pytest.mark.parametrize(
    "make",
    [
        cyclic(),
        cyclic(step_size_down=150),
        cyclic(mode="triangular2"),
        cyclic(mode="exp_range", gamma=0.995),
    ],
    ids=["triangular", "lopsided", "triangular2", "exp_range"],
)
def test_torch_cycles_are_no_warmup(make, per_tick, steps):
    values = run(make, (steps + 1) * per_tick, per_tick)[: steps * per_tick + 1]
    rise = opening_rise(values[:-1], values[-1])
    assert rise is not None
    assert (rise.step, rise.kind) == (50 * per_tick, "cycle")


def saw(*tops, up=10, down=30):
    ramp, fall = np.arange(up) / up, 1 - np.arange(down) / down
    return np.concatenate([np.concatenate([top * ramp, top * fall]) for top in tops])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        pytest.param(saw(1.0), "warm-up", id="one-triangle"),
        pytest.param(saw(1.0, 0.995), "cycle", id="within-a-hundredth"),
        pytest.param(saw(1.0, 0.7, 0.2), "warm-up", id="each-as-it-likes"),
        pytest.param(saw(1.0, 2.0), "warm-up", id="higher-the-second-time"),
        pytest.param(np.append(saw(1.0), saw(1.0, up=40)), "warm-up", id="slower-the-second-time"),
        pytest.param(
            np.append(np.arange(10) / 10, np.tile(1 - np.arange(30) / 30, 4)),
            "warm-up",
            id="restarts-by-jumps",
        ),
        pytest.param(
            np.append(np.arange(10) / 10, 1 - 0.05 * np.sin(np.arange(200) / 6)),
            "warm-up",
            id="ripples-at-the-top",
        ),
        pytest.param(np.arange(5e5) * 1e-13 + 1, "unfinished", id="too-slow-to-see"),
    ],
)
def test_cycles_are_told_from_what_only_comes_again(values, kind):
    rise = opening_rise(values, 0.0 if kind != "unfinished" else 2.0)
    assert rise is not None
    assert rise.kind == kind


@pytest.mark.parametrize(
    ("values", "moves"),
    [
        pytest.param([], False, id="empty"),
        pytest.param([0.1, 0.1], False, id="constant"),
        pytest.param([0.1, 0.1 + 2e-17], False, id="rounding"),
        pytest.param([0.1, 0.2], True, id="two-values"),
        pytest.param([0.1, np.nan], True, id="becomes-nan"),
        pytest.param([np.nan, np.inf], False, id="no-number"),
        pytest.param([-1e308, 1e308], True, id="huge"),
    ],
)
def test_varies(values, moves):
    assert varies(np.array(values, dtype=float)) is moves


@pytest.mark.parametrize(
    ("values", "step"),
    [
        pytest.param([1, 3, 3, 2], 1, id="first-of-equals"),
        pytest.param([0.1, 0.1 * (1 + 1e-15)], 0, id="rounding-is-no-new-peak"),
        pytest.param([1, np.inf, 2, np.nan], 2, id="finite-only"),
        pytest.param([-2, -1], 1, id="negative"),
        pytest.param([0, 0], 0, id="zero"),
    ],
)
def test_peak(values, step):
    result = peak(np.array(values, dtype=float))
    assert result is not None
    assert (result.step, result.value) == (step, values[step])


def test_a_top_that_comes_again_with_more_rounding_is_no_new_peak():
    restarts = run(lambda o: lr_scheduler.CosineAnnealingLR(o, 30), 12_000)
    # What is to be overlooked is there: torch's own rounding makes a later top the largest value.
    assert LR < restarts.max() < LR * (1 + 1e-9)
    assert np.argmax(restarts) > 0
    assert peak(restarts).step == 0
    assert peak(restarts).value == LR
    # A cosine leaves its top as slowly as rounding drifts for less than one step.
    risen = 0.5 * (1 - np.cos(np.pi * np.arange(1_000_001) / 1_000_000))
    assert peak(risen).step == 1_000_000
    assert warmup_end(np.append(risen, 0.5)) == 1_000_000


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf]], ids=str)
def test_no_peak_where_nothing_is_finite(values):
    assert peak(np.array(values, dtype=float)) is None


def test_summary():
    summary = summarize(np.array([0.0, 0.5, 1.0, 0.5, 0.25]), 0.125)
    assert (summary.first, summary.last, summary.next, summary.min) == (0, 0.25, 0.125, 0)
    assert summary.peak is not None
    assert summary.warmup is not None
    assert (summary.peak.step, summary.warmup.step, summary.warmup_share) == (2, 2, 0.4)
    assert (summary.zeros, summary.steps) == (1, 5)
    assert (summary.mean_of_peak, summary.last_of_peak) == (0.45, 0.25)


def test_a_warmup_that_never_ends_has_no_share():
    summary = summarize(np.arange(5.0), 5.0)
    assert summary.warmup is not None
    assert (summary.warmup.kind, summary.warmup_share) == ("unfinished", 0)


def test_summary_of_nothing():
    summary = summarize(np.zeros(0), None)
    assert (summary.first, summary.last, summary.peak, summary.mean_of_peak) == (None,) * 4
    assert (summary.warmup_share, summary.zeros) == (0, 0)


def test_summary_has_no_ratio_to_a_peak_of_zero():
    summary = summarize(np.zeros(3), 0.0)
    assert (summary.mean_of_peak, summary.last_of_peak, summary.zeros) == (None, None, 3)


@given(st.lists(st.floats(width=64), max_size=60))
def test_any_values_give_steps_of_the_run(numbers):
    values = np.array(numbers, dtype=float)
    found = breakpoints(values, 5)
    assert found == sorted(set(found))
    assert len(found) <= 5
    assert all(0 < step < values.size for step in found)
    summarize(values, None)


def test_a_million_steps_take_no_time():
    share = np.arange(1_000_000) / 1_000_000
    values = np.where(share < 0.01, share * 10, cosine((share - 0.01) / 0.99))
    start = time.process_time()
    assert breakpoints(values, 10) == [10_000]
    summarize(values, None)
    # Measured at 0.3 s; a loop in Python takes several.
    assert time.process_time() - start < 3


def test_a_long_curve_is_read_in_little_memory():
    steps = 1_000_000
    values = np.cos(np.arange(steps) * np.pi / steps) + 1
    tracemalloc.start()
    changes(values)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 * steps  # bytes; an array of the curve's length has 8 a step
