"""Columns of logs that ``--map`` names, and parts of logs that ``--from`` and ``--to`` show."""

import math

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.commands.curves.read_curve_file import read_curve_file
from lrplan.commands.window import Window, windows_of_logs
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.points_view import points_view

UPDATES = 100
SPEC = """\
training: {steps: 100}
schedules:
  run:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: CosineAnnealingLR, T_max: 100, interval: step}
"""
NAMED = ("--map", "lr=rate", "--map", "step=it")


def cosine(update):
    return 0.05 * (1 + math.cos(math.pi * update / UPDATES))


def lrplan(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def table(tmp_path):
    """A table whose columns have names that tell nothing."""
    path = tmp_path / "odd.csv"
    rows = "".join(f"{n},1.5,{cosine(n)!r}\n" for n in range(UPDATES))
    path.write_text("it,loss,rate\n" + rows)
    return path


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(SPEC)
    return path


def test_columns_are_named_where_no_name_tells_them(table, spec, tmp_path):
    written = lrplan("export", table, "-f", "csv", *NAMED).stdout.splitlines()
    assert written[1 + 25] == f"odd,rate,25,,{cosine(25)!r},,"
    assert "0.0975" in lrplan("table", table, "--every", "10", *NAMED).stdout
    assert lrplan("plot", table, "-o", tmp_path / "a.svg", *NAMED).exit_code == 0
    imported = lrplan("import", table, *NAMED)
    assert "T_max: 100" in imported.stdout, imported.stderr
    compared = lrplan("compare", spec, table, *NAMED)
    assert "the same lr of `all` = `rate` at every step" in compared.stdout, compared.stderr
    audited = lrplan("audit", table, "--plan", spec, *NAMED)
    assert "as-planned: the run got the planned rates at all 100 logged steps" in audited.stdout


def test_columns_of_json_lines_are_named(tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text("".join(f'{{"it": {n}, "rate": {n / 8}}}\n' for n in range(4)))
    written = lrplan("export", path, "-f", "csv", *NAMED).stdout.splitlines()
    assert written[3] == "odd,rate,2,,0.25,,"


def test_one_of_several_columns_is_named(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text("step,lr/a,lr/b\n0,0.1,0.2\n1,0.1,0.2\n")
    written = lrplan("export", path, "-f", "csv", "--map", "lr=lr/b").stdout
    assert written.splitlines()[1:] == ["two,lr/b,0,,0.2,,", "two,lr/b,1,,0.2,,"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("plot", "SPEC", "--map", "lr=x"), "--map lr=x: it names a column of a log, and SPEC is"),
        (("plot", "SPEC", "--term", "--map", "lr=x"), "a column of a log, and SPEC is a plan"),
        (("table", "SPEC", "--map", "lr=x"), "a column of a log, and SPEC is a plan"),
        (("export", "recipe:llama1", "--map", "lr=x"), "and recipe:llama1 is a plan"),
        (("table", "ExponentialLR", "gamma=0.9", "--steps", "3", "--map", "lr=x"), "is a plan"),
        (("import", "SPEC", "--map", "lr=x"), "a column of a log, and SPEC is no log"),
        (("compare", "SPEC", "SPEC", "--map", "lr=x"), "--map lr=x: no log is among SPEC and"),
        (("compare", "SPEC", "LOG", "--map", "lr"), "--map 'lr': write lr=COLUMN or step=COLUMN"),
        (("table", "LOG", "--map", "lr=x"), "there is no column 'x'; there is it, loss, rate"),
        (("compare", "SPEC", "LOG", "--map", "lr=x"), "no column 'x'; there is it, loss, rate"),
        (("table", "LOG", "--map", "step=a", "--map", "step=b"), "one column counts the steps"),
    ],
)
def test_columns_that_cannot_be_named(table, spec, words, message):
    paths = {"LOG": str(table), "SPEC": str(spec)}
    result = lrplan(*(paths.get(each, each) for each in words))
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert message.replace("SPEC", str(spec)) in said


def test_an_export_and_a_lock_have_no_columns_to_name(spec, tmp_path):
    export = tmp_path / "plan.csv"
    assert lrplan("export", spec, "-f", "csv", "-o", export).exit_code == 0
    assert lrplan("lock", spec).exit_code == 0
    for path, kind in ((export, "an export of lrplan"), (tmp_path / "plan.lrplan.lock", "a lock")):
        result = lrplan("plot", path, "--map", "lr=momentum")
        assert result.exit_code == 2
        assert f"is {kind}" in " ".join(result.stderr.split())


def shown(path, begin="", until=""):
    """The steps that a picture has, and the ends of its axis."""
    (run,) = read_curve_file(str(path), "", ("lr=rate", "step=it")).runs
    window = windows_of_logs([run], Window(begin, until))[run.name]
    view = points_view(run, PictureOptions(), window=window)
    (series,) = view.panels[0].series
    return series.point_x.tolist(), (view.x_axis.begin, view.x_axis.end)


@pytest.mark.parametrize(
    ("window", "steps"),
    [
        (("20", "30"), range(20, 30)),
        (("90%", ""), range(90, 100)),
        (("", "5st"), range(5)),
        (("98", "1_000"), range(98, 100)),
    ],
)
def test_a_part_of_a_log_is_drawn(table, window, steps):
    assert shown(table, *window) == ([*steps], (steps[0], steps[-1]))


def test_a_part_of_a_log_of_epochs(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("epoch,lr/pg0\n" + "".join(f"{n},{1 / n}\n" for n in range(1, 9)))
    (run,) = read_curve_file(str(path), "").runs
    assert windows_of_logs([run], Window("2ep", "5")) == {"results": (2, 5)}
    result = lrplan("plot", path, "--from", "20st", "-o", tmp_path / "a.png")
    assert result.exit_code == 2
    assert "results counts epochs; write a number of them" in " ".join(result.stderr.split())


def test_a_part_that_has_no_row(table, spec, tmp_path):
    picture = ("-o", tmp_path / "a.png")
    result = lrplan("plot", table, "--from", "100", *NAMED, *picture)
    assert result.exit_code == 2
    assert "odd has no row" in result.stderr
    assert lrplan("plot", table, "--from", "50", *NAMED, *picture).exit_code == 0
    assert lrplan("lock", spec).exit_code == 0
    result = lrplan("plot", tmp_path / "plan.lrplan.lock", "--from", "5", *picture)
    assert "--from and --to need a plan, a recording or a log" in " ".join(result.stderr.split())
