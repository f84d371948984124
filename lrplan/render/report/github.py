"""The GitHub report: annotations on a pull request, as workflow commands of GitHub Actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from lrplan.finding import Finding, Severity
from lrplan.render.report.context import ReportContext
from lrplan.render.report.counts import WORDS, tally
from lrplan.text import quantity
from lrplan.text_position import InputText, printable
from lrplan.workflow_commands import escape_within_line

MOST_ANNOTATIONS = 10
"""Annotations of one kind that GitHub shows for a step; the rest is in its log only."""

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def report(
    findings: Sequence[Finding], _: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """A command for each finding, the most severe first, and a notice if GitHub shows not all.

    Files are named as they were given: run ``validate`` at the top of the repository.
    """
    merged = context.in_file_order(context.merge_duplicates(findings))
    ordered = sorted(merged, key=lambda each: each.severity.rank)
    lines = [_annotation(finding) for finding in ordered if finding.severity is not Severity.INFO]
    # The overflow message is a notice, too. It comes before the infos, which are notices, since
    # GitHub shows only the first ten.
    lines += _overflow(ordered)
    lines += [_annotation(finding) for finding in ordered if finding.severity is Severity.INFO]
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding) -> str:
    properties = {
        "file": escape_within_line(PurePath(printable(finding.file)).as_posix()),
        "line": finding.line,
        **_extent(finding),
        "title": finding.name,
    }
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    parts = (finding.message, *finding.detail, finding.fix)
    # Within a line of ours `::` is text, but `##[` and `##vso[` are commands anywhere.
    text = escape_within_line("\n".join(printable(part) for part in parts if part))
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(text)}"


def _extent(finding: Finding) -> dict[str, int]:
    """Columns go with one line only: GitHub refuses them for an annotation of several."""
    if finding.end_line > finding.line:
        return {"endLine": finding.end_line}
    end = max(finding.column, finding.end_column)
    return {"endLine": finding.line, "col": finding.column, "endColumn": end}


def _overflow(findings: Sequence[Finding]) -> list[str]:
    counts = tally(findings)
    if all(count <= MOST_ANNOTATIONS for _, count in counts):
        return []
    total = ", ".join(quantity(count, WORDS[severity]) for severity, count in counts)
    limit = f"GitHub shows {MOST_ANNOTATIONS} of a kind for each step"
    text = f"{total}. {limit}; the log of this step has all."
    return [f"::notice title=lrplan::{_data(text)}"]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
