"""Counts of findings, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from lrplan.finding import Finding, Severity
from lrplan.render.report.context import ReportContext
from lrplan.text import quantity
from lrplan.text_position import printable

WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}
"""The noun for one finding of each severity."""


def tally(findings: Iterable[Finding]) -> list[tuple[Severity, int]]:
    """The number of findings of each severity that occurs, the most severe first."""
    counts = Counter(finding.severity for finding in findings)
    return [(severity, counts[severity]) for severity in Severity if counts[severity]]


def by_rule(findings: Iterable[Finding]) -> list[tuple[int, Finding]]:
    """The number of findings of each rule with its most severe one, the most frequent first."""
    ordered = sorted(findings, key=lambda each: each.severity.rank)
    counts = Counter(finding.rule for finding in ordered)
    first = {finding.rule: finding for finding in reversed(ordered)}
    return sorted(
        ((count, first[rule]) for rule, count in counts.items()),
        key=lambda row: (-row[0], row[1].rule),
    )


def summary(findings: Sequence[Finding], context: ReportContext) -> str:
    """``2 errors, 1 warning in 4 schedules of spec.yaml``, in one line."""
    if not findings:
        return f"no findings: {_scope(context, 'in')}"
    counted = ", ".join(quantity(count, WORDS[severity]) for severity, count in tally(findings))
    return f"{counted} in {_scope(context, 'of')}"


def _scope(context: ReportContext, word: str) -> str:
    files = list(context.schedules)
    subject = printable(files[0]) if len(files) == 1 else quantity(len(files), "file")
    schedules = sum(len(names) for names in context.schedules.values())
    return f"{quantity(schedules, 'schedule')} {word} {subject}" if schedules else subject
