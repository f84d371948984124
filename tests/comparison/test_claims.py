"""Pairs of curves with a known relation: what is told of them, in data and words, is true."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lrplan.comparison import describe, relate
from tests.comparison.claims import check, of_data, of_words
from tests.comparison.curves import FEWER, SHAPES, sampled

STEPS = 240
shapes = st.sampled_from(sorted(SHAPES))


def scaled(curve, draw):
    return curve * draw(st.sampled_from([2.0, 0.1, 1 + 2e-9, 1 + 1e-6, 1 / 3]))


def shifted(curve, draw):
    shift = draw(st.sampled_from([1, -1, 2, -3, 30, -60]))
    if shift < 0:
        return np.append(curve[-shift:], np.full(-shift, curve[-1]))
    return np.append(np.full(shift, curve[0]), curve[:-shift])


def stretched(curve, draw):
    pace = draw(st.sampled_from([0.5, 2.0, 4.0, 0.9, 2 / 3, 10.0]))
    return np.interp(np.arange(STEPS) * pace, np.arange(STEPS), curve)


def spiked(curve, draw):
    step = draw(st.integers(0, STEPS - 1))
    changed = curve.copy()
    changed[step] += draw(st.sampled_from([1e-7, -1e-3, 0.5]))
    return changed


def warmed(curve, draw):
    length = draw(st.integers(1, 80))
    return curve * np.minimum(np.arange(STEPS) / length, 1)


def dropped(curve, draw):
    return curve * np.where(np.arange(STEPS) >= draw(st.integers(1, STEPS - 1)), 0.1, 1)


def cut(curve, draw):
    return curve[: draw(st.integers(8, STEPS))]


def held(curve, draw):
    every = draw(st.integers(2, 60))
    return curve[np.arange(curve.size) // every * every]


def noisy(curve, draw):
    return curve + draw(st.sampled_from([1e-12, 1e-8, 1e-2])) * np.sin(np.arange(curve.size) ** 1.5)


CHANGES = (scaled, shifted, stretched, spiked, warmed, dropped, held, noisy)


@st.composite
def pairs(draw):
    """A curve, and what several changes in a row make of it; both may be changed at the end."""
    curve = sampled(SHAPES[draw(shapes)], STEPS, scale=draw(st.sampled_from([1.0, 1e-4, 30.0])))
    if draw(st.booleans()):
        curve = warmed(curve, draw)
    other = curve
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3)):
        other = change(other, draw)
    return curve, cut(other, draw) if draw(st.booleans()) else other


def check_pair(a, b):
    relation = relate(a, b)
    peak = max(np.abs(a).max(), np.abs(b).max())
    common = min(a.size, b.size)
    told = np.zeros(max(a.size, b.size), dtype=bool)
    for claim in of_data(relation):
        check(claim, a, b)
        told[claim.first : claim.last + 1] = True
    # Nothing that both have is passed over.
    assert told[:common].all()
    if relation.kind == "equal":
        assert (np.abs(a[:common] - b[:common]) <= 2e-9 * peak).all()
    return relation


@given(pairs())
def test_what_is_told_holds_at_every_step(pair):
    a, b = pair
    relation = check_pair(a, b)
    for claim in of_words(describe(relation), min(a.size, b.size)):
        check(claim, a, b)


@FEWER
@given(pairs(), st.integers(3, 40))
def test_what_is_told_of_a_curve_known_at_some_steps_holds_there(pair, count):
    a, b = pair
    at = np.unique(np.linspace(0, a.size - 1, count).astype(int))
    known = np.full(a.size, np.nan)
    known[at] = a[at]
    peak = max(np.abs(a[at]).max(), np.abs(b).max())
    for part in relate(a[at], b, at=at).parts:
        steps = np.arange(part.first, part.last + 1)
        if part.transform is None:
            steps = steps[(steps < a.size) & (steps < b.size)]
            gaps = np.abs(known[steps] - b[steps]) / peak
            assert np.nanmax(gaps) <= part.largest + 1e-9
        elif part.transform.kind in ("equal", "scaled"):
            gap = np.abs(known[steps] * part.transform.factor - b[steps])
            assert np.nanmax(gap, initial=0) <= 2e-9 * peak
