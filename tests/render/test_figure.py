"""The numbers that a picture shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrplan.errors import UsageError
from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import draw
from lrplan.render.view.view_model import Assumed
from lrplan.trace import Failure, Mark
from tests.render.figure_traces import curve_lines, shown_at, texts, trace, warm_cosine


def panel(one, **options):
    return draw([one], PictureOptions(**options)).axes[0]


def test_each_value_is_held_during_its_step():
    values = [0.1, 0.1, 0.01, 0.02, 0.02]
    (line,) = curve_lines(panel(trace({"all": values})))
    np.testing.assert_array_equal(shown_at(line, np.arange(5) + 0.999), values)
    np.testing.assert_array_equal(shown_at(line, np.arange(5.0)), values)
    assert line.get_xdata()[-1] == 5, "the last step is as wide as the others"


def test_long_smooth_curves_are_right_to_a_pixel():
    values = warm_cosine(200_000, 20_000)
    (line,) = curve_lines(panel(trace({"all": values})))
    shown = shown_at(line, np.arange(200_000) + 0.5)
    pixel = 200_000 / 960
    steepest = 1e-3 / 20_000
    assert len(line.get_xdata()) < 7_000
    np.testing.assert_allclose(shown, values, rtol=0, atol=steepest * pixel)


def test_a_spike_in_a_million_steps_is_drawn():
    values = warm_cosine(1_000_000, 10_000)
    values[777_777] = 2e-3
    (line,) = curve_lines(panel(trace({"all": values})))
    assert shown_at(line, [777_777.5]) == 2e-3
    assert panel(trace({"all": values})).get_ylim()[1] > 2e-3


def test_epochs_on_the_x_axis():
    axes = panel(trace({"all": np.arange(1.0, 21.0)}, per_epoch=8), x="epoch")
    (line,) = curve_lines(axes)
    assert shown_at(line, [0.99, 1.0, 2.49]).tolist() == [8.0, 9.0, 20.0]
    assert line.get_xdata()[-1] == pytest.approx(2.5, abs=1e-12)


def test_epochs_above_the_steps():
    axes = panel(trace({"all": np.ones(40)}, per_epoch=10))
    (above,) = axes.child_axes
    ticks = dict(
        zip([t.get_text() for t in above.get_xticklabels()], above.get_xticks(), strict=True)
    )
    assert ticks == {"0": 0, "1": 10, "2": 20, "3": 30, "4": 40}


def test_epochs_of_one_step_are_not_counted_twice():
    figure = draw([trace({"all": np.ones(40)}, per_epoch=1, title="T")], PictureOptions())
    assert not figure.axes[0].child_axes
    assert "run · 40 epochs of one step" in texts(figure)
    assert "epoch" not in texts(figure)
    tall = draw([trace({"all": np.ones(40)}, per_epoch=2, title="T")], PictureOptions())
    assert "run · 40 steps · 20 epochs" in texts(tall)
    assert figure.get_size_inches()[1] < tall.get_size_inches()[1]


def test_epochs_of_unequal_length_stand_where_they_begin():
    one = trace({"all": np.ones(10)})
    uneven = np.array([0, 0, 0, 1, 2, 2, 2, 2, 3, 3])
    one = type(one)(**{**vars(one), "epochs": uneven})
    (above,) = panel(one).child_axes
    assert list(above.get_xticks()) == [0, 3, 4, 8]


def test_a_run_without_epochs_falls_back_to_steps():
    figure = draw([trace({"all": np.ones(9)})], PictureOptions(x="epoch"))
    assert figure.axes[0].get_xlim()[1] == pytest.approx(9, rel=0.01)
    assert "step" in texts(figure)


def test_equal_groups_share_a_curve_and_a_label():
    values = warm_cosine(100, 10)
    figure = draw([trace({"backbone": values, "head": values.copy()})], PictureOptions())
    assert len(curve_lines(figure.axes[0])) == 1
    assert "backbone = head" in texts(figure)


def test_groups_that_differ_in_the_last_bit_are_two_curves():
    values = warm_cosine(100, 10)
    figure = draw([trace({"a": values, "b": np.nextafter(values, 1)})], PictureOptions())
    lines = curve_lines(figure.axes[0])
    widths = [line.get_linewidth() for line in lines]
    assert len(lines) == 2
    assert widths[0] > widths[1] + 1, "the one below must show beside the one above"


def test_a_group_keeps_its_colour_from_field_to_field():
    lr = {"a": [1, 2, 3], "b": [2, 3, 4], "c": [2, 3, 4]}
    momentum = {"c": np.array([0.9, 0.8, 0.7])}
    figure = draw(
        [trace(lr, more={"momentum": momentum})], PictureOptions(fields=("lr", "momentum"))
    )
    first, second = figure.axes[:2]
    colours = {tuple(line.get_ydata()): line.get_color() for line in curve_lines(first)}
    (only,) = curve_lines(second)
    assert len(colours) == 2
    assert only.get_color() not in [line.get_color() for line in curve_lines(first)]


def test_fields_share_the_x_axis_and_stand_below_each_other():
    more = {"momentum": {"all": np.full(50, 0.9)}, "eps": {"all": np.full(50, 1e-8)}}
    fields = ("lr", "momentum", "eps")
    figure = draw([trace({"all": warm_cosine(50, 5)}, more=more)], PictureOptions(fields=fields))
    places = [axes.get_position() for axes in figure.axes]
    assert [place.y0 for place in places] == sorted((p.y0 for p in places), reverse=True)
    assert len({(round(place.x0, 9), round(place.x1, 9)) for place in places}) == 1
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    assert {"learning rate", "momentum", "eps"} <= set(texts(figure))


MOVING = {"momentum": {"all": np.linspace(0.95, 0.85, 50)}, "eps": {"all": np.full(50, 1e-8)}}
BOTH = MOVING | {"weight_decay": {"all": np.linspace(0, 1, 50)}}


def test_a_single_schedule_shows_every_field_that_moves():
    figure = draw([trace({"all": warm_cosine(50, 5)}, more=BOTH)], PictureOptions())
    labels = texts(figure)
    assert len(figure.axes) == 3
    assert {"learning rate", "momentum", "weight decay"} <= set(labels)
    assert "eps" not in labels
    assert not any("too" in text for text in labels)


def test_of_several_schedules_the_fields_left_out_are_named():
    more = [{}, MOVING, BOTH]
    figure = draw([trace({"all": warm_cosine(50, 5)}, more=m) for m in more], PictureOptions())
    assert len(figure.axes) == 3
    assert [text for text in texts(figure) if "too" in text] == [
        "momentum changes too: --field lr,momentum",
        "momentum and weight decay change too: --field lr,momentum,weight_decay",
    ]


def test_who_asks_for_fields_gets_those_and_no_advice():
    runs = [trace({"all": warm_cosine(50, 5)}, more=MOVING)] * 2
    figure = draw(runs, PictureOptions(fields=("lr",)))
    assert len(figure.axes) == 2
    assert not any("too" in text for text in texts(figure))


def test_a_field_that_no_run_has_is_refused_by_name():
    with pytest.raises(UsageError, match=r"`momentun`.*lr"):
        draw([trace({"all": [1.0]})], PictureOptions(fields=("momentun",)))


def test_a_field_that_one_run_lacks_leaves_its_panel_empty():
    has = trace({"all": [1.0]}, more={"momentum": {"all": np.array([0.9])}})
    figure = draw([has, trace({"all": [1.0]})], PictureOptions(fields=("lr", "momentum")))
    assert any("no momentum" in text for text in texts(figure))


def test_log_axes_leave_out_what_they_cannot_show_and_say_so():
    figure = draw([trace({"all": [0.0, -1.0, 1e-3, 1e-1]})], PictureOptions(log=True))
    (line,) = curve_lines(figure.axes[0])
    assert figure.axes[0].get_yscale() == "log"
    assert np.isnan(line.get_ydata()[:2]).all()
    assert any("0 or less" in text and "2 steps" in text for text in texts(figure))


def test_log_axes_do_not_follow_a_cosine_into_the_abyss():
    values = warm_cosine(1_000_000, 100)
    low, high = panel(trace({"all": values}), log=True).get_ylim()
    assert high / low < 1e9


def test_values_that_are_not_finite_leave_a_gap_and_a_note():
    figure = draw([trace({"all": [1.0, np.nan, np.inf, 2.0]})], PictureOptions())
    (line,) = curve_lines(figure.axes[0])
    assert np.isnan(shown_at(line, [1.5, 2.5])).all()
    assert any("not finite at 2 steps from step 1" in text for text in texts(figure))


def test_get_lr_is_a_ghost_with_a_cross_where_it_lies():
    applied = np.array([0.1] * 30 + [0.01] * 30)
    logged = applied.copy()
    logged[30] = 0.001
    logged[40] *= 1 + 1e-12
    figure = draw([trace({"all": applied}, get_lr={"all": logged})], PictureOptions(get_lr=True))
    crosses = [line for line in figure.axes[0].get_lines() if line.get_marker() == "x"]
    assert [line.get_xydata().tolist() for line in crosses] == [[[30.5, 0.001]]]
    assert any("1 of 60 steps" in text and "step 30" in text for text in texts(figure))


def test_get_lr_is_not_shown_unless_asked_for():
    one = trace({"all": [0.1, 0.2]}, get_lr={"all": np.array([9.0, 9.0])})
    assert len(panel(one).get_lines()) <= 3
    assert panel(one).get_ylim()[1] < 1


def test_why_get_lr_is_missing_is_said():
    one = trace({"all": [0.1]}, get_lr_note="plateau schedulers have no get_lr()")
    assert "plateau schedulers have no get_lr()" in texts(draw([one], PictureOptions(get_lr=True)))


def test_a_failed_run_shows_what_is_missing_and_why():
    one = trace({"all": [0.1] * 45}, planned_steps=100, failure=Failure(44, "ValueError: too far"))
    figure = draw([one], PictureOptions())
    (hatched,) = [patch for patch in figure.axes[0].patches if patch.get_hatch()]
    box = hatched.get_extents().transformed(figure.axes[0].transData.inverted())
    assert (box.x0, box.x1) == pytest.approx((45, 100), abs=1e-6)
    assert "stopped after step 44: ValueError: too far" in texts(figure)


def test_a_run_that_failed_at_once_says_so():
    one = trace({}, groups=("all",), planned_steps=10, failure=Failure(-1, "no"))
    assert "stopped before the first step: no" in texts(
        draw([one], PictureOptions(fields=("eps",)))
    )


@pytest.mark.parametrize(
    ("unit", "said"), [("step", "step 20"), ("epoch", "epoch 2")], ids=["steps", "epochs"]
)
def test_marks_speak_in_the_unit_of_the_axis(unit, said):
    one = trace({"all": warm_cosine(200, 20)}, per_epoch=10, marks=(Mark(120, "milestone"),))
    labels = texts(draw([one], PictureOptions(x=unit)))
    assert f"peak 1e-3 · warm-up ends at {said}" in labels
    assert f"milestone {120 if unit == 'step' else 12}" in labels


@pytest.mark.parametrize(
    ("following", "said"),
    [(40.0, "peak 39"), (39.0, "peak 39 · warm-up ends at step 39")],
    ids=["still-rising", "at-its-top"],
)
def test_a_warmup_ends_where_nothing_more_is_to_come(following, said):
    one = replace(trace({"all": np.arange(40.0)}), next_values={"lr": {"all": following}})
    assert said in texts(draw([one], PictureOptions()))


def test_the_first_of_many_cycles_is_no_warmup():
    cycle = np.concatenate([np.arange(10), np.arange(10, 0, -1)])
    labels = texts(draw([trace({"all": np.tile(cycle, 4)})], PictureOptions()))
    assert "peak 10" in labels


MANY_FLAT = "7 of 12 groups stay below 5% of the highest peak: try --log"


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ((1, 0.04), ["g1 stays below 5% of the highest peak: try --log"]),
        ((0.01, 1, 0.04), ["g0 and g2 stay below 5% of the highest peak: try --log"]),
        ((1, 0.06), []),
        ((1, 0, -1), []),
        (
            tuple(0.5**n for n in range(12)),
            [MANY_FLAT],
        ),
    ],
    ids=["one", "two", "visible", "none", "many"],
)
def test_groups_too_small_to_see_are_named(factors, said):
    one = trace({f"g{n}": warm_cosine(50, 5) * factor for n, factor in enumerate(factors)})
    linear = PictureOptions(log=False)
    assert [t for t in texts(draw([one], linear)) if "--log" in t] == said
    assert not [t for t in texts(draw([one], replace(linear, log=True))) if "--log" in t]


def test_no_number_stands_alone_where_nothing_says_what_it_counts():
    # The word for the first of them finds no room beside the peak; the next one has it.
    marks = tuple(Mark(step, "milestone") for step in (10, 500, 600))
    curve = np.append([0.5], np.linspace(1, 0, 999))
    labels = texts(draw([trace({"all": curve}, marks=marks)], PictureOptions()))
    assert "milestone 500" in labels
    assert "600" in labels
    assert not {"10", "milestone 10"} & set(labels)


def test_counts_are_written_in_one_way():
    marks = (Mark(24_000, "milestone"), Mark(50_500, "milestone"))
    one = trace({"all": np.linspace(1, 0, 100_000)}, marks=marks)
    labels = texts(draw([one], PictureOptions()))
    assert {"100,000 steps", "milestone 24,000", "50,500"} <= set(labels)
    labels = texts(draw([replace(one, marks=marks[:1])], PictureOptions()))
    assert {"100k steps", "milestone 24k"} <= set(labels)


@pytest.mark.parametrize(
    ("lengths", "said", "end"),
    [
        pytest.param([25, 25, 26, 4], "80 steps · 3.16 epochs", 3.16, id="cut"),
        pytest.param([25, 26, 25], "76 steps · 3 epochs", 3, id="whole"),
        pytest.param([3, 2, 3, 2], "10 steps · 4 epochs", 4, id="in-turn"),
        pytest.param([7], "7 steps · 1 epoch", 1, id="only-one"),
    ],
)
def test_epochs_of_unequal_length_are_counted_and_drawn_to_where_the_run_ends(lengths, said, end):
    epochs = np.repeat(np.arange(len(lengths)), lengths)
    one = replace(trace({"all": np.linspace(1, 0, len(epochs))}), epochs=epochs)
    figure = draw([one], PictureOptions(x="epoch"))
    assert said in texts(figure)
    (line,) = curve_lines(figure.axes[0])
    assert line.get_xdata()[-1] == pytest.approx(end, abs=0.005)


def test_steps_in_place_of_epochs_are_not_drawn_in_silence():
    one = trace({"all": warm_cosine(200, 20)})
    said = "the run has no epochs: drawn over steps"
    assert said in texts(draw([one], PictureOptions(x="epoch")))
    assert said not in texts(draw([one], PictureOptions()))
    assert said not in texts(
        draw([replace(one, epochs=np.zeros(200, int))], PictureOptions(x="epoch"))
    )


def test_marks_can_be_left_out():
    one = trace({"all": warm_cosine(200, 20)}, marks=(Mark(120, "milestone"),))
    found = " ".join(texts(draw([one], PictureOptions(marks=False))))
    assert "peak" not in found
    assert "milestone" not in found


def test_texts_of_marks_never_touch():
    marks = tuple(Mark(step, "milestone") for step in range(10, 1000, 13))
    figure = draw([trace({"all": warm_cosine(1000, 100)}, marks=marks)], PictureOptions())
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    boxes = [
        text.get_window_extent(renderer)
        for text in figure.texts
        if "milestone" in text.get_text() or "peak" in text.get_text()
    ]
    assert all(not a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_a_constant_curve_has_no_peak():
    assert not any("peak" in text for text in texts(draw([trace({"a": [1, 1]})], PictureOptions())))


def dashes(axes):
    """The dashed lines of a panel that are curves or lie under them."""
    kinds = ("curve", "unbroken", "get_lr")
    curves = (line for line in axes.get_lines() if line.get_label() in kinds)
    return [line for line in curves if line.get_linestyle() == "--"]


@pytest.mark.parametrize("x", ["step", "epoch"])
def test_assumed_steps_are_dashed_and_the_others_solid(x):
    values = warm_cosine(400, 100)
    one = trace({"all": values}, per_epoch=10)
    assumed = Assumed(stretches=((0, 100), (300, 1_000)), reasons=("a line", "no floor"))
    figure = draw([one], PictureOptions(x=x), assumed={"run": assumed})
    scale = 1 if x == "step" else 10
    lines = [*dashes(figure.axes[0]), *curve_lines(figure.axes[0])]
    spans = [tuple(round(end * scale) for end in line.get_xdata()[[0, -1]]) for line in lines]
    assert spans == [(0, 100), (300, 400), (100, 300)]
    for line, (start, end) in zip(lines, spans, strict=True):
        middles = (np.arange(start, end) + 0.5) / scale
        np.testing.assert_array_equal(shown_at(line, middles), values[start:end])
    assert "assumed: a line; no floor" in texts(figure)


def test_a_curve_that_jumps_where_an_assumption_ends_has_no_gap():
    one = trace({"all": [1.0, 1.0, 3.0, 3.0]})
    axes = draw([one], PictureOptions(), assumed={"run": Assumed(((0, 2),))}).axes[0]
    (solid,) = curve_lines(axes)
    assert solid.get_ydata().tolist() == [1.0, 3.0, 3.0], "it begins where the dashes end"


def test_only_the_learning_rate_is_dashed_and_an_unchecked_curve_is_said_to_be():
    more = {"momentum": {"all": np.linspace(0.8, 0.9, 4)}}
    one = trace({"all": [1.0, 2.0, 3.0, 4.0]}, more=more)
    assumed = Assumed(((0, 4),), ("all of it",), is_checked=False)
    figure = draw([one], PictureOptions(), assumed={"run": assumed})
    assert [len(dashes(axes)) for axes in figure.axes] == [1, 0]
    assert "unchecked: the sources leave a part of the curve open" in texts(figure)
