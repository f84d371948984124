"""Large sheets are drawn without Axes, and look like those that have them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from lrplan.finding import Finding, Severity
from lrplan.render.picture import sheet
from lrplan.render.picture.captions import caption_of
from lrplan.render.picture.figure import draw_figure
from lrplan.render.picture.matplotlib_settings import figure_bytes, settings
from lrplan.render.picture_options import PictureOptions
from lrplan.render.schedule_picture import render
from lrplan.render.view.schedule_view import schedule_views
from lrplan.trace import Failure
from tests.render.figure_traces import trace, warm_cosine

TRACES = [
    trace({"all": warm_cosine(120, 12)}, name="epochs", per_epoch=30),
    trace({"a": warm_cosine(90, 9), "b": warm_cosine(90, 9, 3e-4)}, name="two groups"),
    trace(
        {"all": [0.1] * 45},
        name="stopped",
        planned_steps=100,
        failure=Failure(44, "ValueError: too far"),
    ),
    trace({"all": [1e-8, 1e-3, np.nan, 0.1, -0.1, 0.05]}, name="odd values"),
]
FINDINGS = {
    "epochs": [
        Finding(rule="LRP1", name="x", message="", step=40, severity=Severity.WARNING),
    ]
}


def pixels(views, options, *, needs_axes):
    with settings():
        figure = draw_figure(views, options, needs_axes=needs_axes)
        assert bool(figure.axes) == needs_axes
        data = figure_bytes(figure, "png", options.dpi, caption_of(views))
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"), dtype=int)


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sheet_looks_the_same_without_axes(monkeypatch, log, theme):
    monkeypatch.setattr("lrplan.render.picture.figure.MOST_AXES", 1)
    options = PictureOptions(dpi=100, log=log, theme=theme)
    views = schedule_views(TRACES, options, FINDINGS)
    one, other = (pixels(views, options, needs_axes=needs) for needs in (True, False))
    assert one.shape == other.shape
    # Texts and thin lines may be a pixel off: 1 in 200 pixels differs by more than an eighth.
    assert np.mean(np.abs(one - other) > 32) < 0.005
    ink = np.mean(np.abs(one - one[0, 0]) > 32)
    assert ink > 0.02


def test_only_large_sheets_are_drawn_so():
    options = PictureOptions(dpi=20)
    views = schedule_views(TRACES, options, {})
    assert len(views) <= sheet.MOST_AXES
    with settings():
        assert len(draw_figure(views, options, needs_axes=False).axes) >= len(views)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_a_large_sheet_has_the_same_bytes_the_second_time(form):
    many = [trace({"all": [0.1, 0.2]}, name=f"s{index}") for index in range(sheet.MOST_AXES + 1)]
    options = PictureOptions(dpi=20)
    assert len({render(many, options, format=form) for _ in range(2)}) == 1
