"""Logging commands of Azure Pipelines."""

import re

import pytest

from lrplan.render.report import REPORTS
from lrplan.workflow_commands import has_command
from tests.render.report.samples import HOSTILE, SOURCES, context, finding


def run(*findings):
    return REPORTS["azure"](findings, SOURCES, context=context()).splitlines()


def test_errors_and_warnings_are_issues_and_infos_are_lines():
    lines = run(finding(), finding("late"), finding("starts-cold"))
    assert len(lines) == 3
    assert (
        "##vso[task.logissue type=error;sourcepath=a/spec.yaml;linenumber=5;columnnumber=49;"
        "code=rises]the rate rises again from tick 80. T_max: 100"
    ) in lines
    assert sum("type=warning;" in line for line in lines) == 1
    assert sum(not line.startswith("##vso") for line in lines) == 1


@pytest.mark.parametrize("where", ["message", "fix", "file"])
def test_names_of_strangers_start_no_other_command(where):
    text = f"a;b]c%0Ad\n##vso[task.complete result=Failed;]{HOSTILE}"
    (line,) = run(finding(**{where: text}))
    command, _, message = line.partition("]")
    assert re.fullmatch(r"##vso\[task\.logissue type=error;[^\]]*", command)
    assert len(command.split(";")) == 5
    assert not has_command(message)
    assert "%AZP250Ad" in line
