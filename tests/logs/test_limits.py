"""Limits on logs: bytes, rows, columns and depth; each says how it is raised, or what is wrong."""

import json
import struct

import pytest

from lrplan.errors import LrplanError
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import FORMATS, read_log
from tests.support.log_files import LOGS, small_logs, write_log


def _event(step, value):
    summary = b"\x0a\x02lr\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(summary)]) + summary
    event = b"\x10" + bytes([step]) + b"\x2a" + bytes([len(summary)]) + summary
    return struct.pack("<QI", len(event), 0) + event + b"\0\0\0\0"


def _rows(format_):
    """A log of 60 rows."""
    numbers = range(60)
    entries = [{"step": n, "learning_rate": 0.1} for n in numbers]
    return {
        "transformers": json.dumps({"log_history": entries}),
        "a list": json.dumps(entries),
        "lightning": "step,lr-SGD\n" + "".join(f"{n},0.1\n" for n in numbers),
        "ultralytics": "epoch,lr/pg0\n" + "".join(f"{n},0.1\n" for n in numbers),
        "timm": "epoch,lr\n" + "".join(f"{n},0.1\n" for n in numbers),
        "wandb": "Step,a - lr\n" + "".join(f"{n},0.1\n" for n in numbers),
        "mmengine": "".join(f'{{"lr": 0.1, "iter": {n}}}\n' for n in numbers),
        "mmengine-log": "".join(f"Iter(train) [{n}/60] lr: 1.0e-01\n" for n in numbers),
        "detectron2": "".join(f'{{"iteration": {n}, "lr": 0.1}}\n' for n in numbers),
        "megatron": "".join(f" iteration {n}/ 60 | learning rate: 0.1 |\n" for n in numbers),
        "csv": "step,lr\n" + "".join(f"{n},0.1\n" for n in numbers),
        "jsonl": "".join(f'{{"step": {n}, "lr": 0.1}}\n' for n in numbers),
        "text": "".join(f"step {n} lr 0.1\n" for n in numbers),
        "deepspeed": "".join(f"step={n}, skipped=0, lr=[0.1]\n" for n in numbers),
        "mlflow": "".join(f"1700000000000 0.1 {n}\n" for n in numbers),
        "tensorboard": b"".join(_event(n, 0.1) for n in numbers),
    }[format_]


@pytest.mark.parametrize("format_", [*FORMATS, "a list"])
def test_rows_have_a_limit_that_can_be_raised(tmp_path, monkeypatch, format_):
    path = tmp_path / ("events.out.tfevents.1" if format_ == "tensorboard" else "log.txt")
    text = _rows(format_)
    format_ = "jsonl" if format_ == "a list" else format_
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert len(read_log(path, format_).columns[0].steps) == 60
    monkeypatch.setenv("LRPLAN_MAX_LOG_ROWS", "59")
    with pytest.raises(LrplanError, match=r"more than 59 rows; LRPLAN_MAX_LOG_ROWS=N"):
        read_log(path, format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_bytes_have_a_limit_that_can_be_raised(tmp_path, monkeypatch, format_):
    path = tmp_path / "log"
    path.write_bytes(small_logs()[format_])
    assert read_log(path).format == format_
    monkeypatch.setenv("LRPLAN_MAX_LOG_BYTES", "20")
    with pytest.raises(LrplanError, match=r"LRPLAN_MAX_LOG_BYTES=N"):
        read_log(path)


def test_files_of_an_event_folder_count_together(tmp_path, monkeypatch):
    head = b"\x1a\x0dbrain.Event:2"
    for number in (1, 2):
        record = struct.pack("<QI", len(head), 0) + head + b"\0\0\0\0"
        (tmp_path / f"events.out.tfevents.{number}").write_bytes(record + _rows("tensorboard"))
    assert len(read_log(tmp_path).columns[0].steps) == 60
    monkeypatch.setenv("LRPLAN_MAX_LOG_ROWS", "100")
    with pytest.raises(LrplanError, match="more than 100 rows"):
        read_log(tmp_path)


@pytest.mark.parametrize("format_", ["transformers", "jsonl", "detectron2", "mmengine"])
def test_json_that_is_nested_without_end(tmp_path, format_):
    path = tmp_path / "x.json"
    nested = "[" * 100_000
    path.write_text(f'{{"log_history": {nested}\n{{"step": 1, "lr": 0.1}}\n')
    with pytest.raises(LrplanError, match=r"this is not JSON|no row has"):
        read_log(path, format_)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1_000,
        b"\xff\xfe" * 500,
        b"," * 50_000,
        b'"' * 50_001,
        b"{" * 50_000,
        b"step,lr\n" + b"1e999,1e999\n" * 100,
        b"lr:" * 30_000,
        b"step 1 " * 20_000,
    ],
    ids=["empty", "zeros", "utf-16", "commas", "quotes", "braces", "infinite", "lrs", "steps"],
)
def test_any_format_refuses_what_it_cannot_read(tmp_path, format_, data):
    path = tmp_path / "x"
    path.write_bytes(data)
    with pytest.raises(LrplanError) as refusal:
        read_log(path, format_)
    assert str(path) in str(refusal.value)
    assert len(str(refusal.value)) < 1_000


@pytest.mark.parametrize("step", [2**52, 10**15])
def test_steps_that_no_run_has_are_no_reason_to_fill_the_memory(tmp_path, step):
    from typer.testing import CliRunner

    from lrplan.cli import app

    path, plan = tmp_path / "x.jsonl", tmp_path / "plan.yaml"
    path.write_text(f'{{"step": 0, "lr": 0.1}}\n{{"step": {step}, "lr": 0.05}}\n')
    plan.write_text("training: {steps: 3}\nschedules: {a: {optimizer: {type: SGD, lr: 0.1}}}\n")
    run = CliRunner().invoke
    for words in (["plot", path, "-o", tmp_path / "a.png"], ["table", path], ["export", path]):
        assert run(app, list(map(str, words))).exit_code == 0
    assert run(app, ["compare", str(plan), str(path)]).exit_code == 2
    words = ["audit", path, "--plan", plan, "-o", tmp_path / "b.png"]
    assert run(app, list(map(str, words))).exit_code in (0, 1)


def test_columns_of_one_name_are_told_apart(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("step,lr,lr,step\n0,0.1,0.3,7\n1,0.2,0.4,8\n")
    log = read_log(path)
    assert {each.name: each.values.tolist() for each in log.columns} == {
        "lr": [0.1, 0.2],
        "lr.1": [0.3, 0.4],
    }
    assert log.notes == (
        "several columns are called lr: they are read as lr and lr.1",
        "several columns are called step: the first one counts the steps",
    )
    (column,) = read_log(path, wanted=ColumnNames(lr=("lr.1",), step="step.1")).columns
    assert (column.steps.tolist(), column.values.tolist()) == ([7, 8], [0.3, 0.4])


def test_a_name_that_is_made_is_not_taken_by_another_column(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("step,lr,lr.1,lr\n0,0.1,0.2,0.3\n")
    values = {each.name: each.values.tolist() for each in read_log(path).columns}
    assert sorted(values.values()) == [[0.1], [0.2], [0.3]]
    assert values["lr.1"] == [0.2]


def test_a_long_first_line_is_a_row_all_the_same(tmp_path):
    path = tmp_path / "x.log"
    row = '{"step": 0, "lr": 0.1, "histogram": [' + "0.5, " * 20_000 + "1]}\n"
    path.write_text(row + row.replace('"step": 0', '"step": 1'))
    log = read_log(path)
    assert (log.format, log.columns[0].steps.tolist()) == ("jsonl", [0, 1])


def test_a_list_of_rows(tmp_path):
    path = tmp_path / "history.json"
    path.write_text('[\n {"step": 0, "lr": 0.1},\n {"step": 5, "lr": 0.05}\n]\n')
    log = read_log(path)
    assert (log.format, log.columns[0].values.tolist()) == ("jsonl", [0.1, 0.05])


def test_lines_of_fairseq_count_updates_and_not_their_fractions(tmp_path):
    path = tmp_path / "train.log"
    line = (
        '2024-01-01 | INFO | train_inner | {{"epoch": 1, "update": 0.{0}, "loss": "9.1",'
        ' "num_updates": "{0}", "lr": "{1}", "gnorm": "1"}}\n'
    )
    path.write_text(line.format(100, "1.25e-05") + line.format(200, "2.5e-05"))
    (column,) = read_log(path).columns
    assert (column.steps.tolist(), column.values.tolist()) == ([100, 200], [1.25e-05, 2.5e-05])


def test_the_metrics_of_a_run_of_mlflow_are_one_log(tmp_path):
    metrics = tmp_path / "mlruns" / "0" / "abc" / "metrics"
    (metrics / "lr-AdamW").mkdir(parents=True)
    for name, value in (("lr-AdamW/pg0", 0.1), ("lr-AdamW/pg1", 0.2), ("loss", 9)):
        (metrics / name).write_text(f"1700000000000 {value} 0\n1700000000001 {value / 2} 10\n")
    log = read_log(tmp_path)
    assert log.format == "mlflow"
    assert {each.name: each.values.tolist() for each in log.columns} == {
        "lr-AdamW/pg0": [0.1, 0.05],
        "lr-AdamW/pg1": [0.2, 0.1],
    }


def test_texts_have_no_names_of_steps(tmp_path):
    path = write_log(tmp_path, "deepspeed")
    with pytest.raises(LrplanError, match="the steps of a text have no name"):
        read_log(path, wanted=ColumnNames(step="x"))
    with pytest.raises(LrplanError, match="a log of MMEngine has one learning rate"):
        read_log(LOGS / "mmengine" / "by_epoch.log", wanted=ColumnNames(lr=("x",)))


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_cells_are_apart_by_commas_tabs_or_semicolons(tmp_path, mark):
    path = tmp_path / "x.csv"
    path.write_text(
        "\n".join(mark.join(row) for row in (("step", "lr"), ("0", "0.1"), ("5", "0.2")))
    )
    (column,) = read_log(path).columns
    assert (column.steps.tolist(), column.values.tolist()) == ([0, 5], [0.1, 0.2])


def test_a_line_of_a_text_with_commas_is_no_table(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("step 10, lr 0.1, loss 2\nstep 20, lr 0.05, loss 1\n")
    assert read_log(path).format == "text"


def test_a_folder_of_very_many_files_is_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr("lrplan.logs.formats._MOST_FILES", 5)
    for number in range(5):
        (tmp_path / f"{number}.bin").write_bytes(b"")
    with pytest.raises(LrplanError, match="no log is in this folder"):
        read_log(tmp_path)
    (tmp_path / "more.bin").write_bytes(b"")
    with pytest.raises(LrplanError, match="more than 5 files lie below it: name the log"):
        read_log(tmp_path)
