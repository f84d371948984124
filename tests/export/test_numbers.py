"""The numbers as CSV and JSON: exact, whole, and never all in memory as text."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lrplan.errors import LrplanError
from lrplan.export.columns import CHUNK, integer_texts, number_texts
from lrplan.export.csv import to_csv
from lrplan.export.json import to_json
from lrplan.readers.json import read_json
from lrplan.trace import Trace
from tests.support.deferred_columns import layers

NAN, INF = np.nan, np.inf
bits = arrays(np.int64, st.integers(0, 60), elements=st.integers(-(2**63), 2**63 - 1))


def one(values, *, name="run", group="all", epochs=None, **columns):
    values = np.asarray(values, dtype=float)
    return Trace(
        name=name,
        columns={"lr": {group: values}, **columns},
        next_values={},
        groups=(group,),
        planned_steps=len(values),
        epochs=None if epochs is None else np.asarray(epochs),
    )


def read(traces, **options):
    """The rows that the standard library's reader finds in the CSV."""
    return list(csv.DictReader(io.StringIO("".join(to_csv(traces, **options)), newline="")))


def parsed(traces, **options):
    return json.loads("".join(to_json(traces, **options)))


@given(bits)
def test_every_float_is_spelled_as_repr_does(patterns):
    values = patterns.view(np.float64)
    values = np.repeat(values, 1 + np.arange(len(values)) % 3)  # a stretch is spelled once
    expected = [repr(value) if np.isfinite(value) else "?" for value in values.tolist()]
    assert number_texts(values, lambda _: "?") == expected


def test_both_zeros_are_told_apart():
    assert number_texts(np.array([0.0, 0.0, 0.0, -0.0, -0.0, 0.0]), str) == ["0.0"] * 3 + [
        *("-0.0", "-0.0"),
        "0.0",
    ]


@pytest.mark.parametrize("step", [1, -1, 3])
def test_views_of_any_stride_are_spelled(step):
    values = np.array([0.1, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3])[::step]
    assert number_texts(values, str) == list(map(repr, values.tolist()))
    constant = np.broadcast_to(0.9, 5)
    assert number_texts(constant, str) == ["0.9"] * 5


def test_whole_numbers_are_counted():
    assert integer_texts(np.repeat(np.arange(3), 4)) == [*"000011112222"]
    assert integer_texts(np.arange(0)) == []


@pytest.mark.parametrize("steps", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_pieces_join_without_a_seam(steps):
    values = np.random.default_rng(0).random(steps)
    trace = one(values, epochs=np.arange(steps) // 10)
    rows = read([trace])
    assert [int(row["step"]) for row in rows] == list(range(steps))
    assert [int(row["epoch"]) for row in rows] == [step // 10 for step in range(steps)]
    assert [float(row["lr"]) for row in rows] == values.tolist()
    assert parsed([trace])["schedules"][0]["groups"][0]["lr"] == values.tolist()


@pytest.mark.parametrize("every", [1, 2, 7, 100])
def test_every_nth_step_and_the_last(every):
    values = np.arange(50.0) + 0.5
    steps = sorted({*range(0, 50, every), 49})
    rows = read([one(values)], every=every)
    assert [int(row["step"]) for row in rows] == steps
    assert [float(row["lr"]) for row in rows] == values[steps].tolist()
    (schedule,) = parsed([one(values)], every=every)["schedules"]
    assert schedule["groups"][0]["lr"] == values[steps].tolist()
    assert schedule.get("step", steps) == steps


def test_the_last_step_of_a_thinned_file_is_read_where_it_is(tmp_path):
    trace = one(np.linspace(1, 0, 2000))
    (tmp_path / "a.json").write_text("".join(to_json([trace], every=1000)))
    (run,) = read_json(tmp_path / "a.json")
    curve = run.columns["lr"]["all"]
    assert (run.steps, curve.at.tolist(), curve.values[-1]) == (2000, [0, 1000, 1999], 0.0)
    text = (tmp_path / "a.json").read_text()
    for damaged in ("[0, 1000, 1]", '[0, 1000, "x"]', "[0, 1000]", "5"):
        assert '"step": [0, 1000, 1999]' in text
        (tmp_path / "b.json").write_text(text.replace("[0, 1000, 1999]", damaged))
        with pytest.raises(LrplanError, match="step"):
            read_json(tmp_path / "b.json")


def test_what_is_no_number():
    trace = one([NAN, INF, -INF, 0.5])
    assert [row["lr"] for row in read([trace])] == ["", "inf", "-inf", "0.5"]
    assert parsed([trace])["schedules"][0]["groups"][0]["lr"] == [None, None, None, 0.5]


@pytest.mark.parametrize(
    "name",
    [
        "a\rb",
        "a\nb",
        "a\r\nb",
        'say "x"',
        "a,b",
        '"',
        "\r",
        "ü 学",
        "'",
        ";",
        "",
        "\N{LINE SEPARATOR}",
    ],
    ids=ascii,
)
def test_any_name_comes_back_from_a_reader(name):
    trace = one([0.1, 0.2], name=name, group=name)
    rows = read([trace])
    assert [(row["schedule"], row["group"]) for row in rows] == [(name, name)] * 2
    schedule = parsed([trace])["schedules"][0]
    assert (schedule["name"], schedule["groups"][0]["name"]) == (name, name)


def test_a_field_that_only_some_groups_have():
    trace = replace(
        one([0.1, 0.2]),
        columns={
            "lr": {"a": np.array([0.1, 0.2]), "b": np.array([0.3, 0.4])},
            "eps": {"b": np.array([1e-8, 1e-8])},
        },
        groups=("a", "b"),
    )
    assert [row["eps"] for row in read([trace])] == ["", "", "1e-08", "1e-08"]
    a, b = parsed([trace])["schedules"][0]["groups"]
    assert "eps" not in a
    assert b["eps"] == [1e-8, 1e-8]


def test_several_schedules_follow_each_other():
    rows = read([one([1.0], name="a"), one([2.0, 3.0], name="b")])
    assert [(row["schedule"], row["step"]) for row in rows] == [("a", "0"), ("b", "0"), ("b", "1")]
    assert [
        each["name"] for each in parsed([one([1.0], name="a"), one([2.0], name="b")])["schedules"]
    ] == ["a", "b"]


@pytest.mark.parametrize("write", [to_csv, to_json])
def test_columns_are_read_once_each_and_one_at_a_time(write):
    trace = layers(1000, 20)
    assert sum(map(len, write([trace]))) > 20_000
    assert set(trace.columns["lr"].read.values()) == {1}
    assert set(trace.columns["momentum"].read.values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("write", [to_csv, to_json])
def test_memory_does_not_grow_with_what_is_written(write):
    trace = layers(40_000, 12, np.cos(np.arange(40_000)), epochs=False)
    tracemalloc.start()
    try:
        written = sum(map(len, write([trace])))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert written > 8_000_000
    assert peak < 8_000_000  # three columns, and the text of a piece
