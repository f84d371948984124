"""Findings on a picture: where they bite, what they are called, and that they hide nothing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from lrplan.finding import Finding, Severity
from lrplan.render.picture.palette import THEMES
from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import draw, render
from lrplan.trace import Failure, Mark
from tests.render.figure_traces import curve_lines, texts, trace, warm_cosine

LIGHT = THEMES["light"]
PLAIN = PictureOptions()


def finding(step, name, severity=Severity.ERROR):
    return Finding(rule="LRP101", name=name, message="wrong", severity=severity, step=step)


def run(**others):
    return trace({"all": warm_cosine(1000, 100)}, **others)


def drawn(*findings, options=PLAIN, copies=1, **others):
    """The figure of a run with these findings, as often as ``copies`` says."""
    one = run(**others)
    return draw([one] * copies, options, findings={one.name: findings})


def discs(figure):
    """Every disc: its centre in pixels, and its colour."""
    return [
        (disc.get_transform().transform(disc.get_xydata())[0], to_hex(disc.get_color()))
        for disc in figure.artists
        if isinstance(disc, Line2D) and disc.get_marker() == "o"
    ]


def lines_at(figure, panel=0):
    """Colours of the vertical lines of a panel, by the step where they stand."""
    return {
        float(line.get_xdata()[0]): to_hex(line.get_color())
        for line in figure.axes[panel].get_lines()
        if len(line.get_xdata()) == 2 and line.get_xdata()[0] == line.get_xdata()[1]
    }


def test_the_only_finding_is_named_beside_its_step():
    figure = drawn(finding(300, "lr-jump"))
    assert {"!", "lr-jump"} <= set(texts(figure))
    assert lines_at(figure)[300] == LIGHT.alarm
    ((centre, colour),) = discs(figure)
    x, _ = figure.axes[0].transData.transform((300, 0))
    assert centre[0] == pytest.approx(x, abs=0.5)
    assert colour == LIGHT.alarm


@pytest.mark.parametrize("step", [0, 20, 500, 501, 999])
def test_the_name_stays_inside_the_axes(step):
    figure = drawn(finding(step, "milestone-past-the-end"))
    (name,) = [text for text in figure.texts if text.get_text() == "milestone-past-the-end"]
    box, axes = name.get_window_extent(), figure.axes[0].get_window_extent()
    assert axes.x0 <= box.x0 < box.x1 <= axes.x1
    assert box.y1 <= axes.y1 + 1


def test_a_name_too_long_for_its_panel_is_a_note():
    name = "a-rule-with-quite-a-long-name-of-its-own"
    figure = drawn(finding(300, name), copies=8)
    assert texts(figure).count(f"{name} at step 300") == 8
    assert "1" in texts(figure)
    assert "!" not in texts(figure)


def test_several_findings_are_numbered_and_listed_in_the_order_of_their_steps():
    findings = (
        finding(500, "late", Severity.WARNING),
        finding(0, "early"),
        finding(500, "early"),
        finding(500, "worth-knowing", Severity.INFO),
    )
    figure = drawn(*findings)
    notes = [text for text in texts(figure) if " at step" in text and "warm-up" not in text]
    assert notes == ["early at steps 0, 500", "late at step 500", "worth-knowing at step 500"]
    assert [text.get_text() for text in figure.texts if text.get_text() in "123"] == [
        *"1123",
        *"123",
    ]
    assert lines_at(figure)[500] == LIGHT.alarm, "the gravest finding of a step colours its line"
    assert sorted({colour for _, colour in discs(figure)}) == sorted(
        [LIGHT.alarm, LIGHT.caution, LIGHT.soft]
    )


def test_discs_of_one_step_stand_side_by_side():
    findings = [finding(step, f"rule-{step}-{n}") for step in (0, 999) for n in range(4)]
    figure = drawn(*findings)
    box = figure.axes[0].get_window_extent()
    centres = sorted(x for (x, y), _ in discs(figure) if y > box.y0)
    assert len(centres) == 8
    sizes = {disc.get_markersize() for disc in figure.artists if disc.get_marker() == "o"}
    diameter = max(sizes) / 72 * figure.dpi
    assert all(b - a >= diameter for a, b in itertools.pairwise(centres))
    assert centres[0] >= box.x0
    assert centres[-1] <= box.x1


@pytest.mark.parametrize("fields", [("lr",), ("lr", "momentum")], ids=["one", "two"])
def test_findings_never_hide_a_curve_nor_the_other_marks(fields):
    findings = [finding(step, f"r{step}") for step in (0, 100, 500)]
    more = {"momentum": {"all": np.linspace(0.9, 0.8, 1000)}}
    figure = drawn(
        *findings,
        options=PictureOptions(fields=fields),
        marks=(Mark(500, "milestone"),),
        more=more,
    )
    axes = figure.axes[0]
    top = axes.transData.transform((0, 1e-3))[1]
    (peak,) = [text for text in figure.texts if text.get_text().startswith("peak")]
    results = [y for (_, y), _ in discs(figure) if y > axes.get_window_extent().y0]
    assert peak.get_window_extent().y0 > top
    assert min(results) > peak.get_window_extent().y1
    (curve,) = curve_lines(axes)
    upright = [line for line in axes.get_lines() if len(set(line.get_xdata())) == 1]
    assert all(line.get_zorder() < curve.get_zorder() for line in upright if line.get_zorder() < 5)
    assert all(lines_at(figure, panel).keys() >= {0, 100, 500} for panel in range(len(fields)))


def test_a_finding_of_the_whole_run_is_listed_without_a_line():
    figure = drawn(finding(None, "never-changes", Severity.WARNING))
    assert "never-changes" in texts(figure)
    assert set(lines_at(figure)) == {100}


def test_a_finding_past_the_end_of_a_failed_run_is_listed():
    late = finding(1500, "too-late")
    labels = texts(drawn(late, planned_steps=2000, failure=Failure(999, "boom")))
    assert labels.index("stopped after step 999: boom") < labels.index("too-late")


def test_places_are_told_in_the_unit_of_the_axis():
    findings = (finding(250, "a"), finding(300, "b"), finding(400, "b"))
    labels = texts(drawn(*findings, options=PictureOptions(x="epoch"), per_epoch=100))
    assert {"a at epoch 2.5", "b at epochs 3, 4"} <= set(labels)


def test_many_places_and_many_rules_are_counted():
    findings = [finding(step, "often") for step in range(0, 900, 10)]
    findings += [finding(950 + n, f"rule-{n}", Severity.WARNING) for n in range(12)]
    labels = texts(drawn(*findings))
    assert "often at steps 0, 10, 20, 30 and 86 more" in labels
    assert "and 4 more findings" in labels
    assert sum("rule-" in text for text in labels) == 8


def test_findings_can_be_left_out():
    one, jump = run(), finding(300, "lr-jump")
    without = PictureOptions(findings=False)
    assert "lr-jump" not in texts(drawn(jump, options=without))
    assert render([one], without, format="png", findings={one.name: [jump]}) == (
        render([one], PLAIN, format="png")
    )
    marks_off = drawn(jump, options=PictureOptions(marks=False))
    assert "lr-jump" in texts(marks_off)
    assert not any("peak" in text for text in texts(marks_off))


def test_findings_belong_to_the_trace_of_their_name():
    one, other = run(name="one"), run(name="other")
    figure = draw([one, other], PLAIN, findings={"other": [finding(300, "lr-jump")]})
    assert texts(figure).count("lr-jump") == 1
    assert 300 in lines_at(figure, 1)
    assert 300 not in lines_at(figure, 0)


FORMS, SIZES, LENGTHS = ("png", "svg", "pdf"), (None, (0.2, 0.2), (5, 3)), (0, 1, 300)
# Each two of them meet once; that all three do is for `make test-slow`.
CASES = [
    pytest.param(
        FORMS[form],
        SIZES[size],
        LENGTHS[steps],
        marks=[pytest.mark.slow] if (form + size + steps) % 3 else [],
    )
    for form, size, steps in itertools.product(range(3), repeat=3)
]


@pytest.mark.parametrize(("form", "size", "steps"), CASES)
def test_findings_can_be_drawn_anywhere(form, size, steps):
    places = itertools.product((None, 0, 1, 299), Severity)
    findings = [finding(step, f"$rule_{step} 学", severity) for step, severity in places]
    one = trace({"all": warm_cosine(300, 30)[:steps]}, per_epoch=7)
    options = PictureOptions(size=size, theme="dark")
    assert render([one, one], options, format=form, findings={one.name: findings})
