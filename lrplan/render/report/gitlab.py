"""The GitLab report: a Code Quality artifact, which merge requests show.

Source: GitLab, Code Quality, "Code Quality report format".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from lrplan.finding import Finding, Severity
from lrplan.render.report.context import ReportContext
from lrplan.render.report.fingerprints import fingerprints
from lrplan.text_position import InputText
from lrplan.workflow_commands import escape_json

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def report(
    findings: Sequence[Finding], sources: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """A list of issues; files are named as they were given, which should be from the repository."""
    ordered = context.in_file_order(findings)
    digests = fingerprints(ordered, sources)
    issues = [_issue(*each) for each in zip(ordered, digests, strict=True)]
    return escape_json(json.dumps(issues, indent=2)) + "\n"


def _issue(finding: Finding, fingerprint: str) -> dict[str, object]:
    fix = f" Fix: {finding.fix}" if finding.fix else ""
    return {
        "description": f"{finding.message}.{fix}",
        "check_name": finding.name,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": PurePath(finding.file).as_posix(),
            "lines": {"begin": finding.line},
        },
    }
