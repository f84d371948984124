"""Logs that real trainers wrote, against the rates that an optimizer hook saw in the same run."""

import json

import numpy as np
import pytest

from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import read_log
from tests.support.log_files import LOGS


def cosine(steps=20):
    """What torch's CosineAnnealingLR gives 20 steps from 0.1, by its closed form."""
    return 0.05 * (1 + np.cos(np.pi * np.arange(steps) / 20))


def applied(name):
    return np.array(json.loads((LOGS / name / "applied.json").read_text("utf-8")))


@pytest.mark.parametrize(
    ("path", "format_", "column", "rows", "precision"),
    [
        ("lightning", "lightning", "lr-SGD", 20, "float64"),
        ("transformers", "transformers", "learning_rate", 30, "float64"),
        ("transformers/checkpoint-15", "transformers", "learning_rate", 15, "float64"),
        ("mmengine", "mmengine", "lr", 6, "float64"),
        ("mmengine/by_epoch.log", "mmengine-log", "lr", 6, "digits"),
        ("mmengine/by_iteration.log", "mmengine-log", "lr", 6, "digits"),
    ],
)
def test_every_row_is_the_rate_of_its_update(path, format_, column, rows, precision):
    log = read_log(LOGS / path)
    (only,) = log.columns
    assert (log.format, only.name, only.values.size) == (format_, column, rows)
    assert only.precision.kind == precision
    expected = applied(path.partition("/")[0])[only.steps + log.convention.offset]
    assert (np.abs(only.values - expected) <= only.precision.tolerance(only.values)).all()


@pytest.mark.parametrize("name", ["train/lr", "tensor/lr"])
def test_tensorboard_scalars_and_tensors(name):
    log = read_log(LOGS / "tensorboard", wanted=ColumnNames(lr=(name,)))
    (column,) = log.columns
    assert column.steps.tolist() == list(range(20))
    assert (np.abs(column.values - cosine()) <= column.precision.tolerance(column.values)).all()


def test_tensorboard_finds_what_is_called_after_the_rate():
    log = read_log(LOGS / "tensorboard")
    assert [column.name for column in log.columns] == ["train/lr", "tensor/lr"]


def test_a_trainer_tells_the_length_of_its_run():
    assert read_log(LOGS / "transformers").planned_steps == 30


def test_a_cut_event_file_gives_its_whole_records(tmp_path):
    (source,) = (LOGS / "tensorboard").glob("*tfevents*")
    cut = tmp_path / source.name
    for size in range(0, source.stat().st_size, 997):
        cut.write_bytes(source.read_bytes()[:size])
        if size < 2_000:
            continue
        column = read_log(cut).columns[0]
        assert column.steps.tolist() == list(range(column.steps.size))


def test_a_damaged_record_is_counted(tmp_path):
    (source,) = (LOGS / "tensorboard").glob("*tfevents*")
    data = bytearray(source.read_bytes())
    at = data.find(b"train/lr", data.find(b"train/lr") + 1)
    data[at - 1] = 0xFF  # the length of the tag: longer than its record
    damaged = tmp_path / source.name
    damaged.write_bytes(bytes(data))
    log = read_log(damaged)
    assert log.columns[0].steps.size == 19
    assert log.notes == (f"1 damaged record of {source.name} left out",)
