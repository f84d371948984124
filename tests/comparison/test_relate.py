"""A known transformation of a curve is recognised; nothing is read into unrelated curves."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lrplan.comparison import describe, relate, relate_points
from tests.comparison.claims import check, of_data
from tests.comparison.curves import (
    FEWER,
    PERIOD,
    SHAPES,
    SMOOTH,
    cosine,
    milestones,
    sampled,
    warm_cosine,
)

STEPS = int(PERIOD)
shapes = st.sampled_from(sorted(SHAPES))
smooth = st.sampled_from(sorted(SMOOTH))
factors = st.floats(1e-3, 1e3).filter(lambda factor: abs(factor - 1) > 1e-3)
shifts = st.sampled_from([-3, -2, -1, 1, 2, 3])
rates = st.floats(1e-6, 10)


def check_sound(relation, a, b):
    """What a relation says is so, by a second, plain implementation of what each kind means."""
    for claim in of_data(relation):
        check(claim, a, b)


def told(relation):
    """The parts of a relation as first step, last step, and kind."""
    return [
        (part.first, part.last, part.transform and part.transform.kind) for part in relation.parts
    ]


@FEWER
@given(shapes, rates, st.integers(1, 400), st.integers(1, 400))
def test_a_curve_equals_itself_whatever_the_length(shape, rate, one, other):
    relation = relate(
        sampled(SHAPES[shape], one, scale=rate), sampled(SHAPES[shape], other, scale=rate)
    )
    assert (relation.kind, relation.steps) == ("equal", (one, other))


@FEWER
@given(shapes, rates)
def test_rounding_is_no_difference(shape, rate):
    a = sampled(SHAPES[shape], STEPS, scale=rate)
    assert relate(a, a * (1 + 1e-13)).kind == "equal"


@FEWER
@given(shapes, rates, factors)
def test_a_factor_is_found(shape, rate, factor):
    a = sampled(SHAPES[shape], STEPS, scale=rate)
    relation = relate(a, factor * a)
    assert relation.kind == "scaled"
    assert relation.factor == pytest.approx(factor, rel=1e-12)


def delayed(a, shift):
    """``a`` so many steps later, its first value held; earlier where negative."""
    if shift < 0:
        return a[-shift:]
    return np.concatenate([np.full(shift, a[0]), a[: a.size - shift]])


@FEWER
@given(shapes, rates, shifts)
def test_a_shift_is_found(shape, rate, shift):
    a = sampled(SHAPES[shape], STEPS, scale=rate)
    b = delayed(a, shift)
    relation = relate(a, b)
    # An exponential that is early or late is as well a lower or a higher one.
    if shape == "exponential":
        assert "scaled" in [kind for _, _, kind in told(relation)]
    elif shape == "milestones":
        # Up to the first drop both are the same.
        assert [part.transform.shift for part in relation.parts if part.transform][-1] in (0, shift)
    else:
        assert (relation.kind, relation.shift) == ("shifted", shift)
    check_sound(relation, a, b)


@FEWER
@given(shapes, shifts, factors)
def test_a_shift_and_a_factor_are_found_together(shape, shift, factor):
    a = sampled(SHAPES[shape], STEPS)
    b = factor * delayed(a, shift)
    relation = relate(a, b)
    # An exponential that is late is a lower one from the first step that it has a value for.
    assert relation.parts[-1].transform.kind in ("scaled", "shifted")
    check_sound(relation, a, b)


@FEWER
@given(shapes, st.integers(2, 12))
def test_a_curve_run_through_too_fast_is_recognised(shape, times):
    """Accumulation, devices: the scheduler counts what happens several times a step."""
    a, b = sampled(SHAPES[shape], STEPS), sampled(SHAPES[shape], STEPS, pace=times)
    assume(np.ptp(b) > 0)
    relation = relate(a, b)
    # Seen at every 11th step of a period of 60, triangles are triangles run through backwards.
    if shape != "triangle":
        assert (relation.kind, relation.stretch) == (
            "stretched",
            pytest.approx(1 / times, rel=1e-9),
        )
    check_sound(relation, a, b)


@FEWER
@given(smooth, st.integers(2, 12))
def test_a_curve_run_through_too_slowly_is_recognised(shape, times):
    a, b = sampled(SHAPES[shape], STEPS), sampled(SHAPES[shape], STEPS, pace=1 / times)
    relation = relate(a, b)
    # A curve that has not left its first straight line yet cannot be told from a scaled one.
    assert relation.kind in ("stretched", "scaled")
    check_sound(relation, a, b)


@FEWER
@given(st.sampled_from(["cosine", "polynomial", "warm-cosine"]), st.floats(0.5, 0.97))
def test_any_pace_is_recognised_where_the_curve_is_smooth(shape, pace):
    """A T_max that is off: the same course in another number of steps."""
    a, b = sampled(SHAPES[shape], STEPS), sampled(SHAPES[shape], STEPS, pace=pace)
    relation = relate(a, b)
    assert (relation.kind, relation.stretch) == ("stretched", pytest.approx(1 / pace, rel=1e-5))


@FEWER
@given(shapes, st.integers(2, 400))
def test_stairs_of_epochs_against_steps(shape, per_epoch):
    """The scheduler ticks at every step with numbers that count epochs."""
    course = sampled(SHAPES[shape], 30, pace=8)
    epochs, steps = np.repeat(course, per_epoch), sampled(SHAPES[shape], 30, pace=8)
    relation = relate(epochs, steps)
    if per_epoch * 30 > steps.size and shape != "exponential":
        assert relation.kind == "stretched"
        assert relation.stretch == pytest.approx(1 / per_epoch, rel=1e-9)
    back = relate(steps, epochs)
    assert back.stretch == pytest.approx(1 / relation.stretch, rel=1e-9)


@pytest.mark.parametrize("per_epoch", [49, 98, 103, 123, 186, 206])
def test_a_ratio_that_cannot_be_inverted_without_rounding_is_whole(per_epoch):
    """1 / (1 / 49) is 49.00000000000001: neighbours that are less near must not be preferred."""
    course = sampled(SHAPES["linear"], 30, pace=8)
    assert 1 / relate(np.repeat(course, per_epoch), course).stretch == pytest.approx(per_epoch)


@FEWER
@given(st.sampled_from(["cosine", "polynomial", "root"]), st.integers(3, 30))
def test_steps_against_stairs_of_the_same_course(shape, per_epoch):
    a = sampled(SHAPES[shape], STEPS)
    b = sampled(SHAPES[shape], STEPS, stair=per_epoch)
    relation = relate(a, b)
    assert (relation.kind, relation.hold) == ("held", per_epoch)
    assert relate(b, a).hold == -per_epoch
    check_sound(relation, a, b)


@FEWER
@given(st.sampled_from(["cosine", "polynomial", "root", "linear"]), st.integers(20, 200))
def test_the_step_from_which_curves_part_is_found(shape, step):
    a = sampled(SHAPES[shape], STEPS)
    noise = np.sin(np.arange(STEPS) ** 1.5)
    b = np.where(np.arange(STEPS) < step, a, a * (0.5 + 0.1 * noise))
    assert told(relate(a, b)) == [(0, step - 1, "equal"), (step, STEPS - 1, None)]


def test_curves_that_meet_again():
    a = sampled(milestones, STEPS)
    b = a.copy()
    b[60:70] = 1.0
    relation = relate(a, b)
    # The first drop comes 10 steps later: from 1 to 0.1.
    assert told(relation) == [(0, 59, "equal"), (60, 69, "scaled"), (70, STEPS - 1, "equal")]
    assert relation.parts[1].transform.factor == pytest.approx(10)


def test_a_tiny_spike_is_a_difference_of_one_step():
    a = sampled(cosine, STEPS)
    b = a.copy()
    b[77] += 1e-7
    relation = relate(a, b)
    assert told(relation) == [(0, 76, "equal"), (77, 77, None), (78, STEPS - 1, "equal")]
    assert relation.parts[1].largest == pytest.approx(1e-7, rel=1e-6)
    assert relation.parts[1].worst == 77


@pytest.mark.parametrize("steps", [10, 200, 10_000])
def test_a_wrong_t_max_after_a_warm_up_is_seen_behind_it(steps):
    def warm(length):
        x = np.arange(10 * steps)
        return np.where(x < steps, x / steps, 0.5 * (1 + np.cos(np.pi * (x - steps) / length)))

    relation = relate(warm(9 * steps), warm(10 * steps))
    (first, until, same), (begin, last, transform) = told(relation)
    assert (first, same, transform, last) == (0, "equal", "stretched", 10 * steps - 1)
    # A cosine leaves its top by less than the tolerance for some steps.
    assert steps <= until < begin < steps + 12
    assert relation.parts[1].transform.stretch == pytest.approx(10 / 9, rel=1e-5)
    assert relation.parts[1].transform.start == (steps, steps)


def warm(length, decay=cosine, total=STEPS):
    x = np.arange(total)
    return np.where(x < length, x / max(length, 1), decay(np.maximum(x - length, 0)))


@pytest.mark.parametrize(("one", "other"), [(50, 100), (100, 30), (0, 40), (40, 0)])
def test_another_warm_up_before_the_same_decay(one, other):
    a, b = warm(one, total=STEPS + one), warm(other, total=STEPS + other)
    relation = relate(a, b)
    check_sound(relation, a, b)
    after = relation.parts[-1]
    assert (after.transform.kind, after.transform.shift) == ("shifted", other - one)
    assert other <= after.first <= other + 1
    assert after.last == STEPS + other - 1
    # A steeper line from 0 is a higher one as well, as far as both warm up.
    ramp = relation.parts[0].transform
    if one and other and ramp.kind != "scaled":
        assert ramp.stretch == pytest.approx(other / one, rel=1e-9)


def test_the_rate_and_the_warm_up_doubled():
    """The everyday comparison: what holds is told with the steps at which it does."""
    t = np.arange(1000)
    a = 0.1 * np.where(t < 50, t / 50, 1) * np.where(t >= 250, 0.1, 1)
    b = 0.2 * np.where(t < 100, t / 100, 1) * np.where(t >= 300, 0.1, 1)
    relation = relate(a, b)
    check_sound(relation, a, b)
    assert told(relation) == [(0, 50, "equal"), (51, 99, None), (100, 999, "shifted")]
    assert (relation.parts[2].transform.shift, relation.parts[2].transform.factor) == (
        50,
        pytest.approx(2),
    )
    assert relation.parts[1].worst == 99
    assert relation.parts[1].largest == pytest.approx((0.198 - 0.1) / 0.2)


def test_a_warm_up_of_a_long_run_is_seen_however_short_it_is():
    t = np.arange(200_000)

    def wsd(length):
        return np.minimum(np.minimum(t / length, 1), (200_000 - t) / 20_000)

    relation = relate(wsd(400), wsd(800))
    assert told(relation) == [(0, 799, "stretched"), (800, 199_999, "equal")]


def test_warm_ups_say_nothing_of_what_is_constant_after_them():
    def flat(steps, value):
        return np.minimum(np.arange(STEPS) / steps, 1) * value

    for b in (np.sqrt(flat(20, 1)), np.r_[np.sqrt(flat(20, 1)), np.full(50, 0.1)]):
        assert told(relate(flat(10, 1), b)) == [(0, 19, None), (20, STEPS - 1, "equal")]


@pytest.mark.parametrize("period", [2, 3, 4])
@pytest.mark.parametrize("other", [2, 3, 4])
def test_an_alternating_curve_is_not_a_slower_one(period, other):
    a, b = (1.0 * (np.arange(STEPS) % each == 0) for each in (period, other))
    relation = relate(a, b)
    check_sound(relation, a, b)
    # Every second step of a period of 4 is a period of 2: that alone is a pace.
    exact = "stretched" if (period, other) == (4, 2) else "equal" if period == other else None
    assert exact is None or relation.kind == exact
    assert exact is not None or "stretched" not in [kind for _, _, kind in told(relation)]


@FEWER
@given(shapes, shapes, rates)
def test_nothing_is_read_into_curves_of_different_shape(one, other, rate):
    assume(one != other)
    a, b = sampled(SHAPES[one], STEPS, scale=rate), sampled(SHAPES[other], STEPS)
    relation = relate(a, b)
    check_sound(relation, a, b)
    # A cosine is a warmed-up cosine without the warm-up; stairs and straight lines have constant
    # parts, which are in proportion to each other.
    constant = {"milestones", "linear", "cosine", "warm-cosine", "polynomial"}
    if not {one, other} <= constant:
        assert all(kind in (None, "equal") for _, _, kind in told(relation))


@FEWER
@given(st.integers(0, 2**32 - 1), st.sampled_from([12, 40, 300]))
def test_nothing_is_read_into_noise(seed, steps):
    rng = np.random.default_rng(seed)
    assert told(relate(rng.random(steps), rng.random(steps))) == [(0, steps - 1, None)]


@FEWER
@given(st.integers(0, 2**32 - 1), st.integers(0, 5), st.integers(0, 5))
def test_short_and_broken_curves_are_no_fault(seed, one, other):
    rng = np.random.default_rng(seed)
    odd = np.array([0.0, 0.1, 1e308, -1e308, np.nan, np.inf, -np.inf, 1e-308])
    a, b = rng.choice(odd, one * 3), rng.choice(odd, other * 3)
    relation = relate(a, b)
    assert describe(relation)
    assert describe(relation.inverse())


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        ([0.1] * 50, [0.1] * 50, "equal"),
        ([0.1] * 50, [0.2] * 50, "scaled"),
        ([0.0] * 50, [0.2] * 50, "unrelated"),
        ([0.0] * 50, [0.0] * 50, "equal"),
        ([0.1] * 20 + [0.0] * 30, [0.1] * 20 + [0.0] * 30, "equal"),
        ([np.nan] * 50, [np.nan] * 50, "equal"),
        ([0.1, np.inf], [0.1, np.inf], "equal"),
        ([np.inf] * 50, [-np.inf] * 50, "unrelated"),
        ([1e308] * 50, [-1e308] * 50, "unrelated"),
        ([0.1] * 50, [0.1 * (1 + 2e-9)] * 50, "scaled"),
        ([0.1] * 50, [np.nan] * 50, "unrelated"),
        ([], [], "equal"),
        ([0.1], [], "unrelated"),
        ([0.1], [0.3], "scaled"),
    ],
    ids=[
        "constants",
        "constants-apart",
        "zeros-and-a-constant",
        "zeros",
        "a-drop-to-zero",
        "no-numbers",
        "infinity-and-itself",
        "infinities-apart",
        "huge-and-apart",
        "a-factor-near-1",
        "numbers-and-none",
        "empty",
        "one-empty",
        "single",
    ],
)
def test_curves_without_a_shape(a, b, kind):
    assert relate(np.array(a), np.array(b)).kind == kind


def test_a_constant_is_never_shifted_or_stretched():
    a = np.array([1.0] + [0.1] * 99)
    b = np.array([2.0, 3.0] + [0.1] * 98)
    assert told(relate(a, b)) == [(0, 1, None), (2, 99, "equal")]


def test_nan_at_the_same_steps_is_the_same():
    a = sampled(warm_cosine, STEPS)
    a[100:110] = np.nan
    assert relate(a, 2 * a).kind == "scaled"
    assert relate(a, delayed(a, 1)).shift == 1
    b = sampled(warm_cosine, STEPS)
    assert told(relate(a, b)) == [(0, 99, "equal"), (100, 109, None), (110, STEPS - 1, "equal")]
    assert relate(a, b).parts[1].largest == np.inf


def test_a_tolerance_is_a_share_of_the_peak():
    a = sampled(cosine, STEPS)
    b = a + 0.01
    assert relate(a, b).kind == "unrelated"
    assert relate(a, b, 0.011).kind == "equal"


def test_a_curve_known_at_some_steps_is_found_in_a_whole_one():
    at = np.array([0, 20, 39, 40, 41, 80, 120, 160, 200, 239])
    a = warm_cosine(at)
    whole = np.arange(2 * STEPS)
    assert relate(a, warm_cosine(whole), at=at).kind == "equal"
    assert relate(a, 3 * warm_cosine(whole), at=at).factor == pytest.approx(3)
    assert relate(a, warm_cosine(whole - 1.0), at=at).shift == 1
    assert relate(a, warm_cosine(whole / 2), at=at).stretch == pytest.approx(2)
    assert "stretched" not in [kind for _, _, kind in told(relate(a, cosine(whole), at=at))]


def test_two_curves_known_at_the_same_steps_only():
    at = np.array([0, 20, 40, 80, 120, 160, 200, 239])
    a = warm_cosine(at)
    assert relate_points(a, a, at).kind == "equal"
    assert relate_points(a, 2 * a, at).factor == pytest.approx(2)
    b = np.where(at < 120, a, 0.3 + 0.001 * at)
    # Between steps 80 and 120 nothing is known, and nothing is told.
    assert told(relate_points(a, b, at)) == [(0, 80, "equal"), (120, 239, None)]


def test_the_relation_of_similar_curves_is_checked_before_it_is_taken():
    a, b = warm(50, total=STEPS + 50), 2 * warm(100, total=STEPS + 100)
    known = relate(a, b)
    assert relate(3 * a, 3 * b, like=known) == known
    spiked = b.copy()
    spiked[150] *= 1.01
    assert relate(a, spiked, like=known) == relate(a, spiked) != known
    assert relate(a, a, like=known).kind == "equal"


def test_next_to_nothing_is_no_factor():
    """Once a decay per step is below the tolerance, any small factor would fit."""
    steps = np.arange(1000)
    per_epoch, per_step = 0.8 ** (steps // 100), 0.8**steps
    assert told(relate(per_epoch, per_step)) == [(0, 9, "stretched"), (10, 999, None)]
    factors = [
        part.transform.factor for part in relate(per_epoch, per_step).parts if part.transform
    ]
    assert factors == [1.0]
