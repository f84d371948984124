"""The SARIF 2.1.0 report, for code scanning.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lrplan.finding import Finding, Severity
from lrplan.render.report.context import ReportContext, RuleDescription
from lrplan.render.report.fingerprints import fingerprints, uri_of
from lrplan.render.rule_pages import page_of_rule
from lrplan.specfile.apply_edits import EditError, replacements
from lrplan.specfile.yaml.text_changes import Replacement
from lrplan.text_position import InputText, TextPosition
from lrplan.workflow_commands import escape_json

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_FINGERPRINT = "lrplan/v1"


def report(
    findings: Sequence[Finding], sources: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """A log with one run; its rules are those that found something."""
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(findings, sources, context)]}
    return escape_json(json.dumps(log, indent=2)) + "\n"


def _run(
    findings: Sequence[Finding], sources: Mapping[str, InputText], context: ReportContext
) -> dict[str, Any]:
    found = {finding.rule for finding in findings}
    rules = [rule for rule in context.rules().values() if rule.code in found]
    indices = {rule.code: index for index, rule in enumerate(rules)}
    ordered = context.in_file_order(findings)
    digests = fingerprints(ordered, sources)
    return {
        "tool": {
            "driver": {
                "name": "lrplan",
                "version": context.lrplan,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        # A spec that cannot be used is a result; a run that fails itself writes no report.
        "invocations": [{"executionSuccessful": True}],
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": uri_of(file)}} for file in context.schedules],
        "results": [
            _result(finding, indices.get(finding.rule, -1), fingerprint)
            | _fixes(finding, sources.get(finding.file))
            for finding, fingerprint in zip(ordered, digests, strict=True)
        ],
        "properties": {"torch": context.torch},
    }


def _rule(rule: RuleDescription) -> dict[str, Any]:
    page = page_of_rule(rule.name, rule.code)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _plain(rule.summary)},
        "fullDescription": {"text": _plain(_opening(rule.text) or rule.summary)},
        **({"helpUri": page} if page else {}),
        "help": {"text": _plain(rule.text or rule.summary), "markdown": rule.text or rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.family]},
    }


def _opening(page: str) -> str:
    """A page up to its first heading."""
    return page.partition("\n#")[0].strip()


def _result(finding: Finding, rule_index: int, fingerprint: str) -> dict[str, Any]:
    text = f"{finding.message}. Fix: {finding.fix}" if finding.fix else finding.message
    result = {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[finding.severity],
        "message": {"text": _plain(text)},
        "locations": [_location(finding)],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
    }
    bag = {"path": finding.path, "fix": finding.fix, "step": finding.step}
    properties = {key: value for key, value in bag.items() if value not in ("", None)}
    return {**result, "properties": properties} if properties else result


def _fixes(finding: Finding, source: InputText | None) -> dict[str, Any]:
    """The property ``fixes`` of a result; empty if the fix does not change the file."""
    if source is None:
        return {}
    try:
        changes = replacements(source.text, finding.edits) if finding.edits else []
    except EditError:  # the layout does not let it be edited: the sentence has to do
        return {}
    parts = [_replacement(each, source.text) for each in changes]
    parts += [_deleted(each.place, each.new) for each in finding.text_edits]
    if not parts:
        return {}
    change = {"artifactLocation": {"uri": uri_of(finding.file)}, "replacements": parts}
    fix = {"description": {"text": _plain(finding.fix)}, "artifactChanges": [change]}
    return {"fixes": [fix]}


def _replacement(change: Replacement, text: str) -> dict[str, Any]:
    start_line, start_column = _line_and_column(text, change.start)
    end_line, end_column = _line_and_column(text, change.end)
    place = TextPosition(start_line, start_column, end_line, end_column)
    return _deleted(place, change.new)


def _deleted(place: TextPosition, new: str) -> dict[str, Any]:
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {"deletedRegion": region, "insertedContent": {"text": new}}


def _line_and_column(text: str, index: int) -> tuple[int, int]:
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _location(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": uri_of(finding.file)},
            "region": _region(finding),
        }
    }
    if finding.schedule is not None:
        logical = {"name": finding.schedule, "kind": "object"}
        if finding.path:
            logical["fullyQualifiedName"] = finding.path
        location["logicalLocations"] = [logical]
    return location


def _region(finding: Finding) -> dict[str, int]:
    start = {"startLine": finding.line, "startColumn": finding.column}
    if (finding.end_line, finding.end_column) <= (finding.line, finding.column):
        return start
    return {**start, "endLine": finding.end_line, "endColumn": finding.end_column}


def _plain(text: str) -> str:
    """``text`` without embedded links: ``[word](place)`` would become one (SARIF 3.11.6)."""
    return text.replace("](", "] (")
