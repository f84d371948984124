"""Exports are read back number by number; what is no export is refused with its place."""

from __future__ import annotations

import numpy as np
import pytest

from lrplan.comparison import compare, run_of
from lrplan.errors import LrplanError
from lrplan.export.csv import to_csv
from lrplan.export.json import to_json
from lrplan.readers.csv import read_csv
from lrplan.readers.json import read_json
from tests.support.specs import trace

SCHEDULE = """
optimizer: {type: SGD, momentum: 0.9, groups: {"a, b": {lr: 0.1}, c: {lr: 0.3}}}
scheduler: {type: CosineAnnealingLR, T_max: 6ep, interval: step}
"""
FORMATS = {"csv": (to_csv, read_csv), "json": (to_json, read_json)}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("every", [1, 5])
def test_every_number_comes_back(form, every, tmp_path):
    write, read = FORMATS[form]
    recorded = trace(SCHEDULE)
    path = tmp_path / f"numbers.{form}"
    path.write_text("".join(write([recorded], every=every)))
    (run,) = read(path)
    assert (run.label, run.name) == (f"numbers.{form}:it", "it")
    assert run.groups == recorded.groups
    for field, columns in recorded.columns.items():
        for group, values in columns.items():
            curve = run.columns[field][group]
            steps = sorted({*range(0, values.size, every), values.size - 1})
            np.testing.assert_array_equal(curve.values, values[steps])
            np.testing.assert_array_equal(curve.at, steps)
    assert not compare(run_of(recorded), run).differs


@pytest.mark.parametrize("form", FORMATS)
def test_epochs_come_back(form, tmp_path):
    write, read = FORMATS[form]
    recorded = trace(SCHEDULE)
    path = tmp_path / f"numbers.{form}"
    path.write_text("".join(write([recorded], every=1)))
    (run,) = read(path)
    assert run.steps_per_epoch == 4
    np.testing.assert_allclose(run.epochs, recorded.epoch_axis(), rtol=0, atol=1e-12)


def test_a_table_of_steps_and_rates_is_enough(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step, lr\n0,0.1\n10,0.2\n20,\n")
    (run,) = read_csv(path)
    assert (run.name, run.groups, run.steps) == ("log", ("all",), 21)
    np.testing.assert_array_equal(run.columns["lr"]["all"].values, [0.1, 0.2, np.nan])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "numbers.csv:1: there is no column `step`; there is none"),
        ("step,rate\n0,1\n", "numbers.csv:1: there is no column `lr`; there is step, rate"),
        ("step,lr,lr\n0,1,1\n", "numbers.csv:1: there are two columns `lr`"),
        ("step,lr\n", "numbers.csv: there are no rows below"),
        ("step,lr\n0,\n1,\n", "numbers.csv: the column `lr` has no number in numbers"),
        ("step,lr\n0,1\n1\n", "numbers.csv:3: 1 cells, not 2"),
        ("step,lr\n0,1\n1,x\n", "numbers.csv:3: a cell is not a number"),
        ("step,lr\n0.5,1\n", "numbers.csv:2: a cell is not a number"),
        ("step,lr\n1,1\n", "must begin at 0 and ascend"),
        ("step,lr\n0,1\n0,1\n", "must begin at 0 and ascend"),
    ],
    ids=[
        "empty",
        "column",
        "twice",
        "no-rows",
        "no-rates",
        "short",
        "text",
        "part-of-a-step",
        "begins-late",
        "a-step-twice",
    ],
)
def test_csv_is_refused_with_its_line(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "numbers.csv").write_text(text)
    with pytest.raises(LrplanError) as raised:
        read_csv("numbers.csv")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"schedules": [\n{"name": }]}', "numbers.json:2: column 10: this is not JSON"),
        ("[" * 100_000, "numbers.json: this is nested too deep"),
        ("{}", "it has no list `schedules`"),
        ('{"schedules": [{}]}', "a schedule has no `name`"),
        ('{"schedules": [{"name": "a"}]}', "a has no list `groups`"),
        ('{"schedules": [{"name": "a", "groups": [{"lr": [1]}]}]}', "a group has no `name`"),
        (
            '{"schedules": [{"name": "a", "groups": [{"name": "g", "lr": [1, "x"]}]}]}',
            "a: lr is not a list of numbers",
        ),
        (
            '{"schedules": [{"name": "a", "groups": [{"name": "g", "lr": [1], "m": [1, 2]}]}]}',
            "the columns of group g are not of one length",
        ),
        (
            '{"schedules": [{"name": "a", "steps": true, "groups": [{"name": "g", "lr": [1]}]}]}',
            "`steps` is not an integer above 0",
        ),
        (
            '{"lrplan": "0.2.0", "schedules": [{"name": "a", "groups": [{"name": "g"}]}]}',
            "numbers.json: this export of lrplan is damaged: a: group g has no list `lr`",
        ),
    ],
    ids=[
        "syntax",
        "depth",
        "no-schedules",
        "no-name",
        "no-groups",
        "no-group-name",
        "text",
        "length",
        "steps",
        "no-rates",
    ],
)
def test_json_is_refused_with_its_place(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "numbers.json").write_text(text)
    with pytest.raises(LrplanError) as raised:
        read_json("numbers.json")
    assert message in str(raised.value)


@pytest.mark.parametrize("read", [read_csv, read_json])
def test_a_file_that_is_not_there(read, tmp_path):
    with pytest.raises(LrplanError, match="there is no such file"):
        read(tmp_path / "gone")


def test_null_in_json_is_any_value_that_is_not_finite(tmp_path):
    recorded = trace("""
        optimizer: {type: SGD, lr: 0.1}
        scheduler: {type: LambdaLR, lr_lambda: "1e308 * 10 if step > 2 else 1"}
        """)
    path = tmp_path / "numbers.json"
    path.write_text("".join(to_json([recorded])))
    (run,) = read_json(path)
    assert run.has_nulls
    assert np.isinf(recorded.columns["lr"]["all"][-1])
    for pair in ((run, run_of(recorded)), (run_of(recorded), run)):
        assert not compare(*pair).differs
