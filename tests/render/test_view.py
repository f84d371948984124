"""Views: what a picture shows, worked out without drawing it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lrplan.render
from lrplan.finding import Finding, Severity
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.schedule_view import schedule_views
from lrplan.render.view.x_axis import epoch_axis
from lrplan.simulate.engine_choice import simulate
from lrplan.trace import Failure, Mark
from tests.render.figure_traces import trace, warm_cosine
from tests.support.import_graph import imports
from tests.support.specs import plan_of, spec

RENDER = Path(lrplan.render.__file__).parent
LR = PictureOptions(fields=("lr",))


def view(one, options=LR, findings=()):
    (found,) = schedule_views([one], options, {one.name: findings})
    return found


def names_imported(folder):
    return {
        (path.name, each.name)
        for path in sorted((RENDER / folder).glob("*.py"))
        for each in imports(f"lrplan.render.{folder}.{path.stem}", path.read_text("utf-8"))
    }


def test_a_view_is_made_without_matplotlib_and_drawn_without_a_trace():
    made = names_imported("view")
    assert made
    assert not {
        each for each in made if each[1].startswith(("matplotlib", "lrplan.render.picture."))
    }
    drawn = names_imported("picture")
    assert not {each for each in drawn if each[1] in ("lrplan.trace.Trace", "lrplan.features")}


def test_groups_that_share_a_curve_are_one_series_of_one_colour():
    shape = warm_cosine(100, 10)
    one = trace(
        {"a": shape, "b": shape / 2, "c": shape.copy()},
        more={"weight_decay": {"a": np.full(100, 0.1), "b": np.full(100, 0.1)}},
    )
    lr, decay = view(one, PictureOptions(fields=("lr", "weight_decay"))).panels
    assert [series.names for series in lr.series] == [("a", "c"), ("b",)]
    assert [series.names for series in decay.series] == [("a", "b")]
    # a and c are alike in lr alone: c has no weight decay, and a colour of its own.
    assert [series.colour for series in (*lr.series, *decay.series)] == [0, 1, 0]
    assert view(one, PictureOptions(fields=("lr", "weight_decay"))).colours == 3


def test_flags_say_the_peak_the_warmup_and_the_steps_of_the_plan():
    one = trace({"all": warm_cosine(200, 20)}, marks=(Mark(120, "milestone"),))
    flags = view(one).flags
    assert [(flag.step, flag.text) for flag in flags] == [
        (20, "peak 1e-3 · warm-up ends at step 20"),
        (120, "milestone 120"),
    ]
    assert flags[1].short_text == "120"
    assert view(one, PictureOptions(fields=("lr",), marks=False)).flags == ()


def test_a_milestone_is_named_in_the_unit_of_the_spec():
    marks = (Mark(100, "milestone", written="epoch 10"), Mark(120, "milestone", written="60%"))
    one = trace({"all": np.linspace(1, 0, 200)}, per_epoch=10, marks=marks)
    # A curve that begins at its peak needs no flag that says so.
    flags = [(flag.text, flag.short_text) for flag in view(one).flags]
    assert flags == [("milestone at epoch 10", "10"), ("milestone at 60%", "60%")]
    in_epochs = [flag.text for flag in view(one, PictureOptions(fields=("lr",), x="epoch")).flags]
    assert in_epochs == ["milestone 10", "milestone 12"]


def test_markers_are_numbered_by_step_and_the_rest_is_counted():
    findings = [
        Finding(rule="LRP101", name="late", message="", step=50),
        Finding(rule="LRP102", name="early", message="", step=3, severity=Severity.WARNING),
        Finding(rule="LRP102", name="early", message="", step=9, severity=Severity.WARNING),
        Finding(rule="LRP103", name="everywhere", message=""),
    ]
    result = view(trace({"all": warm_cosine(100, 10)}), findings=findings)
    assert [(one.number, one.name, one.steps, one.tone) for one in result.markers] == [
        (1, "early", (3, 9), "caution"),
        (2, "late", (50,), "alarm"),
        (3, "everywhere", (), "alarm"),
    ]


def test_a_failure_is_a_note_and_ends_the_run():
    one = trace({"all": warm_cosine(100, 10)}, planned_steps=200, failure=Failure(99, "boom"))
    result = view(one)
    assert result.failed
    assert result.notes[0].text == "stopped after step 99: boom"
    assert (len(result.x_axis.edges), result.x_axis.end) == (101, 200)


@pytest.mark.parametrize(
    ("lengths", "per_epoch", "end", "starts"),
    [
        ([10, 10, 5], 10, 30, [0, 10, 20, 30]),
        ([4, 6, 2], None, 20, [0, 4, 10]),
        ([3], None, 3, [0, np.nan]),
        ([], 10, 30, [np.nan, np.nan]),
    ],
    ids=["planned-further", "uneven", "one", "nothing-run"],
)
def test_epochs_above_the_steps(lengths, per_epoch, end, starts):
    epochs = np.repeat(np.arange(len(lengths)), lengths)
    axis = epoch_axis(epochs, per_epoch, end)
    np.testing.assert_array_equal(axis.starts, starts)


def test_epochs_of_one_step_need_no_axis():
    assert epoch_axis(np.arange(5), 1, 5) is None
    assert epoch_axis(None, None, 5) is None


def test_get_lr_lies_under_its_curve_with_the_steps_where_it_differs():
    applied = np.ones(100)
    logged = np.where(np.arange(100) % 25 == 7, 0.1, 1.0)
    one = trace({"all": applied}, get_lr={"all": logged})
    (series,) = view(one, PictureOptions(fields=("lr",), get_lr=True)).panels[0].series
    assert series.underlay.kind == "get_lr"
    assert series.underlay.mismatches.tolist() == [7, 32, 57, 82]


def test_what_a_plateau_reads_has_a_panel_and_its_cuts_have_flags():
    plan = plan_of(
        spec(
            {"type": "ReduceLROnPlateau", "patience": 0, "factor": 0.5, "monitor": "loss"},
            metrics={"loss": [3, 2, 2, 1, 1]},
            epochs=5,
            steps_per_epoch=2,
        )
    )
    (found,) = schedule_views([simulate(plan)], PictureOptions(), {})
    lr, loss = found.panels
    assert (lr.label, loss.label) == ("learning rate", "loss")
    # Read after epoch 0, the first value is known from step 2 on; the last one is read too late.
    np.testing.assert_array_equal(
        loss.series[0].values, [np.nan, np.nan, 3, 3, 2, 2, 2, 2, 1, 1], strict=False
    )
    assert [(flag.step, flag.text) for flag in found.flags] == [(6, "cut x0.5")]
    assert loss.series[0].colour != lr.series[0].colour
    with_fields = schedule_views([simulate(plan)], LR, {})
    assert [panel.label for panel in with_fields[0].panels] == ["learning rate"]


def test_the_field_that_moves_comes_first():
    moving = {"weight_decay": {"all": np.linspace(0.04, 0.4, 100)}}
    one = trace({"all": np.full(100, 1e-3)}, more=moving)
    labels = [panel.label for panel in view(one, PictureOptions()).panels]
    assert labels == ["weight decay", "learning rate"]


@pytest.mark.parametrize(
    ("peaks", "asked", "log"),
    [
        ((1, 0.1), None, False),
        ((1, 0.09), None, True),
        ((1, 0.001), False, False),
        ((1, 1), True, True),
        ((1, 0), None, False),
    ],
)
def test_groups_whose_peaks_are_far_apart_get_a_logarithmic_axis(peaks, asked, log):
    one = trace({f"g{n}": warm_cosine(50, 5) * peak for n, peak in enumerate(peaks)})
    found = view(one, PictureOptions(fields=("lr",), log=asked))
    assert found.panels[0].scale.log == log
    said = [note.text for note in found.notes if "logarithmic axis" in note.text]
    assert bool(said) == (log and asked is None)
