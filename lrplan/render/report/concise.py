"""The concise report: one line for each finding, for ``grep`` and for editors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrplan.finding import Finding
from lrplan.render.finding_text import headline
from lrplan.render.report.context import ReportContext
from lrplan.text_position import InputText
from lrplan.workflow_commands import escape_text


def report(
    findings: Sequence[Finding], _: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """``file:line:column: severity: message [name]`` and nothing else."""
    ordered = context.in_file_order(context.merge_duplicates(findings))
    lines = [f"{headline(each).plain}\n" for each in ordered]
    return escape_text("".join(lines))
