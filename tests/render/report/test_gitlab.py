"""The Code Quality report of GitLab."""

import json

from lrplan.finding import Severity
from lrplan.render.report import REPORTS
from lrplan.workflow_commands import has_command
from tests.render.report.samples import HOSTILE, SOURCES, context, finding


def run(*findings):
    return json.loads(REPORTS["gitlab"](findings, SOURCES, context=context()))


def test_an_issue_has_what_gitlab_asks_for():
    issue, info = run(finding(), finding("starts-cold"))
    assert issue["description"] == "the rate rises again from tick 80. Fix: T_max: 100"
    assert issue["check_name"] == "rises"
    assert issue["severity"] == "critical"
    assert issue["location"] == {"path": "a/spec.yaml", "lines": {"begin": 5}}
    assert info["severity"] == "info"
    assert issue["fingerprint"] != info["fingerprint"]


def test_a_warning_is_major_and_no_findings_are_an_empty_list():
    assert run(finding(severity=Severity.WARNING))[0]["severity"] == "major"
    assert run() == []


def test_names_of_strangers_start_no_command():
    hostile = finding(message=f"##vso[task.complete]{HOSTILE}", file="##[error]x")
    text = REPORTS["gitlab"]([hostile], {}, context=context())
    assert not has_command(text)
    assert json.loads(text)[0]["location"]["path"] == "##[error]x"
