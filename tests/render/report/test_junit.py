"""The JUnit report, read back by an XML parser."""

from xml.etree import ElementTree as ET

import pytest

from lrplan.finding import Severity
from lrplan.render.report import REPORTS
from tests.render.report.samples import HOSTILE, LINE, MIXED, SOURCES, context, finding


def report(findings, **changes):
    text = REPORTS["junit"](findings, SOURCES, context=context(**changes))
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites')
    return ET.fromstring(text.encode())


def cases(suite):
    return {case.get("name"): case.find("failure") is None for case in suite.findall("testcase")}


def counts(element):
    return tuple(int(element.get(key)) for key in ("tests", "failures", "errors"))


def test_every_schedule_is_a_case_that_passes():
    root = report([])
    assert [suite.get("name") for suite in root] == ["a/spec.yaml", "b.yaml"]
    assert all(cases(suite) == {"first": True, "second": True} for suite in root)
    assert counts(root) == (4, 0, 0)


def test_a_schedule_with_findings_fails_once_for_each():
    root = report(MIXED)
    first, second = root
    assert cases(first) == {"second": True, "first: late": False}
    assert cases(second) == {"first: rises": False, "second: late": False}
    assert (counts(first), counts(second), counts(root)) == ((2, 1, 0), (2, 2, 0), (4, 3, 0))


def test_a_failure_says_where_what_and_how_to_mend_it():
    failure = report([finding()]).find(".//failure")
    assert failure.get("type") == "error"
    assert failure.get("message") == "the rate rises again from tick 80"
    where, line, carets, fix = failure.text.split("\n")
    assert where.startswith("a/spec.yaml:5:")
    assert line.endswith(LINE)
    assert set(carets.strip("| ")) == {"^"}
    assert fix == "fix: T_max: 100"


@pytest.mark.parametrize(
    ("fail_on", "failures"), [(Severity.ERROR, 1), (Severity.WARNING, 3), (Severity.INFO, 4)]
)
def test_it_fails_where_the_command_fails(fail_on, failures):
    root = report(MIXED, fail_on=fail_on)
    assert len(root.findall(".//failure")) == failures
    told = "".join(each.text for each in root.findall(".//system-out"))
    assert len(told.splitlines()) <= 4 - failures
    assert told.count("[") == 4 - failures


def test_findings_alike_have_names_of_their_own():
    (suite,) = report([finding(line=5), finding(line=6)], schedules={"a/spec.yaml": ["first"]})
    assert list(cases(suite)) == ["first: rises", "first: rises (2)"]


def test_a_file_that_cannot_be_read_fails_although_it_has_no_schedules():
    (suite,) = report([finding(schedule=None)], schedules={"a/spec.yaml": []})
    assert cases(suite) == {"(file): rises": False}


def test_every_case_knows_its_file():
    assert {case.get("file") for case in report(MIXED).iter("testcase")} == set(SOURCES)


@pytest.mark.parametrize("fail_on", [Severity.ERROR, Severity.INFO])
def test_hostile_text_is_still_xml(fail_on):
    hostile = finding("late", message=HOSTILE, fix=HOSTILE, file=HOSTILE, schedule=HOSTILE)
    root = report([hostile], schedules={HOSTILE: [HOSTILE, "\x0b"]}, fail_on=fail_on)
    assert len(root.findall(".//failure")) == (fail_on is Severity.INFO)
    assert "</failure>" in "".join(root.itertext())
    assert "\x1b" not in ET.tostring(root, encoding="unicode")
