"""Workflow commands, read back the way the runner of GitHub Actions reads them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrplan.finding import Severity
from lrplan.render.report import REPORTS
from tests.render.report.samples import COLUMN, HOSTILE, MIXED, SOURCES, context, finding

COMMAND = re.compile(r"::(?P<command>[a-z]+)(?: (?P<properties>.*?))?::(?P<data>.*)")
"""https://github.com/actions/runner: up to the second ``::`` stand the command and properties."""


def unescaped(text, *codes):
    for code in (*codes, "0D", "0A", "25"):
        text = text.replace(f"%{code}", chr(int(code, 16)))
    return text


def read(report):
    """Command, properties and message of every line, none of which may be anything else."""
    commands = []
    for line in report.split("\n")[:-1]:
        match = COMMAND.fullmatch(line)
        assert match is not None, line
        pairs = [pair.partition("=") for pair in (match["properties"] or "").split(",")]
        properties = {key: unescaped(value, "3A", "2C") for key, _, value in pairs}
        commands.append((match["command"], properties, unescaped(match["data"])))
    return commands


def report(findings):
    return REPORTS["github"](findings, SOURCES, context=context())


def test_a_finding_is_an_annotation_with_its_place():
    ((command, properties, message),) = read(report([finding()]))
    assert command == "error"
    assert properties == {
        "file": "a/spec.yaml",
        "line": "5",
        "endLine": "5",
        "col": str(COLUMN),
        "endColumn": str(COLUMN + 2),
        "title": "rises",
    }
    assert message == "the rate rises again from tick 80\nT_max: 100"


def test_the_most_severe_come_first():
    commands = read(report(MIXED))
    assert [command for command, _, _ in commands] == ["error", "warning", "warning", "notice"]
    assert [properties["file"] for _, properties, _ in commands[1:3]] == ["a/spec.yaml", "b.yaml"]


def test_several_lines_have_no_columns():
    ((_, properties, _),) = read(report([finding(end_line=7)]))
    assert (properties["line"], properties["endLine"]) == ("5", "7")
    assert not properties.keys() & {"col", "endColumn"}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["rises"] * 10 + ["late"] * 10 + ["starts-cold"] * 10, None),
        (["rises"] * 11 + ["late"], "11 errors, 1 warning."),
        (["late"] * 11 + ["starts-cold"] * 2, "11 warnings, 2 infos."),
        (["starts-cold"] * 11, "11 infos."),
    ],
    ids=["none", "errors", "warnings", "infos"],
)
def test_more_than_ten_of_a_kind_are_announced(names, said):
    commands = read(report([finding(name, step=step) for step, name in enumerate(names)]))
    announced = [message for _, properties, message in commands if "file" not in properties]
    assert len(commands) == len(names) + len(announced)
    assert len(announced) == (said is not None)
    assert all(message.startswith(said) for message in announced)


def test_the_announcement_is_the_first_notice_for_only_ten_of_them_are_shown():
    names = ["rises"] * 11 + ["starts-cold"] * 11
    commands = read(report([finding(name, step=step) for step, name in enumerate(names)]))
    assert [command for command, _, _ in commands] == ["error"] * 11 + ["notice"] * 12
    assert commands[11][1] == {"title": "lrplan"}


def test_nothing_found_says_nothing():
    assert report([]) == ""


@given(st.text(), st.text(), st.sampled_from(Severity))
def test_no_text_breaks_out_of_its_place(message, file, severity):
    ((command, properties, said),) = read(
        report([finding(message=message, file=f"x{file}", severity=severity)])
    )
    assert command in {"error", "warning", "notice"}
    assert list(properties) == ["file", "line", "endLine", "col", "endColumn", "title"]
    assert said.count("\n") == bool(message)


def test_hostile_text_is_neither_a_command_nor_an_escape_sequence():
    text = report([finding(message=HOSTILE, fix=HOSTILE, file=HOSTILE)])
    assert len(text.splitlines()) == 1
    assert text.rstrip("\n").isprintable()
    ((_, properties, message),) = read(text)
    assert "100% a:b,c" in message
    assert "a:b,c" in properties["file"]
