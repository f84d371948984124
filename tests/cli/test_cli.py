"""The command line as scripts see it: exit statuses, streams, formats."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from lrplan._version import __version__
from lrplan.cli import app

SPEC = """\
training: {epochs: 3, steps_per_epoch: 4}
schedules:
  finetune:
    title: Two groups
    optimizer:
      type: SGD
      momentum: 0.9
      weight_decay: 1e-4
      groups: {backbone: {lr: 1e-3}, head: {lr: 1e-2}}
    scheduler: {type: MultiStepLR, milestones: [2ep], gamma: 0.1, interval: step}
  adam:
    optimizer: {type: AdamW, lr: 3e-4}
"""
STOPS = """\
training: {steps: 10}
schedules:
  short: {optimizer: {type: SGD, lr: 1}, scheduler: {type: OneCycleLR, max_lr: 1, total_steps: 4}}
"""


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    return path


def run(*arguments, text=None):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=text)


def test_version():
    result = run("--version")
    assert (result.exit_code, result.stdout.strip()) == (0, f"lrplan {__version__}")


@pytest.mark.parametrize("arguments", [["frobnicate"], ["plot"], ["table", "x", "--every", "0"]])
def test_wrong_usage_is_status_2(arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize("command", ["plot", "table", "export"])
def test_a_spec_that_is_not_there_is_status_2_without_a_traceback(command, tmp_path):
    result = run(command, tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "none.yaml" in result.stderr
    assert "Traceback" not in result.output


def test_problems_go_to_standard_error_with_their_places():
    result = run("export", "-", text="schedules:\n  a: {optimiser: {type: SGD}}\n")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "<stdin>:2:7: error: unknown key `optimiser`" in result.stderr
    assert "did you mean `optimizer`?" in result.stderr


@pytest.mark.parametrize("command", ["plot", "table", "validate"])
def test_a_problem_has_one_name_in_every_command(command, tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text("training: {steps: 9}\nschedules: {a: {optimizer: {type: SGD, lr: '0.1'}}}\n")
    done = run(command, path)
    assert done.exit_code == 2
    assert "[yaml-scientific-notation-is-a-string]" in done.output + done.stderr
    assert "lr: 0.1\n" in done.output + done.stderr


def test_export_json_is_what_the_contract_says(spec):
    result = run("export", spec)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["lrplan"] == __version__
    assert document["device"] == "cpu"
    first, second = document["schedules"]
    assert (first["name"], first["steps"], first["steps_per_epoch"]) == ("finetune", 12, 4)
    assert first["resolved"] == {"milestones": [8]}
    backbone, head = first["groups"]
    assert [backbone["name"], head["name"]] == ["backbone", "head"]
    assert backbone["lr"] == [1e-3] * 8 + [1e-3 * 0.1] * 4
    assert backbone["momentum"] == [0.9] * 12
    assert backbone["weight_decay"] == [1e-4] * 12
    assert second["groups"][0]["momentum"] == [0.9] * 12


def test_export_csv_is_what_the_contract_says(spec):
    result = run("export", spec, "finetune", "--format", "csv")
    rows = list(csv.reader(io.StringIO(result.stdout)))
    assert rows[0] == ["schedule", "group", "step", "epoch", "lr", "momentum", "weight_decay"]
    assert len(rows) == 1 + 2 * 12
    assert rows[1] == ["finetune", "backbone", "0", "0", "0.001", "0.9", "0.0001"]
    assert rows[24] == ["finetune", "head", "11", "2", repr(0.01 * 0.1), "0.9", "0.0001"]


def test_csv_and_json_hold_the_same_numbers(spec):
    document = json.loads(run("export", spec).stdout)
    rows = csv.DictReader(io.StringIO(run("export", spec, "-f", "csv").stdout))
    from_csv = [float(row["lr"]) for row in rows]
    from_json = [lr for s in document["schedules"] for g in s["groups"] for lr in g["lr"]]
    np.testing.assert_array_equal(from_csv, from_json)


def test_a_run_without_epochs_leaves_the_column_empty():
    text = "training: {steps: 2}\nschedules: {a: {optimizer: {type: SGD, lr: 1}}}\n"
    result = run("export", "-", "--format", "csv", text=text)
    assert result.stdout.splitlines()[1] == "a,all,0,,1.0,0.0,0.0"
    assert (
        json.loads(run("export", "-", text=text).stdout)["schedules"][0]["steps_per_epoch"] is None
    )


def test_every_thins_the_export(spec):
    (schedule,) = json.loads(run("export", spec, "adam", "--every", "5").stdout)["schedules"]
    last = schedule["steps"] - 1
    assert (schedule["every"], schedule["step"]) == (5, [0, 5, 10, last])
    assert len(schedule["groups"][0]["lr"]) == 4
    rows = run("export", spec, "adam", "--every", "5", "-f", "csv").stdout.splitlines()
    assert [int(row.split(",")[2]) for row in rows[1:]] == schedule["step"]


def test_an_export_to_a_file_says_so_on_standard_error(spec, tmp_path):
    out = tmp_path / "numbers.csv"
    result = run("export", spec, "-f", "csv", "-o", out)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "numbers.csv" in result.stderr
    assert out.read_text().startswith("schedule,group,step")
    assert run("export", spec, "-f", "csv", "-o", out, "-q").stderr == ""


def test_a_schedule_that_is_not_there_names_the_nearest(spec):
    result = run("table", spec, "finetuen")
    assert result.exit_code == 2
    assert "did you mean `finetune`?" in result.stderr


def test_plot_writes_a_png_named_after_the_spec(spec):
    result = run("plot", spec)
    assert result.exit_code == 0
    assert spec.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("suffix", "magic"), [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_plot_takes_the_format_from_the_suffix(spec, tmp_path, suffix, magic):
    out = tmp_path / f"picture.{suffix}"
    assert run("plot", spec, "-o", out).exit_code == 0
    assert out.read_bytes().startswith(magic)


def test_plot_writes_png_to_standard_output(spec):
    result = run("plot", spec, "adam", "-o", "-")
    assert result.exit_code == 0
    assert result.stdout_bytes.startswith(b"\x89PNG")


def test_a_picture_never_replaces_the_spec(tmp_path):
    spec = tmp_path / "spec.png"
    spec.write_text(SPEC)
    assert run("plot", spec).exit_code == 2
    assert spec.read_text() == SPEC


@pytest.mark.parametrize(
    "arguments", [["-o", "picture.gif"], ["--size", "big"], ["--field", "momentun"]]
)
def test_a_picture_that_cannot_be_made_is_status_2(spec, arguments):
    result = run("plot", spec, *arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_run_that_stops_midway_is_drawn_and_reported(tmp_path):
    path = tmp_path / "stops.yaml"
    path.write_text(STOPS)
    result = run("plot", path)
    assert result.exit_code == 1
    assert path.with_suffix(".png").exists()
    assert re.search(
        r"stops\.yaml:3:\d+: error: short: training stops .* after step 4: ", result.stderr
    )
    assert json.loads(run("export", path).stdout)["schedules"][0]["failure"]["step"] == 4


def test_table_is_plain_text_when_piped(spec):
    result = run("table", spec)
    assert result.exit_code == 0
    assert "\x1b[" not in result.stdout
    assert "backbone" in result.stdout


def test_init_writes_a_spec_that_works_and_never_overwrites_one(tmp_path):
    path = tmp_path / "schedules.yaml"
    assert run("init", path).exit_code == 0
    assert run("table", path).exit_code == 0
    path.write_text("mine")
    assert run("init", path).exit_code == 2
    assert path.read_text() == "mine"
    assert run("init", path, "--force").exit_code == 0
    assert path.read_text() == run("init", "-").stdout


def test_a_fault_of_our_own_is_status_3(spec, monkeypatch):
    monkeypatch.setattr("lrplan.commands.table.print_tables", lambda *_, **__: 1 / 0)
    result = run("table", spec)
    assert result.exit_code == 3
    assert "fault of lrplan" in result.stderr
    assert "Traceback" not in result.output


def test_ctrl_c_is_status_130(spec, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("lrplan.commands.table.print_tables", interrupt)
    assert run("table", spec).exit_code == 130


def test_compare_says_it_in_words_and_fails_on_a_difference(spec):
    text = spec.read_text()
    other = spec.with_name("other.yaml")
    other.write_text(text.replace("head: {lr: 1e-2}", "head: {lr: 2e-2}"))
    same = run("compare", f"{spec}:finetune", f"{spec}:finetune")
    assert (same.exit_code, "A and B have the same lr" in same.stdout) == (0, True)
    differs = run("compare", f"{spec}:finetune", f"{other}:finetune")
    assert differs.exit_code == 1
    assert "lr of `head`: B is A times 2" in " ".join(differs.stdout.split())
    assert run("compare", spec, other, "--tolerance", "0.9").exit_code == 0
    document = json.loads(run("compare", spec, other, "--format", "json").stdout)
    assert document


def test_a_lock_is_made_checked_and_noticed_when_a_curve_drifts(spec):
    assert run("validate", spec, "--locked").exit_code == 2
    assert run("lock", spec).exit_code == 0
    assert run("lock", spec, "--check").exit_code == 0
    assert run("validate", spec, "--locked").exit_code == 0
    spec.write_text(spec.read_text().replace("milestones: [2ep]", "milestones: [1ep]"))
    for arguments in (["lock", spec, "--check"], ["validate", spec, "--locked"]):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "locked-curve-changed" in result.stdout
    assert run("validate", spec, "--locked", "--static").exit_code == 2


def test_a_module_of_code_is_exported_for_one_schedule(spec):
    result = run("export", spec, "finetune", "--format", "pytorch")
    assert result.exit_code == 0
    compile(result.stdout, "exported.py", "exec")
    assert "def build_optimizer(" in result.stdout
    assert run("export", spec, "--format", "lightning").exit_code == 2
    assert run("export", spec, "finetune", "--format", "pytorch", "--every", "2").exit_code == 2
    refused = run("export", spec, "finetune", "--format", "transformers")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "| step |" in run("export", spec, "--format", "markdown").stdout


def test_an_operand_may_be_a_schedule_of_standard_input(spec):
    for operands in (["-:adam", f"{spec}:adam"], [f"{spec}:adam", "-:adam"]):
        result = run("compare", *operands, text=SPEC)
        assert (result.exit_code, result.stderr) == (0, "")
        assert "-:adam  12 steps" in result.stdout
    result = run("compare", "-:adan", spec, text=SPEC)
    assert (result.exit_code, "has no schedule `adan`" in result.stderr) == (2, True)
    assert run("compare", "-x:", spec).exit_code == 2


@pytest.mark.parametrize("arguments", [["export"], ["validate", "-f", "json"], ["plot"]])
def test_no_output_replaces_the_spec(tmp_path, arguments):
    spec = tmp_path / "spec.png"
    spec.write_text(SPEC)
    assert run(*arguments, spec, "-o", spec).exit_code == 2
    assert spec.read_text() == SPEC


def test_a_plot_in_the_terminal_writes_no_file(spec, monkeypatch):
    monkeypatch.chdir(spec.parent)
    monkeypatch.setenv("COLUMNS", "60")
    result = run("plot", spec, "--term", "--field", "lr,momentum")
    assert (result.exit_code, result.stderr) == (0, "")
    assert [each.name for each in spec.parent.iterdir()] == ["spec.yaml"]
    lines = result.stdout.splitlines()
    assert lines[0] == "Two groups"
    assert result.stdout.count("└") == 4  # two fields of two schedules
    assert "a backbone   b head" in lines
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize("words", [["-o", "x.png"], ["--size", "8x4"], ["--field", "foo"]])
def test_a_plot_in_the_terminal_refuses_what_is_for_files(words, spec):
    result = run("plot", spec, "--term", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
