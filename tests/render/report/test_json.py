"""The report for scripts."""

import json
import re
from dataclasses import replace
from pathlib import Path

from lrplan.edits import Edit
from lrplan.finding import RULES_PAGE
from lrplan.lint.pages import pages
from lrplan.render.report import REPORTS
from tests.render.report.samples import COLUMN, HOSTILE, MIXED, SOURCES, context, finding

PROMISED = [
    "rule", "name", "severity", "file", "schedule", "path", "line", "column", "message", "fix",
    "edits", "url",
]  # fmt: skip


def report(findings):
    text = REPORTS["json"](findings, SOURCES, context=context())
    assert text.endswith("\n")
    return json.loads(text)


def test_every_promised_key_is_there():
    (found,) = report([finding()])
    assert {key: found[key] for key in PROMISED} == {
        "rule": "LRP301",
        "name": "rises",
        "severity": "error",
        "file": "a/spec.yaml",
        "schedule": "first",
        "path": "schedules.first.scheduler.T_max",
        "line": 5,
        "column": COLUMN,
        "message": "the rate rises again from tick 80",
        "fix": "T_max: 100",
        "edits": [],
        "url": "docs/rules.md#rises-lrp301",
    }
    more = {key: found[key] for key in found if key not in PROMISED}
    assert more == {"end_line": 5, "end_column": COLUMN + 2, "step": 800, "detail": []}


def test_edits_are_paths_and_yaml():
    edits = (Edit("schedules.first.scheduler.T_max", "100"), Edit("schedules.first.title", None))
    (found,) = report([finding(edits=edits)])
    assert found["edits"] == [
        {"path": "schedules.first.scheduler.T_max", "new": "100"},
        {"path": "schedules.first.title", "new": None},
    ]


def test_the_url_of_every_rule_and_problem_leads_to_its_heading():
    page = (Path(__file__).parents[3] / RULES_PAGE).read_text("utf-8")
    headings = re.findall(r"^#+ (\S+) \((LRP\d+)\)$", page, re.MULTILINE)
    anchors = {f"{name}-{code.lower()}" for name, code in headings}
    urls = {
        name: replace(finding(), name=name, rule=each.code).url.removeprefix(f"{RULES_PAGE}#")
        for name, each in pages().items()
    }
    assert {name for name, anchor in urls.items() if anchor not in anchors} == set()


def test_no_findings_are_an_empty_list():
    assert report([]) == []


def test_a_finding_about_the_whole_file_has_no_schedule():
    (found,) = report([finding(schedule=None, step=None)])
    assert (found["schedule"], found["step"]) == (None, None)


def test_findings_come_in_the_order_of_the_files():
    assert [(each["file"], each["line"]) for each in report(MIXED)] == [
        ("a/spec.yaml", 4),
        ("b.yaml", 3),
        ("b.yaml", 5),
        ("b.yaml", 7),
    ]


def test_hostile_text_comes_back_as_it_was_and_the_report_is_ascii():
    text = REPORTS["json"]([finding(message=HOSTILE)], SOURCES, context=context())
    assert text.isascii()
    assert json.loads(text)[0]["message"] == HOSTILE
