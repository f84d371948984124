"""The Azure report: issues of a pipeline, as logging commands of its agent.

Source: Azure Pipelines, "Logging commands", ``task.logissue``; ``Command.cs`` of its agent for the
escapes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from lrplan.finding import Finding, Severity
from lrplan.render.finding_text import headline
from lrplan.render.report.context import ReportContext
from lrplan.text_position import InputText, printable
from lrplan.workflow_commands import escape_text, escape_within_line

_TYPES = {Severity.ERROR: "error", Severity.WARNING: "warning"}


def report(
    findings: Sequence[Finding], _: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """A command for each error and warning; infos, which the agent has not, are plain lines."""
    ordered = context.in_file_order(context.merge_duplicates(findings))
    return "".join(f"{_line(each)}\n" for each in ordered)


def _line(finding: Finding) -> str:
    if finding.severity is Severity.INFO:
        return escape_text(headline(finding).plain)
    properties = {
        "type": _TYPES[finding.severity],
        "sourcepath": PurePath(printable(finding.file)).as_posix(),
        "linenumber": str(finding.line),
        "columnnumber": str(finding.column),
        "code": finding.name,
    }
    listed = ";".join(f"{key}={_property(value)}" for key, value in properties.items())
    text = ". ".join(printable(part) for part in (finding.message, finding.fix) if part)
    return f"##vso[task.logissue {listed}]{_message(text)}"


def _message(text: str) -> str:
    """``text`` behind a command: the agent undoes these escapes, and obeys nothing in it."""
    escaped = escape_within_line(text)
    return escaped.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace("]", "%5D").replace(";", "%3B")
