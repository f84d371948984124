"""Parts of views: windows that are asked for, and insets that are chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrplan.finding import Finding
from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import draw
from lrplan.render.view.schedule_view import schedule_views
from lrplan.trace import Failure, Mark
from tests.render.figure_traces import curve_lines, texts, trace, warm_cosine

MARKS = (Mark(120, "milestone"), Mark(180, "milestone"))
RUN = trace({"all": warm_cosine(200, 20)}, per_epoch=10, marks=MARKS)


def part(first, end, one=RUN, findings=()):
    found = {one.name: findings}
    (view,) = schedule_views([one], PictureOptions(), found, windows={one.name: (first, end)})
    return view


def test_a_part_has_its_own_axes_values_and_flags():
    found = [Finding(rule="LRP101", name="odd", message="", step=step) for step in (5, 105)]
    view = part(100, 150, findings=found)
    series = view.panels[0].series[0]
    np.testing.assert_array_equal(series.values, RUN.lr["all"][100:150])
    assert series.stats.extent.high == RUN.lr["all"][100]
    assert (view.x_axis.begin, view.x_axis.end) == (100, 150)
    assert view.x_axis.step_label(view.flags[0].step) == "120"
    assert [flag.text for flag in view.flags] == ["milestone 120"]
    assert [marker.steps for marker in view.markers] == [(5,)]
    starts = view.epochs.starts
    assert starts[~np.isnan(starts)].tolist() == [100, 110, 120, 130, 140, 150]
    assert view.subtitle.startswith("steps 100 to 149 · 200 steps")


def test_a_part_beyond_the_end_of_a_run_that_stopped():
    stopped = replace(RUN, planned_steps=400, failure=Failure(199, "full"))
    view = part(150, 300, stopped)
    assert view.failed
    assert (view.x_axis.begin, view.x_axis.end) == (150, 300)
    assert len(view.panels[0].series[0].values) == 50
    assert not part(0, 100, stopped).failed


def test_a_picture_of_a_part_shows_that_part():
    figure = draw([RUN], PictureOptions(), windows={RUN.name: (100, 150)})
    low, high = figure.axes[0].get_xlim()
    assert 99 < low < 100
    assert 150 < high < 151
    x = curve_lines(figure.axes[0])[0].get_xdata()
    assert (x[0], x[-1]) == (100, 150)


@pytest.mark.parametrize(
    ("steps", "ramp", "said"),
    [(10_000, 100, "the first 200 steps"), (10_000, 1_000, None), (10_000, 2, None)],
    ids=["sliver", "wide", "two steps"],
)
def test_a_warm_up_too_narrow_to_see_has_an_inset(steps, ramp, said):
    figure = draw([trace({"all": warm_cosine(steps, ramp)})], PictureOptions())
    assert [text for text in texts(figure) if text.startswith("the first")] == [said] * bool(said)
    assert len(figure.axes) == 1 + bool(said)


def test_an_inset_says_where_the_warm_up_ends():
    def labels(one):
        _, inset = draw([one], PictureOptions()).axes
        return [label.get_text() for label in inset.get_xticklabels()]

    assert labels(trace({"all": warm_cosine(10_000, 100)})) == ["0", "100", "200"]
    # There is no step 50.5.
    stopped = replace(trace({"all": warm_cosine(101, 20)}), planned_steps=10_000)
    assert labels(replace(stopped, failure=Failure(100, "over"))) == ["0", "101"]


def test_a_run_that_stopped_early_has_an_inset():
    one = trace({"all": warm_cosine(100, 20)})
    one = replace(one, planned_steps=10_000, failure=Failure(99, "over"))
    assert "the first 100 steps" in texts(draw([one], PictureOptions()))


def test_an_inset_covers_no_curve():
    values = {f"g{n}": warm_cosine(10_000, 100) * (n + 1) / 6 for n in range(6)}
    figure = draw([trace(values)], PictureOptions())
    main = figure.axes[0]
    for inset in figure.axes[1:]:
        box = inset.get_position()
        for line in curve_lines(main):
            points = figure.transFigure.inverted().transform(
                main.transData.transform(line.get_xydata())
            )
            assert not any(box.contains(*point) for point in points)


def test_sheets_and_parts_have_no_insets():
    one = trace({"all": warm_cosine(10_000, 100)})
    two = replace(one, name="other")
    assert not any(view.inset for view in schedule_views([one, two], PictureOptions(), {}))
    assert part(0, 5_000, one).inset is None
