"""Names that are commands for a CI runner, through every command and format."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attack import flow, run, spec_of
from tests.hostile.runners import obeyed

NAMES = (
    "::error file=x::y",
    "  ::stop-commands::token",
    "fine\n::add-mask::secret",
    "fine\r\n \t::set-output name=a::b",
    "##[add-mask]e",
    "so ##vso[task.setvariable variable=PATH]x",
    "###[error]\u200b::notice::z",
    "a " * 45 + "::warning::folded",
)
ANNOTATION = re.compile(r"::(error|warning|notice) (file|title)=[^:]*::")


def schedule(name, other):
    """A schedule in which everything that can be named is called ``name`` or ``other``."""
    return {
        "title": name,
        "description": other,
        "optimizer": {"type": "SGD", "lr": 0.1, "groups": {name: {"lr": 0.2}, other: {}}},
        "scheduler": [
            {"type": "ReduceLROnPlateau", "monitor": name, "name": name, "groups": [name]},
            {"type": "CosineAnnealingLR", "T_max": 2, "groups": [other]},
        ],
        "metrics": {name: [1, 2, 3, 4]},
    }


def sound(names):
    """A spec that can be used."""
    pairs = zip(names, [*names[1:], "other"], strict=True)
    return spec_of(
        {name: schedule(name, other) for name, other in pairs}, "epochs: 4, steps_per_epoch: 3"
    )


def faulty(names):
    """A spec that quotes ``names`` in as many messages as there are."""
    return spec_of(
        {
            name: {
                name: 1,
                "optimizer": {"type": name, "lr": name, "groups": {name: {name: 1}}},
                "scheduler": [
                    {"type": name},
                    {"type": "StepLR", "step_size": name, "groups": [name]},
                    {"type": "LambdaLR", "lr_lambda": name},
                    {"type": "ReduceLROnPlateau", "monitor": name, "mode": name},
                ],
                "metrics": {name: {"csv": name, "column": name, "then": name}},
                "ignore": [name],
            }
            for name in names
        },
        f"epochs: 4, {json.dumps(names[0])}: 1",
    ) + "".join(f"{json.dumps(name)}: {flow(name)}\n" for name in names)


FOLDED = "::warning::" + "x " * 60
COMMANDS = (
    ("table", "{}"),
    ("table", "{}", "--every", "5", "--field", "lr,momentum"),
    ("table", "{}", "--resume-at", "6"),
    ("table", "{}", "::error::nobody"),
    ("table", "{}", "--field", "##[error]x"),
    ("plot", "{}"),
    ("plot", "{}", "-o", "##[error]x"),
    ("plot", "{}", "--device", "::error::x"),
    ("plot", "{}", "--size", "##[error]x"),
    ("plot", "{}", "--theme", "##[error]x"),
    ("validate", "{}"),
    ("validate", "{}", "-f", "concise", "--statistics"),
    ("validate", "{}", "-f", "json"),
    ("validate", "{}", "-f", "sarif"),
    ("validate", "{}", "-f", "junit", "--fail-on", "info"),
    ("validate", "{}", "--static"),
    ("validate", "{}", "--locked"),
    ("validate", "{}", "--select", "##[error]x"),
    ("validate", "##[error]x", "::error::x"),
    ("compare", "{}"),
    ("compare", "{}", "{}", "-f", "json"),
    ("compare", "{}:::error::nobody", "{}"),
    ("compare", "{}", "{}", "--group", "##[error]x=y"),
    ("export", "{}"),
    ("export", "{}", "-f", "csv"),
    ("export", "{}", "-f", "markdown"),
    ("export", "{}", "::error file=x::y", "-f", "pytorch"),
    ("export", "{}", "##[add-mask]e", "-f", "lightning"),
    ("export", "{}", "##[add-mask]e", "-f", "transformers"),
    ("lock", "{}"),
    ("lock", "{}", "--check"),
    ("lock", "{}", "-o", "-"),
    ("init", "{}"),
    ("explain", "##[error]x"),
    ("schedulers", "##[error]x"),
    ("schedulers", FOLDED),
    ("##[error]x",),
    ("::error::x",),
    ("--##[error]x",),
    (FOLDED,),
)


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A name that is a command in both ways; no file of Windows has a colon in its name."""
    monkeypatch.chdir(tmp_path)
    return Path("##[error]s.yaml" if sys.platform == "win32" else "::error file=##[error]x::y.yaml")


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda each: " ".join(each)[:40])
def test_no_command_prints_one(path, arguments):
    for text in (sound(NAMES), faulty(NAMES)):
        path.write_text(text, encoding="utf-8")
        if arguments[-2:] == ("-f", "csv") or "--locked" in arguments:
            run("lock", path)
        result = run(*(each.replace("{}", str(path)) for each in arguments))
        assert obeyed(result.stdout) == []
        assert obeyed(result.stderr) == []


@pytest.mark.parametrize("make", [sound, faulty])
def test_annotations_are_our_own(path, make):
    path.write_text(make(NAMES), encoding="utf-8")
    result = run("validate", path, "-f", "github")
    assert result.stdout
    for line in result.stdout.splitlines():
        assert ANNOTATION.match(line), line
        assert not re.search(r"##(vso)?\[", line)


@pytest.mark.parametrize("form", ["text", "concise"])
def test_nor_does_a_report_in_a_file(path, form):
    path.write_text(sound(NAMES), encoding="utf-8")
    run("validate", path, "-f", form, "-o", "report.txt")
    assert obeyed(Path("report.txt").read_text(encoding="utf-8")) == []


def test_data_stay_exact(path):
    path.write_text(sound(NAMES), encoding="utf-8")
    exported = json.loads(run("export", path).stdout)["schedules"]
    assert [each["name"] for each in exported] == list(NAMES)
    assert [each["groups"][0]["name"] for each in exported] == list(NAMES)
    run("export", path, "-f", "csv", "-o", "x.csv")
    rows = list(csv.reader(io.StringIO(Path("x.csv").read_text(encoding="utf-8"), newline="")))
    assert {row[0] for row in rows[1:]} == {name.replace("\r\n", "\n") for name in NAMES}
    report = json.loads(run("validate", path, "-f", "json", "--select", "LRP").stdout)
    assert {each["schedule"] for each in report} <= set(NAMES)
    ET.fromstring(run("validate", path, "-f", "junit").stdout)
    run("lock", path)
    assert run("lock", path, "--check").exit_code == 0


def test_csv_is_refused_where_it_would_be_obeyed(path):
    path.write_text(sound(NAMES[:1]), encoding="utf-8")
    plain = run("export", path, "-f", "csv")
    assert plain.exit_code == 0
    assert next(csv.reader(plain.stdout.splitlines()[1:]))[0] == NAMES[0]
    for name in NAMES[2:6]:
        path.write_text(sound([name]), encoding="utf-8")
        refused = run("export", path, "-f", "csv")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "write a file with -o" in refused.stderr
        assert run("export", path, "-f", "csv", "-o", "x.csv").exit_code == 0


PARTS = st.sampled_from(["::", "##[", "##vso[", "]", "\n", " ", "#", ":", "error", "x", "\t"])
NAME = st.lists(PARTS, min_size=1, max_size=5).map("".join)


@settings(max_examples=6, deadline=None)
@given(names=st.lists(NAME, min_size=1, max_size=2, unique=True))
def test_nor_with_names_at_random(tmp_path_factory, names):
    folder = tmp_path_factory.mktemp("random")
    spec = folder / "spec.yaml"
    spec.write_text(sound([f"{name}{index}" for index, name in enumerate(names)]), encoding="utf-8")
    for arguments in (
        ("table", spec),
        ("compare", spec, spec),
        ("export", spec, "-f", "markdown"),
        ("export", spec, "-f", "csv"),
        ("export", spec),
        ("lock", spec, "-o", "-"),
        ("validate", spec, "-f", "concise"),
        ("validate", spec, "-f", "junit"),
        ("validate", spec),
    ):
        result = run(*arguments)
        assert obeyed(result.stdout) == obeyed(result.stderr) == [], arguments


CODE = """\
import warnings

import torch


def make():
    print("::error::printed")
    warnings.warn("fine\\n::error::warned")
    raise ValueError("fine\\n  ::error::raised ##[error]x")
"""
FACTORY = """\
training: {epochs: 2, steps_per_epoch: 3}
schedules: {a: {factory: "./code.py:make"}}
"""


def test_what_code_of_users_says(tmp_path):
    """A whole process: its standard error is that of the process, not of a runner of tests."""
    (tmp_path / "code.py").write_text(CODE)
    (tmp_path / "spec.yaml").write_text(FACTORY)
    command = [sys.executable, "-m", "lrplan", "table", "spec.yaml", "--trust", "--debug"]
    done = subprocess.run(
        command, cwd=tmp_path, check=False, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 2
    for told in ("Traceback", "::error::raised", "::error::printed"):
        assert told in done.stderr
    assert obeyed(done.stdout) == obeyed(done.stderr) == []
