"""Pictures of comparisons: what is drawn where, and that every kind of comparison can be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrplan.comparison import RunCurve, RunCurves, compare
from lrplan.render.comparison_picture import draw_comparisons, render_comparisons
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.comparison_view import comparison_views

STEPS = 400
COSINE = 0.05 * (1 + np.cos(np.pi * np.arange(STEPS) / STEPS))


def run(name, groups, *, steps=STEPS, known=None, per_epoch=None):
    columns = {
        group: RunCurve(values if known is None else values[known], steps, steps=known)
        for group, values in groups.items()
    }
    epochs = None if per_epoch is None else np.arange(steps) / per_epoch
    return RunCurves(
        label=f"spec.yaml:{name}",
        name=name,
        groups=tuple(groups),
        columns={"lr": columns},
        steps=steps,
        epochs=epochs,
        steps_per_epoch=per_epoch,
    )


ONE = run("one", {"all": COSINE}, per_epoch=40)
DOUBLE = run("double", {"all": 2 * COSINE}, per_epoch=40)
GROUPS = run("groups", {"body": COSINE, "head": 3 * COSINE}, per_epoch=40)
SHORT = run("short", {"all": COSINE[::2]}, steps=STEPS // 2, per_epoch=20)
KNOWN = run("known", {"all": COSINE}, known=np.array([0, 1, 100, 200, 300, 399]))


def drawn(axes):
    """The heights of every curve in ``axes`` at its steps."""
    return [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines]


def panels(figure):
    return [axes for axes in figure.axes if axes.lines]


def test_curves_stand_above_and_their_difference_below():
    above, below = panels(draw_comparisons([compare(ONE, DOUBLE)], PictureOptions()))
    tops = sorted(values.max() for values in drawn(above))
    assert tops == pytest.approx([0.1, 0.2], rel=1e-12)
    (gap,) = drawn(below)
    assert gap.max() == pytest.approx(0.1, rel=1e-12)
    assert above.get_xlim() == below.get_xlim()
    assert above.get_position().y0 > below.get_position().y1


def test_several_runs_share_the_view_of_the_first():
    comparisons = [compare(ONE, DOUBLE), compare(ONE, GROUPS)]
    (view,) = comparison_views(comparisons)
    above, below = view.panels
    names = ["one", "double", "groups body", "groups head"]
    assert [series.names[0] for series in above.series] == names
    assert [series.names[0] for series in below.series] == names[1:]
    # A difference has the colour of the curve that differs; the runs differ in dashes too.
    assert [series.colour for series in below.series] == [1, 2, 3]
    assert [series.run for series in above.series] == [0, 1, 2, 2]
    assert view.notes[0].text == "lr: double is one times 2 at every step."


def test_groups_with_the_same_curve_are_one_line_of_a_run():
    many = {f"g{n}": COSINE * (1 + n % 2) for n in range(26)}
    (view,) = comparison_views([compare(run("a", many), run("b", many))])
    above, below = view.panels
    assert len(above.series) == 4
    assert above.series[0].names[0].startswith("a g0")
    assert [series.names[0] for series in below.series] == ["all 26 groups"]


def test_runs_with_one_name_are_told_apart_by_letters():
    (view,) = comparison_views([compare(ONE, run("one", {"all": 2 * COSINE}))])
    assert [series.names[0] for series in view.panels[0].series] == ["A", "B"]
    assert view.subtitle == "A spec.yaml:one · B spec.yaml:one"


def test_a_schedule_that_was_typed_is_named_once():
    typed = replace(DOUBLE, name="StepLR", label="StepLR step_size=3 lr=0.1 --epochs 9")
    (view,) = comparison_views([compare(ONE, typed)])
    assert view.subtitle == "spec.yaml:one · StepLR step_size=3 lr=0.1 --epochs 9"


def test_rounding_is_not_drawn_as_a_difference():
    (view,) = comparison_views([compare(ONE, run("again", {"all": COSINE * (1 + 1e-15)}))])
    assert not view.panels[1].series[0].values.any()


def test_a_run_known_at_some_steps_is_drawn_through_them():
    (view,) = comparison_views([compare(KNOWN, DOUBLE)])
    values = view.panels[0].series[0].values
    assert values.size == STEPS
    np.testing.assert_allclose(values[[0, 100, 399]], COSINE[[0, 100, 399]], rtol=1e-12)
    assert view.notes[1].text == "known at 6 steps, straight lines between them"


@pytest.mark.parametrize("align", ["epoch", "progress"])
def test_other_axes(align):
    (view,) = comparison_views([compare(ONE, SHORT, align=align)])
    assert view.x_axis.end == pytest.approx({"epoch": 10, "progress": 1}[align])
    assert len(view.panels[0].series[0].values) == STEPS // 2
    assert not view.panels[1].series[0].values.any()


FORMS = ("png", "svg", "pdf")
LOOKS = {
    "plain": PictureOptions(),
    "log-dark": PictureOptions(log=True, theme="dark"),
    "sized": PictureOptions(size=(5, 4)),
}
EVERY_PICTURE = [
    # Each form and each look once in the usual run, all pairs in the slow one.
    pytest.param(form, options, id=f"{form}-{look}", marks=() if i == j else pytest.mark.slow)
    for i, form in enumerate(FORMS)
    for j, (look, options) in enumerate(LOOKS.items())
]


@pytest.mark.parametrize(("form", "options"), EVERY_PICTURE)
def test_the_same_comparison_gives_the_same_bytes(form, options):
    comparisons = [compare(ONE, SHORT), compare(GROUPS, GROUPS)]
    first, second = (render_comparisons(comparisons, options, format=form) for _ in range(2))
    assert first == second


def test_nothing_in_common_and_nothing_finite_can_be_drawn():
    lost = run("lost", {"all": np.full(STEPS, np.nan)})
    others = run("others", {"x": COSINE, "y": COSINE})
    comparisons = [compare(ONE, lost), compare(GROUPS, others), compare(lost, lost)]
    assert render_comparisons(comparisons, PictureOptions(), format="png")
