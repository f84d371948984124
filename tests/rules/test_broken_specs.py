"""Specs written from what users saw: the cause is named, at its place, and nothing else is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lrplan.finding import Severity
from lrplan.lint.registry import all_rules
from tests.support.rule_runs import findings

BROKEN = sorted((Path(__file__).parent / "broken").glob("*.yaml"))


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_the_cause_is_named(path):
    text = path.read_text(encoding="utf-8")
    grave = [each for each in findings(text) if each.severity is not Severity.INFO]
    assert grave, "nothing but infos"
    assert {each.name for each in grave} <= _expected(text), [str(each) for each in grave]
    assert len({each.name for each in grave}) == 1, "one cause, told once"
    assert {each.line for each in grave} == {_marked(text)}, [str(each) for each in grave]


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_the_message_has_numbers_and_a_way_out(path):
    text = path.read_text(encoding="utf-8")
    for each in findings(text):
        if each.severity is not Severity.INFO:
            assert re.search(r"\d", each.message)
            assert each.fix


def test_every_expectation_is_a_rule():
    named = {name for path in BROKEN for name in _expected(path.read_text(encoding="utf-8"))}
    assert len(BROKEN) >= 10
    assert named <= set(all_rules())


def _expected(text):
    """The rules of which one must name the cause."""
    says = re.search(r"^# lrplan says: (.+)$", text, re.MULTILINE)
    assert says
    return set(says[1].split(" | "))


def _marked(text):
    """The line, counted from 1, of the argument at fault."""
    (line,) = (at for at, line in enumerate(text.splitlines(), 1) if line.endswith("# <-"))
    return line
