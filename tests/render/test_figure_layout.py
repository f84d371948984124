"""Layout of few and many schedules and groups: positions, names, colours, ticks."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from lrplan.errors import UsageError
from lrplan.render.picture.layout import spread_positions
from lrplan.render.picture.palette import THEMES, curve_colours, readable
from lrplan.render.picture.ticks import linear_ticks, log_ticks
from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import draw, render
from lrplan.render.view.curve_stats import curve_stats
from lrplan.render.view.numbers import count_label, count_labels, value_label, value_labels
from lrplan.render.view.y_range import y_range
from lrplan.render.view.y_scale import YScale
from tests.render.figure_traces import curve_lines, texts, trace, warm_cosine

# Machado, Oliveira and Fernandes 2009, severity 1: what each kind of colour-blindness sees.
SEEN = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip


def linear(colour):
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(light):
    t = XYZ @ np.clip(light, 0, 1) / np.array([0.95047, 1, 1.08883])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a, b):
    first, second = sorted(float((XYZ @ linear(colour))[1]) for colour in (a, b))
    return (second + 0.05) / (first + 0.05)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("eye", SEEN)
def test_colours_of_curves_are_apart_for_every_eye(theme, eye):
    results = [lab(np.array(SEEN[eye]) @ linear(colour)) for colour in theme.curves]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(results, 2)) > 10


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_everything_stands_out_from_the_paper(theme):
    many = [*theme.curves, *curve_colours(60, theme)]
    assert min(contrast(colour, theme.paper) for colour in many) > 1.7
    written = [theme.ink, theme.soft, theme.alarm, *(readable(c, theme) for c in theme.curves)]
    assert min(contrast(colour, theme.paper) for colour in written) > 4.5  # WCAG AA


@pytest.mark.parametrize("count", [1, 2, 6, 7, 30, 100])
def test_plotting_areas_never_overlap(count):
    figure = draw(
        [trace({"all": [0.1, 0.2]}, name=f"s{i}") for i in range(count)], PictureOptions()
    )
    boxes = [axes.get_position() for axes in figure.axes]
    assert len(boxes) == count
    assert all(box.width > 0 and box.height > 0 for box in boxes)
    assert all(0 <= box.x0 < box.x1 <= 1 and 0 <= box.y0 < box.y1 <= 1 for box in boxes)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_panels_come_in_the_order_given():
    count = 9
    figure = draw([trace({"all": [1.0]}, name=f"s{i}") for i in range(count)], PictureOptions())
    places = [axes.get_position() for axes in figure.axes]
    assert sorted(range(count), key=lambda i: (-places[i].y0, places[i].x0)) == list(range(count))


@pytest.mark.parametrize("groups", [2, 5, 10, 14])
def test_names_stand_beside_the_axes_without_touching(groups):
    lr = {f"layer.{i}": warm_cosine(100, 10, i + 1) for i in range(groups)}
    figure = draw([trace(lr)], PictureOptions())
    named = {t.get_text(): t.get_window_extent() for t in figure.texts if "layer." in t.get_text()}
    edge = figure.axes[0].get_window_extent().x1
    assert set(named) == set(lr)
    assert all(box.x0 > edge for box in named.values())
    boxes = sorted(named.values(), key=lambda box: box.y0)
    assert all(a.y0 + (a.y1 - a.y0) * 0.75 <= b.y0 for a, b in itertools.pairwise(boxes))


def test_names_stand_in_the_order_of_the_curves_even_where_all_end_at_zero():
    lr = {name: warm_cosine(100, 10, top) for name, top in {"b": 2, "c": 3, "a": 1}.items()}
    figure = draw([trace(lr)], PictureOptions())
    heights = {t.get_text(): t.get_position()[1] for t in figure.texts if t.get_text() in lr}
    assert heights["a"] < heights["b"] < heights["c"]


def test_sixty_groups_have_a_ramp_and_the_first_and_last_name():
    lr = {f"blocks.{i}": warm_cosine(100, 10, 0.9**i) for i in range(60)}
    figure = draw([trace(lr)], PictureOptions())
    results = [text for text in texts(figure) if text.startswith("blocks.")]
    assert len({line.get_color() for line in curve_lines(figure.axes[0])}) == 60
    assert {"blocks.0", "blocks.59"} <= set(results)
    assert len(results) <= 16


def test_one_group_needs_no_name():
    assert "all" not in texts(draw([trace({"all": [0.1, 0.2]})], PictureOptions()))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30).map(sorted), st.floats(0.01, 0.3))
def test_spread_keeps_order_and_distance(wanted, gap):
    places = spread_positions(wanted, gap, 0.0, 10.0)
    assert all(b - a >= gap - 1e-9 for a, b in itertools.pairwise(places))
    assert places[0] >= -1e-9
    assert places[-1] <= 10 + 1e-9


def test_spread_leaves_alone_what_is_apart():
    assert spread_positions([1.0, 2.0, 5.0], 0.5, 0.0, 10.0) == pytest.approx([1.0, 2.0, 5.0])
    assert spread_positions([3.0, 3.0], 1.0, 0.0, 10.0) == pytest.approx([2.5, 3.5])


@pytest.mark.parametrize(
    "size", [(0.2, 0.2), (3, 2), (6, 4), (30, 30)], ids=["stamp", "small", "slide", "poster"]
)
def test_a_size_asked_for_is_the_size_given(size):
    traces = [trace({"a": [1, 2], "b": [2, 1]}, per_epoch=1, title="t " * 99) for _ in range(6)]
    figure = draw(traces, PictureOptions(size=size))
    assert tuple(figure.get_size_inches()) == pytest.approx(size)
    assert render(traces, PictureOptions(size=size), format="png")


def test_a_picture_too_large_gets_fewer_pixels():
    one = trace({"all": [1.0, 2.0]})
    data = render([one], PictureOptions(size=(700, 4), dpi=300), format="png")
    width = int.from_bytes(data[16:20], "big")
    assert width <= 65_000


@pytest.mark.parametrize(
    "bad", [{"dpi": 0}, {"size": (0, 3)}, {"size": (1, float("nan"))}], ids=str
)
def test_senseless_options_are_refused(bad):
    with pytest.raises(UsageError):
        PictureOptions(**bad)


@pytest.mark.parametrize(
    ("value", "label"),
    [(0, "0"), (1e-3, "1e-3"), (2.5e-4, "2.5e-4"), (0.1, "0.1"), (123.0, "123"), (3e5, "3e5"),
     (-1e-5, "-1e-5"), (0.0123, "0.0123")],
)  # fmt: skip
def test_values_are_written_as_engineers_do(value, label):
    assert value_label(value) == label


def test_labels_of_one_axis_agree():
    assert value_labels([0, 2e-4, 1e-3]) == ["0", "2e-4", "1e-3"]
    assert value_labels([0, 0.0025, 0.01]) == ["0", "0.0025", "0.01"]
    assert value_labels([1e-5, 1e-3, 0.1]) == ["1e-5", "1e-3", "1e-1"]
    assert value_labels([1e-4, 1e-2, 1.0]) == ["1e-4", "1e-2", "1"]
    assert value_labels([0.90001, 0.90002]) == ["0.90001", "0.90002"]
    assert count_labels([0, 5_000, 10_000]) == ["0", "5k", "10k"]
    assert count_labels([0, 500_000, 1_000_000]) == ["0", "500k", "1M"]
    assert (count_label(2_500), count_label(1_250_000)) == ("2,500", "1.25M")


@given(st.floats(1e-200, 1e200), st.floats(1.5, 1e9))
def test_linear_ticks_lie_within_and_are_few(low, ratio):
    ticks = linear_ticks(low, low * ratio, 5)
    assert 1 <= len(ticks) <= 6
    assert all(low * 0.999 <= tick <= low * ratio * 1.001 for tick in ticks)


@given(st.floats(1e-200, 1e200), st.floats(3, 1e9))
def test_log_ticks_lie_within_and_label_something(low, ratio):
    major, minor = log_ticks(low, low * ratio, 5)
    assert 1 <= len(major) <= 7
    assert all(low * 0.999 <= tick <= low * ratio * 1.001 for tick in (*major, *minor))


@pytest.mark.parametrize("most", [3, 4, 5, 6, 7])
@pytest.mark.parametrize("decades", [8, 9, 10])
def test_the_highest_and_the_lowest_of_many_decades_are_labelled(decades, most):
    major, minor = log_ticks(0.9 * 10.0**-decades, 2.0, most)
    exponents = np.round(np.log10(major))
    assert (exponents[0], exponents[-1]) == (-decades, 0)
    assert len(major) <= most
    assert np.log10(minor) == pytest.approx(np.arange(-decades, 1))


def test_every_one_of_eight_decades_is_labelled_in_a_page():
    figure = draw([trace({"all": np.geomspace(1e-8, 1.0, 100)})], PictureOptions(log=True))
    assert {*(f"1e{exponent}" for exponent in range(-7, 0)), "1"} <= set(texts(figure))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=5), st.booleans())
def test_an_axis_always_has_an_extent(values, log):
    low, high, _ = y_range(
        [curve_stats(np.array(values, dtype=np.float64))], YScale(log), headroom=0.1
    )
    assert np.isfinite([low, high]).all()
    assert low < high
    assert not log or low > 0


EDGES = {
    "zeros": [0.0] * 5,
    "constant": [1e-3] * 5,
    "one step": [0.1],
    "none": [],
    "nan": [np.nan] * 3,
    "infinite": [1.0, np.inf, -np.inf],
    "negative": [-1.0, -2.0],
    "huge": [1e308, -1e308],
    "tiny": [5e-324, 1e-310],
    "narrow": [0.9, 0.9 + 1e-15],
    "subnormal step": [1.0, 1.0 + 2e-16],
}


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("values", EDGES.values(), ids=EDGES)
@pytest.mark.parametrize("unit", ["step", "epoch"])
def test_any_values_can_be_drawn(values, log, unit):
    one = trace({"a": values, "b": values[::-1]}, per_epoch=2, get_lr={"a": np.array(values[::-1])})
    options = PictureOptions(log=log, x=unit, get_lr=True)
    assert render([one], options, format="png").startswith(b"\x89PNG")


def test_progress_is_told_for_each_schedule():
    traces = [trace({"all": warm_cosine(300, 10 + i)}, per_epoch=10) for i in range(30)]
    results = []
    render(traces, PictureOptions(), format="png", progress=results.append)
    assert results == list(range(1, 31))


def test_a_million_steps_of_ten_groups_are_decimated():
    values = warm_cosine(1_000_000, 10_000)
    one = trace({f"g{i}": values * (i + 1) for i in range(10)}, per_epoch=5000)
    assert len(render([one], PictureOptions(), format="svg")) < 3_000_000


@pytest.mark.parametrize("rising", [True, False])
def test_a_strip_of_colours_has_the_order_of_the_curves(rising):
    tops = range(1, 27) if rising else range(26, 0, -1)
    groups = {f"g{index}": np.linspace(top, 0, 50) for index, top in enumerate(tops)}
    shown = texts(draw([trace(groups)], PictureOptions()))
    names = [text for text in shown if text in groups]
    assert {"g0", "g25"} <= set(names)
    assert names == sorted(names, key=lambda name: groups[name][0], reverse=True)
