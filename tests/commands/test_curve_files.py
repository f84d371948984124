"""``plot``, ``table`` and ``export`` of logs, exports and locks: what they have, and no more."""

import csv
import io
import json

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.commands.curves.read_curve_file import read_curve_file
from lrplan.logs.formats import FORMATS
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.points_view import points_view
from tests.support.log_files import EXAMPLES, LOGS, write_log

SPEC = """\
training: {steps: 50}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 20, interval: step}
"""
THIN = "step,lr-a,lr-b\n0,0.1,0.1\n10,0.05,\n20,0.025,0.2\n"


def lrplan(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def thin(tmp_path):
    path = tmp_path / "thin.csv"
    path.write_text(THIN)
    return path


@pytest.mark.parametrize("format_", EXAMPLES)
def test_a_log_of_each_format_is_exported(tmp_path, format_):
    path = write_log(tmp_path, format_)
    result = lrplan("export", path)
    assert result.exit_code == 0, result.stderr
    (schedule,) = json.loads(result.stdout)["schedules"]
    assert schedule["groups"][0]["lr"]


def test_an_export_has_the_rows_of_the_log(thin):
    (schedule,) = json.loads(lrplan("export", thin).stdout)["schedules"]
    assert schedule["step"] == [0, 10, 20]
    assert schedule["steps"] is None  # updates may follow the last row
    assert schedule["groups"] == [
        {"name": "lr-a", "lr": [0.1, 0.05, 0.025]},
        {"name": "lr-b", "lr": [0.1, None, 0.2]},
    ]
    rows = list(csv.DictReader(io.StringIO(lrplan("export", thin, "-f", "csv").stdout)))
    assert [(row["group"], row["step"], row["lr"]) for row in rows] == [
        ("lr-a", "0", "0.1"),
        ("lr-a", "10", "0.05"),
        ("lr-a", "20", "0.025"),
        ("lr-b", "0", "0.1"),
        ("lr-b", "20", "0.2"),
    ]
    text = lrplan("export", thin, "-f", "markdown").stdout
    assert "| 10 | 0.05 |  |" in text
    assert "a metrics.csv of Lightning, 3 rows" in text


def test_an_exported_log_is_read_again(thin, tmp_path):
    again = tmp_path / "again.json"
    lrplan("export", thin, "-o", again)
    (before,), (after,) = read_curve_file(str(thin), "").runs, read_curve_file(str(again), "").runs
    for group in ("lr-a",):
        one, other = before.columns["lr"][group], after.columns["lr"][group]
        assert (one.at.tolist(), one.values.tolist()) == (
            other.at.tolist(),
            other.values.tolist(),
        )


def test_epochs_of_a_log_stay_epochs(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("epoch,lr/pg0\n1,0.1\n2,0.05\n")
    (schedule,) = json.loads(lrplan("export", path).stdout)["schedules"]
    assert schedule["epoch"] == [1, 2]
    assert "step" not in schedule
    assert lrplan("export", path, "-f", "csv").stdout.splitlines()[1] == "results,lr/pg0,,1,0.1,,"
    assert "first epoch  1" in lrplan("table", path).stdout
    assert points_view(read_curve_file(str(path), "").runs[0], PictureOptions()).x_axis.label == (
        "epoch"
    )


def test_a_table_shows_some_rows_and_says_how_many_it_leaves_out(tmp_path):
    path = tmp_path / "long.jsonl"
    path.write_text("".join(f'{{"step": {n}, "lr": {1 / (n + 1)}}}\n' for n in range(0, 500, 5)))
    text = lrplan("table", path).stdout
    assert "88 more rows: --rows N or --every N shows them" in text
    assert "last step   495" in text
    assert "more row" not in lrplan("table", path, "--rows", "100").stdout
    steps = [line.split()[0] for line in lrplan("table", path, "--every", "100").stdout.split("\n")
             if line.strip()[:1].isdigit()]  # fmt: skip
    assert steps[:6] == ["0", "100", "200", "300", "400", "495"]


def test_a_log_is_drawn_as_the_points_that_it_has(thin):
    view = points_view(read_curve_file(str(thin), "").runs[0], PictureOptions())
    a, b = view.panels[0].series
    assert (a.point_x.tolist(), a.values.tolist()) == ([0, 10, 20], [0.1, 0.05, 0.025])
    assert (b.point_x.tolist(), b.values.tolist()) == ([0, 20], [0.1, 0.2])
    assert "3 rows, steps 0 to 20" in view.subtitle
    assert (view.flags[0].text, view.x_axis.edges[view.flags[0].step]) == ("peak 0.2", 20)


def test_groups_with_the_same_points_are_one_series(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("epoch,lr/pg0,lr/pg1\n1,0.1,0.1\n2,0.05,0.05\n")
    view = points_view(read_curve_file(str(path), "").runs[0], PictureOptions())
    assert [each.names for each in view.panels[0].series] == [("lr/pg0", "lr/pg1")]


def test_a_log_that_begins_late_is_drawn_from_there(tmp_path):
    path = tmp_path / "resumed.jsonl"
    path.write_text('{"step": 9000, "lr": 0.1}\n{"step": 9500, "lr": 0.05}\n')
    axis = points_view(read_curve_file(str(path), "").runs[0], PictureOptions()).x_axis
    assert (axis.begin, axis.end) == (9000, 9500)


def test_a_log_bears_the_name_of_its_file_and_folder():
    run = read_curve_file(str(LOGS / "lightning"), "").runs[0]
    assert points_view(run, PictureOptions()).title == "lightning/metrics.csv"
    assert run.name == "metrics"


def test_pictures_of_a_log(thin, tmp_path):
    for name in ("a.png", "a.svg"):
        result = lrplan("plot", thin, "-o", tmp_path / name)
        assert result.exit_code == 0, result.stderr
        assert (tmp_path / name).stat().st_size > 2_000
    result = lrplan("plot", LOGS / "transformers", "-o", tmp_path / "folder.png")
    assert result.exit_code == 0, result.stderr


def test_a_log_is_drawn_in_the_terminal(thin):
    result = lrplan("plot", thin, "--term")
    assert result.exit_code == 0, result.stderr
    assert "3 rows, steps 0 to 20" in result.stdout
    assert "a lr-a   b lr-b" in result.stdout
    assert "0.2 ┤" in result.stdout
    assert list(thin.parent.iterdir()) == [thin]
    assert lrplan("plot", thin, "--term", "--field", "momentum").exit_code == 2


def test_a_part_of_a_log_is_drawn_in_the_terminal(thin):
    part = lrplan("plot", thin, "--term", "--from", "5", "--to", "20")
    assert part.exit_code == 0, part.stderr
    assert "1 row, step 10" in part.stdout
    labels = [int(each) for each in part.stdout.split(" step ")[1].split("\n")[0].split()]
    assert labels[0] >= 5
    assert labels[-1] <= 20


@pytest.mark.parametrize("rows", ["7,0.1", "0,0.1", "7,0", "3,1e308\n9,-1e308"])
def test_few_or_odd_points_are_drawn_in_the_terminal(rows, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(f"step,lr-a\n{rows}\n")
    result = lrplan("plot", path, "--term")
    assert result.exit_code == 0, result.stderr
    assert "learning rate" in result.stdout


def test_exports_and_locks_are_drawn_in_the_terminal(tmp_path):
    spec, out = tmp_path / "s.yaml", tmp_path / "out.csv"
    spec.write_text(SPEC)
    assert lrplan("export", spec, "-f", "csv", "-o", out).exit_code == 0
    assert lrplan("lock", spec).exit_code == 0
    plan = lrplan("plot", spec, "--term").stdout.splitlines()
    for path in (out, tmp_path / "s.lrplan.lock"):
        chart = lrplan("plot", path, "--term").stdout.splitlines()
        assert chart[2:18] == plan[2:18]


def test_an_export_and_a_lock_are_curves_too(tmp_path):
    spec, export = tmp_path / "spec.yaml", tmp_path / "spec.csv"
    spec.write_text(SPEC)
    assert lrplan("export", spec, "-f", "csv", "-o", export).exit_code == 0
    assert lrplan("lock", spec).exit_code == 0
    for path in (export, tmp_path / "spec.lrplan.lock"):
        (run,) = read_curve_file(str(path), "").runs
        view = points_view(run, PictureOptions())
        assert [each.point_x for each in view.panels[0].series] == [None]  # every step is known
        assert lrplan("plot", path, "-o", tmp_path / "a.png").exit_code == 0
        assert "rows        50" in lrplan("table", path).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export", "LOG", "-f", "pytorch"), "pytorch needs a plan, and LOG has curves only"),
        (("plot", "LOG", "--set", "epochs=3"), "--set epochs=3: LOG has curves only"),
        (("plot", "LOG", "other"), "LOG has no schedule `other`; there is thin"),
        (
            ("plot", "LOG", "--field", "momentum"),
            "no schedule has the field `momentum`; there is lr",
        ),
        (("table", "LOG", "--field", "momentum"), "has the field `momentum`; there is lr"),
        (("table", "LOG", "--resume-at", "5"), "--resume-at resumes a plan, and LOG has curves"),
        (("plot", "LOG", "-o", "LOG"), "LOG: it is an input of this command"),
        (("export", "LOG", "-o", "LOG"), "LOG: it is an input of this command"),
    ],
)
def test_what_cannot_be_done_with_curves(thin, arguments, message):
    result = lrplan(*(thin if each == "LOG" else each for each in arguments))
    assert result.exit_code == 2
    assert message.replace("LOG", str(thin)) in " ".join(result.stderr.split())
    assert thin.read_text() == THIN


def test_names_of_a_log_write_no_commands_of_a_runner(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("step,lr ##[error]x\n0,0.1\n5,0.05\n")
    result = lrplan("export", path, "-f", "csv")
    assert result.exit_code == 2
    assert "what a runner of CI jobs takes for a command" in " ".join(result.stderr.split())
    assert "##[error]" not in lrplan("export", path).stdout
    assert "##[error]" not in lrplan("export", path, "-f", "markdown").stdout


def test_sources_counts_other_files_only_where_there_are_some(tmp_path):
    (tmp_path / "spec.yaml").write_text(SPEC)
    assert "passed over" not in lrplan("sources", tmp_path).stderr
    (tmp_path / "notes.yaml").write_text("a: 1\n")
    assert "1 other file passed over" in lrplan("sources", tmp_path).stderr


def test_sources_lists_logs_and_where_they_are(tmp_path):
    listed = lrplan("sources").stdout
    assert all(f"\n{name:<14}" in listed for name in FORMATS)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "metrics.csv").write_text(THIN)
    (tmp_path / "run" / "notes.txt").write_text("nothing\n")
    (tmp_path / "run" / "spec.yaml").write_text(SPEC)
    assert lrplan("lock", tmp_path / "run" / "spec.yaml").exit_code == 0
    found = json.loads(lrplan("sources", tmp_path, "--format", "json", "-q").stdout)
    assert [(each["family"], each["title"]) for each in found] == [
        ("curves", "a metrics.csv of Lightning"),
        ("curves", "a lock"),
        ("spec", "a spec of lrplan"),
    ]
