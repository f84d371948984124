"""The JSON report: a list of findings, for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from lrplan.finding import Finding
from lrplan.render.report.context import ReportContext
from lrplan.render.rule_pages import page_of_rule
from lrplan.text_position import InputText
from lrplan.workflow_commands import escape_json


def report(
    findings: Sequence[Finding], _: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """Every finding with all it says; lines and columns count from 1, ends are exclusive.

    ``schedule`` is null for what concerns the whole file, ``step`` where there is none. ``detail``
    has lines for people, such as the traceback through the user's own code.
    """
    objects = [_as_dict(finding) for finding in context.in_file_order(findings)]
    return escape_json(json.dumps(objects, indent=2)) + "\n"


def _as_dict(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.value,
        "file": finding.file,
        "schedule": finding.schedule,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "step": finding.step,
        "message": finding.message,
        "fix": finding.fix,
        "edits": [
            *({"path": edit.path, "new": edit.new} for edit in finding.edits),
            *({**asdict(edit.place), "new": edit.new} for edit in finding.text_edits),
        ],
        "url": page_of_rule(finding.name, finding.rule) or finding.url,
        "detail": list(finding.detail),
    }
