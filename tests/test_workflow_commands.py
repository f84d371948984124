"""No text is a command for a CI runner, in whatever parts it is written; data stay as they are."""

import io
import json
import sys
from ast import literal_eval
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lrplan.text_position import printable
from lrplan.workflow_commands import (
    EscapingStream,
    escape_json,
    escape_quoted,
    escape_text,
    escape_within_line,
    escape_xml,
    has_command,
    standard_streams_escaped,
)
from tests.hostile.runners import obeyed

PIECES = st.sampled_from(
    [
        *("::", ":", "#", "##", "[", "]", "vso", "VSO", "teamcity", "error"),
        *(" ", "\n", "\r", "\t", "\u00a0", "\u200b", "\ufeff", "\x00", "\u2028"),
        *("é", "a" * 40, " " * 40),
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("::error file=x::y", r"\::error file=x::y"),
        ("  ::add-mask::x", r"  \::add-mask::x"),
        ("fine\n::stop-commands::x", "fine\n\\::stop-commands::x"),
        ("fine\r::error::x", "fine\r\\::error::x"),
        ("\u200b::error::x", "\u200b\\::error::x"),
        (":\u200b:error::x", "\\:\u200b:error::x"),
        ("\x1b[1m::error::x", "\x1b[1m\\::error::x"),
        ("see ##[add-mask]x", r"see #\#[add-mask]x"),
        ("see ###[error]x", r"see ##\#[error]x"),
        ("see ##vso[task.setvariable]x", r"see #\#vso[task.setvariable]x"),
        ("see ##teamcity[x]", r"see #\#teamcity[x]"),
    ],
)
def test_commands_get_a_backslash(text, expected):
    assert has_command(text)
    assert escape_text(text) == expected


@pytest.mark.parametrize("text", ["", "a::b", "a ::b", "## [x]", "#[x]", "# #[x]", "lr: 0.1", "é"])
def test_other_text_stays(text):
    assert not has_command(text)
    assert escape_text(text) == text


def printable_lines(text):
    """``text`` as reports have it: without what XML cannot hold."""
    return "\n".join(map(printable, text.split("\n")))


@given(TEXTS)
def test_no_text_is_obeyed(text):
    escaped = escape_text(text)
    assert not obeyed(escaped)
    assert escaped.replace("\\", "") == text


@given(st.lists(TEXTS, max_size=6))
def test_nor_is_it_when_written_in_parts(parts):
    below = io.StringIO(newline="")
    stream = EscapingStream(below)
    stream.writelines(parts)
    assert not obeyed(below.getvalue())
    assert below.getvalue().replace("\\", "") == "".join(parts)


@given(TEXTS)
def test_data_say_the_same(text):
    document = escape_json(json.dumps([text, "\\" + text], indent=2))
    assert json.loads(document) == [text, "\\" + text]
    quoted = escape_quoted(json.dumps(text))
    assert literal_eval(quoted) == yaml.safe_load(quoted) == text
    assert not obeyed(document)
    assert not obeyed(f"name: {quoted}")


@given(TEXTS.map(printable_lines))
def test_xml_says_the_same(text):
    root = ET.Element("a", name=text)
    root.text = f"\n{text}"
    document = escape_xml(ET.tostring(root, encoding="unicode"))
    again = ET.fromstring(document)
    assert (again.get("name"), again.text) == (text, f"\n{text}")
    assert not obeyed(document)


def test_within_a_line_colons_are_text():
    assert escape_within_line("::a ##[b]") == r"::a #\#[b]"


@pytest.mark.parametrize("text", ["\x1c" * 50_000, "\n" * 50_000, "#" * 50_000, "\x1b[1m" * 20_000])
def test_long_texts_end(text):
    assert escape_text(f"{text}#") == f"{text}#"


def test_standard_streams_are_put_back(capsys):
    before = sys.stdout, sys.stderr
    with standard_streams_escaped():
        sys.stdout.write("::error::x\n")
        sys.stderr.write("::error::y\n")
        assert sys.stdout.isatty() is before[0].isatty()
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr() == ("\\::error::x\n", "\\::error::y\n")


def test_a_stream_that_was_replaced_meanwhile_stays(monkeypatch):
    other = io.StringIO()
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setattr(sys, "stderr", None)
    with standard_streams_escaped():
        sys.stdout = other
    assert sys.stdout is other
    assert sys.stderr is None
