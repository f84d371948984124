"""A JUnit report: a suite for each file, a case for each schedule and for each failure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.etree import ElementTree as ET

from lrplan.finding import Finding
from lrplan.render.finding_text import WIDTH, headline, snippet
from lrplan.render.report.context import ReportContext
from lrplan.text_position import InputText, printable
from lrplan.workflow_commands import escape_xml

_WHOLE_FILE = "(file)"
"""The name of the case for findings that belong to no schedule."""


def report(
    findings: Sequence[Finding], sources: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """A test case for each schedule that passes, and one for each finding that fails the run.

    Findings below ``context.fail_on`` are listed in the output of their suite, so that the report
    fails exactly when the command does. Some readers take one failure of a case only: hence a
    case for each.
    """
    root = ET.Element("testsuites", name="lrplan")
    ordered = context.in_file_order(findings)
    for file in dict.fromkeys([*context.schedules, *(each.file for each in ordered)]):
        of_file = [each for each in ordered if each.file == file]
        root.append(_suite(file, of_file, sources.get(file), context))
    _count(root)
    ET.indent(root)
    document = escape_xml(ET.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document}\n'


def _suite(
    file: str, findings: Sequence[Finding], source: InputText | None, context: ReportContext
) -> ET.Element:
    suite = ET.Element("testsuite", name=_clean(file))
    failures = [each for each in findings if context.fails(each)]
    failing = {finding.schedule for finding in failures}
    for schedule in context.schedules.get(file, ()):
        if schedule not in failing:
            suite.append(_case(schedule, file))
    for name, finding in _numbered(failures):
        case = _case(name, file)
        case.append(_failure(finding, source))
        suite.append(case)
    rest = [headline(each).plain for each in findings if not context.fails(each)]
    if rest:
        ET.SubElement(suite, "system-out").text = _clean("\n".join(rest))
    _count(suite)
    return suite


def _case(name: str, file: str) -> ET.Element:
    return ET.Element("testcase", name=_clean(name), classname=_clean(file), file=_clean(file))


def _numbered(failures: Iterable[Finding]) -> Iterator[tuple[str, Finding]]:
    """Names that stay when lines move: the schedule and the rule, numbered where they repeat."""
    # Example: two findings of one rule are "cosine: zero-lr" and "cosine: zero-lr (2)": readers of
    # JUnit reports recognise a case by its name from run to run.
    seen: Counter[str] = Counter()
    for finding in failures:
        name = f"{finding.schedule or _WHOLE_FILE}: {finding.name}"
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})", finding


def _failure(finding: Finding, source: InputText | None) -> ET.Element:
    failure = ET.Element("failure", type=finding.severity.value, message=_clean(finding.message))
    lines = [f"{finding.file}:{finding.line}:{finding.column}"]
    if source is not None:
        lines += snippet(finding, source, WIDTH).splitlines()
    lines += finding.detail
    if finding.fix:
        lines.append(f"fix: {finding.fix}")
    failure.text = _clean("\n".join(lines))
    return failure


def _count(element: ET.Element) -> None:
    element.set("tests", str(len(element.findall(".//testcase"))))
    element.set("failures", str(len(element.findall(".//failure"))))
    element.set("errors", "0")


def _clean(text: str) -> str:
    """``text`` without what XML 1.0 cannot hold, not even escaped; lines stay lines."""
    return "\n".join(printable(line) for line in text.split("\n"))
