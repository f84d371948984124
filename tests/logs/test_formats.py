"""Each format is recognised by its content, and its rows become columns."""

from pathlib import Path

import pytest

from lrplan.errors import LrplanError, UsageError
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import FORMATS, logs_in, read_log, recognize
from tests.support.log_files import EXAMPLES, LOGS, write_log

EXPECTED = {
    "ultralytics": {"lr/pg0": ([1, 2], [0.00033, 0.00066]), "lr/pg1": ([1, 2], [0.07, 0.04])},
    "timm": {"lr": ([0, 1], [0.1, 0.09755282581475769])},
    "wandb": {"run - lr": ([0, 10], [0.1, 0.05])},
    "detectron2": {"lr": ([19, 39], [0.00039962, 0.00079922])},
    "deepspeed": {"lr[0]": ([10, 20], [0.001, 0.0005]), "lr[1]": ([10, 20], [0.0001, 5e-05])},
    "megatron": {"lr": ([10], [6e-05])},
    "mlflow": {"lr": ([0, 10], [0.1, 0.05])},
    "jsonl": {"train/lr": ([1, 2], [0.1, 0.05])},
    "csv": {"lr": ([0, 1], [0.1, 0.05])},
    "text": {"lr": ([10, 20], [1e-3, 9.51e-4])},
}


def columns(log):
    return {each.name: (each.steps.tolist(), each.values.tolist()) for each in log.columns}


@pytest.mark.parametrize("format_", EXAMPLES)
def test_an_example_of_each_format(tmp_path, format_):
    path = write_log(tmp_path, format_)
    assert recognize(path).name == format_
    log = read_log(path)
    assert log.format == format_
    assert columns(log) == EXPECTED[format_]


def test_every_format_has_an_example():
    real = {folder.name for folder in LOGS.iterdir()} | {"mmengine-log"}
    assert set(EXAMPLES) | real == set(FORMATS)


def test_deepspeed_counts_what_it_skips(tmp_path):
    assert read_log(write_log(tmp_path, "deepspeed")).skipped == {10: 0, 20: 3}


def test_padded_names_and_epochs_from_0(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("      epoch,      lr/pg0\n          0,     0.00033\n          1,      0.001\n")
    log = read_log(path)
    assert (log.convention.unit, log.convention.offset) == ("epoch", 0)
    assert columns(log) == {"lr/pg0": ([0, 1], [0.00033, 0.001])}


@pytest.mark.parametrize(
    ("rows", "steps", "values", "note"),
    [
        # Rows of other metrics have no rate.
        ("0,0.1,\n0,,1.5\n1,0.2,\n", [0, 1], [0.1, 0.2], ""),
        # The same step again with the same value: a row for each batch of it.
        ("0,0.1,\n0,0.1,\n1,0.2,\n", [0, 1], [0.1, 0.2], ""),
        # A run that was resumed at step 1.
        (
            "0,0.1,\n1,0.2,\n2,0.3,\n1,0.5,\n",
            [0, 1, 2],
            [0.1, 0.5, 0.3],
            "1 row left out: the",
        ),
        # The last line was cut off.
        ("0,0.1,\n1,0.2,\n2", [0, 1], [0.1, 0.2], ""),
        ("0,0.1,\n1,nan,\n2,0.3,\n", [0, 2], [0.1, 0.3], "1 row without a finite number"),
    ],
)
def test_rows_as_logs_have_them(tmp_path, rows, steps, values, note):
    path = tmp_path / "metrics.csv"
    path.write_text("step,lr-SGD,loss\n" + rows)
    log = read_log(path)
    assert columns(log) == {"lr-SGD": (steps, values)}
    assert "; ".join(log.notes).startswith(note)
    assert bool(log.notes) == bool(note)


def test_columns_that_the_user_names(tmp_path):
    path = tmp_path / "any.csv"
    path.write_text("t,eta\n0,0.1\n5,0.2\n")
    log = read_log(path, "csv", ColumnNames(lr=("eta",), step="t"))
    assert columns(log) == {"eta": ([0, 5], [0.1, 0.2])}


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("t,eta\n0,0.1\n", ColumnNames(), "any.csv:1: no column is called after the learning rate"),
        ("t,lr\n0,0.1\n", ColumnNames(), "any.csv:1: no column counts steps or epochs"),
        ("t,lr\n0,0.1\n", ColumnNames(lr=("x",)), "any.csv:1: there is no column 'x'; there is t"),
        ("step,lr\n", ColumnNames(), "any.csv: no row has a learning rate in lr"),
        ("", ColumnNames(), "any.csv:1: no column is called after the learning rate"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path, text, wanted, expected):
    path = tmp_path / "any.csv"
    path.write_text(text)
    with pytest.raises(LrplanError) as refusal:
        read_log(path, "csv", wanted)
    assert expected in str(refusal.value)


def test_what_is_no_log(tmp_path):
    path = tmp_path / "train.py"
    path.write_text("import torch\n")
    with pytest.raises(LrplanError, match="does not recognise this as a log"):
        read_log(path)
    with pytest.raises(LrplanError, match="there is no such file"):
        read_log(tmp_path / "absent.csv")
    with pytest.raises(LrplanError, match="no log is in this folder"):
        read_log(tmp_path)
    with pytest.raises(UsageError, match="did you mean `tensorboard`"):
        read_log(path, "tensorbord")


def test_json_that_is_cut_off_and_json_that_is_broken(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 1, "lr": 0.1}\n{"step": 2, "l')
    assert columns(read_log(path)) == {"lr": ([1], [0.1])}
    path.write_text('{"step": 1, "lr": 0.1}\n{"step": 2, "l\n{"step": 3, "lr": 0.1}\n')
    with pytest.raises(LrplanError, match=r"log\.jsonl:2: this is not JSON"):
        read_log(path)


def test_a_file_that_is_gone_when_it_is_looked_at_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "gone").write_text("")
    (tmp_path / "metrics.csv").write_text("step,lr-SGD\n0,0.1\n")
    lstat = Path.lstat

    def gone(path):
        if path.name == "gone":
            raise ProcessLookupError(3, "No such process")
        return lstat(path)

    monkeypatch.setattr(Path, "lstat", gone)
    assert [path.name for path, _ in logs_in(tmp_path)] == ["metrics.csv"]
