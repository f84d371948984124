"""``lrplan cache``, and what the other commands make of curves that are known."""

import json
import os
from collections import Counter

import pytest
from typer.testing import CliRunner

from lrplan.cli import app
from lrplan.commands import cache as command

SPEC = """\
training: {epochs: 4, steps_per_epoch: 5}
schedules:
  a:
    optimizer: {type: SGD, lr: 0.1}
    scheduler: {type: StepLR, step_size: 2}
  b:
    optimizer: {type: AdamW, lr: 0.2}
    scheduler: {type: CosineAnnealingLR, T_max: 4}
"""
STOPS = SPEC.replace("StepLR, step_size: 2", "OneCycleLR, max_lr: 0.1, total_steps: 2")


@pytest.fixture(autouse=True)
def spec(tmp_path, monkeypatch):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return path


@pytest.fixture
def no_simulation(monkeypatch):
    def refuse():
        def simulate(*_, **__):
            raise AssertionError("simulated")

        monkeypatch.setattr("lrplan.simulate.engine_choice.simulate", simulate)

    return refuse


def run(*words):
    return CliRunner().invoke(app, [*words])


def count(place):
    """The number of curves that are stored."""
    return len(list(place.glob("*.curves"))) if place.exists() else 0


@pytest.mark.parametrize(
    "words",
    [
        ["validate", "spec.yaml", "-f", "json", "--fail-on", "error"],
        ["table", "spec.yaml"],
        ["export", "spec.yaml", "--format", "json"],
        ["export", "spec.yaml", "--format", "csv"],
        ["plot", "spec.yaml", "-o", "-"],
        ["lock", "spec.yaml", "-o", "-"],
        ["compare", "spec.yaml:a", "spec.yaml:b"],
    ],
    ids=" ".join,
)
def test_a_command_says_the_same_of_a_known_curve(words, place, no_simulation):
    without = run(*words, "--no-cache")
    assert count(place) == 0
    first = run(*words)
    assert count(place) == 2
    no_simulation()
    again = run(*words)
    assert (again.exit_code, again.stdout_bytes) == (first.exit_code, first.stdout_bytes)
    assert (again.exit_code, again.stdout_bytes) == (without.exit_code, without.stdout_bytes)
    assert again.exception is None or isinstance(again.exception, SystemExit)


def test_a_changed_schedule_is_simulated_and_the_other_is_not(spec, place):
    run("table", "spec.yaml")
    spec.write_text(SPEC.replace("0.2", "0.3"))
    run("table", "spec.yaml")
    assert count(place) == 3


def counted(monkeypatch, place):
    """Counts how often the folder of curves is listed, and how often the disk is waited for."""
    calls = Counter()

    def scandir(path):
        calls["scandir"] += os.fspath(path) == str(place)
        return listing(path)

    def fsync(descriptor):
        calls["fsync"] += 1
        waiting(descriptor)

    listing, waiting = os.scandir, os.fsync
    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "fsync", fsync)
    return calls


@pytest.mark.parametrize("command", ["validate", "compare"])
def test_however_many_specs_the_folder_is_listed_once(tmp_path, place, monkeypatch, command):
    specs = [tmp_path / f"{number}.yaml" for number in range(30)]
    for number, path in enumerate(specs):
        path.write_text(SPEC.replace("lr: 0.1", f"lr: 0.1{number:02}"))
    names = [f"{path}:a" if command == "compare" else str(path) for path in specs]
    calls = counted(monkeypatch, place)
    assert run(command, *names).exit_code in (0, 1)
    assert calls == {"scandir": 1}
    assert count(place) == (30 if command == "compare" else 31)


def test_known_curves_are_found_without_listing_the_folder(place, monkeypatch):
    run("table", "spec.yaml")
    calls = counted(monkeypatch, place)
    assert run("table", "spec.yaml").exit_code == 0
    assert calls == {}


def test_no_cache_neither_reads_nor_keeps(place, no_simulation):
    run("table", "spec.yaml")
    no_simulation()
    assert run("table", "spec.yaml").exit_code == 0
    assert run("table", "spec.yaml", "--no-cache").exit_code == 3


def test_a_run_that_stops_midway_is_told_each_time(spec, place):
    spec.write_text(STOPS)
    first, again = run("table", "spec.yaml", "a"), run("table", "spec.yaml", "a")
    assert first.exit_code == again.exit_code == 1
    assert "total_steps" in first.stderr
    assert first.stderr == again.stderr
    assert count(place) == 0


def test_a_damaged_file_is_replaced(place):
    first = run("export", "spec.yaml", "a", "--format", "json")
    (path,) = place.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    assert run("export", "spec.yaml", "a", "--format", "json").stdout == first.stdout
    assert path.read_bytes() == whole


@pytest.mark.parametrize("where", ["/dev/null/x", "/proc/x", "spec.yaml"])
def test_without_a_place_commands_work(monkeypatch, where):
    monkeypatch.setenv("LRPLAN_CACHE_DIR", where)
    result = run("table", "spec.yaml")
    assert result.exit_code == 0
    assert result.stderr == ""


def test_the_python_interface_keeps_nothing(place):
    import lrplan

    lrplan.load("spec.yaml")["a"].simulate()
    assert not place.exists()


def test_info_counts_and_clear_removes(place):
    assert "holds   0 curves, 0 bytes" in run("cache", "info").stdout
    run("table", "spec.yaml")
    result = run("cache", "info").stdout
    assert f"folder  {place}\n" in result
    assert "holds   2 curves, " in result
    assert "in use  yes\n" in result
    assert run("cache", "dir").stdout == f"{place}\n"
    cleared = run("cache", "clear")
    assert (cleared.exit_code, cleared.stdout) == (0, "")
    assert cleared.stderr.startswith("removed 2 curves, ")
    assert not place.exists()
    assert run("cache", "clear", "-q").stderr == ""


def test_info_says_why_it_is_not_in_use(place, monkeypatch):
    place.mkdir(parents=True)
    place.chmod(0o777)
    assert "in use  no: other users can write" in run("cache", "info").stdout
    monkeypatch.setenv("LRPLAN_NO_CACHE", "1")
    assert "in use  no: LRPLAN_NO_CACHE is set" in run("cache", "info").stdout


@pytest.mark.parametrize("action", ["dir", "info", "clear"])
def test_without_a_home_the_commands_say_so(monkeypatch, action):
    monkeypatch.setattr(command, "folder", lambda: None)
    result = run("cache", action)
    assert result.exit_code == 2
    assert "LRPLAN_CACHE_DIR" in result.stderr


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (999, "999 bytes"),
        (1000, "1 kB"),
        (532_400, "532 kB"),
        (999_500, "1 MB"),
        (256_000_000, "256 MB"),
    ],
)
def test_sizes_are_for_people(size, text):
    assert command._size(size) == text


@pytest.mark.pinned  # older releases of typer name none
def test_an_unknown_action_names_the_nearest():
    result = run("cache", "claer")
    assert result.exit_code == 2
    assert "clear" in result.stderr


def test_the_json_of_a_known_curve_names_the_release_of_torch(no_simulation):
    first = json.loads(run("export", "spec.yaml", "--format", "json").stdout)
    no_simulation()
    again = json.loads(run("export", "spec.yaml", "--format", "json").stdout)
    assert again["torch"] == first["torch"]
