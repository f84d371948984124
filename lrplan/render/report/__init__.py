"""Reports of ``lrplan validate`` in the formats that people and other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.render.report import concise, github, json, junit, sarif, text
from lrplan.render.report.context import ReportContext, RuleDescription
from lrplan.render.report.text import print_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lrplan.render.report.context import Report

REPORTS: Mapping[str, Report] = {
    "text": text.report,
    "concise": concise.report,
    "json": json.report,
    "github": github.report,
    "sarif": sarif.report,
    "junit": junit.report,
}
"""Formats by name: functions from findings to a text that ends its last line, if it has any."""

__all__ = ["REPORTS", "ReportContext", "RuleDescription", "print_text"]
