"""Reports of ``lrplan validate`` in the formats that people and other programs read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module

from lrplan.finding import Finding
from lrplan.render.report.context import Report, ReportContext, RuleDescription
from lrplan.text_position import InputText


def _report(
    name: str,
    findings: Sequence[Finding],
    sources: Mapping[str, InputText],
    *,
    context: ReportContext,
) -> str:
    # Only the format asked for is imported: the others would take longer than to find a curve.
    report: Report = import_module(f"lrplan.render.report.{name}").report
    return report(findings, sources, context=context)


REPORTS: Mapping[str, Report] = {
    name: partial(_report, name)
    for name in ("text", "concise", "json", "github", "gitlab", "azure", "sarif", "junit")
}
"""Formats by name: functions from findings to a text that ends its last line, if it has any.

A new one also needs a line in ``ReportFormat`` (``cli/validate.py``)."""

__all__ = ["REPORTS", "ReportContext", "RuleDescription"]
