"""The benchmarks run: no time is asserted, only that there is something to read."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from benchmarks import configs, engine, formulas, machine, measure, process, stepping, writing
from benchmarks.__main__ import FULL, QUICK, page, renewed
from benchmarks.report import Table, count, duration, times
from benchmarks.subjects import SUBJECTS, plain_loop, plan_of
from lrplan.importers.plan_source import load_source
from lrplan.request import SourceOptions
from lrplan.simulate.engine_choice import simulate


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4e-7, "0.4 us")]
)
def test_durations(seconds, text):
    assert duration(seconds) == text
    assert duration(seconds, scaled=True) == f"~{text}"


def test_ratios_and_counts():
    assert [times(ratio) for ratio in (0.5, 12.34, 250.4)] == ["x0.5", "x12.3", "x250"]
    assert [count(number) for number in (1000, 2_000_000, 1500)] == ["1e3", "2e6", "1,500"]


def test_each_subject_takes_its_turn_in_every_round():
    calls = []
    result = measure.best({name: lambda name=name: calls.append(name) for name in "ab"}, 3)
    assert calls == [*"ababab"]
    assert all(0 <= seconds < 1 for seconds in result.values())


@pytest.mark.parametrize("groups", [1, 3])
def test_what_is_compared_has_the_same_values(groups):
    plan = plan_of(20, groups)
    trace = simulate(plan)
    assert np.stack(list(trace.lr.values()), axis=1).tolist() == plain_loop(20, groups)()


def test_alike_groups_are_alike():
    rates = [column[0] for column in simulate(plan_of(5, 6, alike=3)).lr.values()]
    assert len(set(rates)) == 3


def test_the_smallest_pieces_make_a_page(monkeypatch):
    monkeypatch.setattr(stepping, "FIRST", 10)
    tables = [
        *stepping.tables((10, 20), (1, 2), rounds=1, most=1e-9),
        *engine.tables((1,), steps=10, rounds=1),
        *formulas.tables((2,), steps=2_000, rounds=1),
        *writing.tables(((50, 1), (50, 2)), 50, rounds=1),
    ]
    text = page(machine.described(), tables)
    assert all(f"## {table.title}" in text for table in tables)
    stepped = tables[0]
    assert [row[0] for row in stepped.rows] == [subject.name for subject in SUBJECTS]
    missing = {subject.needs for subject in SUBJECTS if subject.missing}
    assert all(any(name in note for note in stepped.notes) for name in missing)
    assert all(len(row) == len(table.columns) for table in tables for row in table.rows)


def table(title, cell):
    made = Table(title, ("", "time"), "In seconds.")
    made.add("row", cell)
    return made


def test_one_subject_replaces_its_tables_and_no_others():
    text = page([("date", "today")], [table("A", "1"), table("B", "2"), table("C", "3")])
    again = renewed(text, [table("B", "20"), table("D", "4")])
    assert again == page(
        [("date", "today")], [table("A", "1"), table("B", "20"), table("C", "3"), table("D", "4")]
    )
    assert renewed(text, []) == text


def test_a_process_is_measured_by_its_own_memory():
    hog = "x = bytearray(150 * 2**20)"
    with measure.process_environment() as environment:
        small = measure.run_process([sys.executable, "-S", "-c", "pass"], environment)[1]
        large = measure.run_process([sys.executable, "-S", "-c", hog], environment)[1]
        with pytest.raises(RuntimeError, match="ended with 3"):
            measure.run_process(
                [sys.executable, "-S", "-c", "import sys; sys.exit(3)"], environment
            )
    assert 145 * 2**20 < large - small < 170 * 2**20


def test_the_commands_name_a_schedule_of_the_example():
    commands = process.commands_of(process.SPEC, "out.png")
    assert "lambda-decay" in commands["plot, cold"]
    assert commands["plot, cold"] == [*commands["plot, cached"], "--no-cache"]


@pytest.mark.slow
def test_many_specs_are_validated_in_one_call():
    table = process.many(3, rounds=1)
    assert table.title == "validate, 3 specs"
    assert [row[0] for row in table.rows] == ["--no-cache", "empty cache", "full cache"]


def test_tables_are_shown_on_a_terminal_too():
    table = Table("t", ("", "x"), "how")
    table.add("row", "1")
    assert [column.header for column in table.rich().columns] == ["", "x"]
    assert "| row | 1 |" in table.markdown()


def test_help():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--help"], capture_output=True, text=True, check=True
    )
    assert "--quick" in done.stdout
    assert QUICK.keys() == FULL.keys()


def test_the_configs_that_are_timed_are_plans():
    for name, facts in configs.CONFIGS.items():
        path = configs.FOLDER / name
        spec = load_source(path, SourceOptions(settings=facts))
        assert list(spec.plans) == ["run"], name
        assert spec.origin.findings == (), name
