"""Findings as text for people: file and line, message, the line itself, and the fix."""

from __future__ import annotations

import os
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from lrplan.finding import Finding, Severity
from lrplan.render.rule_pages import page_of_rule
from lrplan.text_position import InputText, TextPosition, printable

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold cyan"}
"""The style of each severity on a terminal."""

_GUTTER = 8
"""Columns that the line number before a snippet takes, and a margin."""
_NARROWEST = 20
WIDTH = 100
"""Columns of a snippet that is not printed to a terminal, unless ``COLUMNS`` is set."""


def print_findings(
    findings: Sequence[Finding], console: Console, source: InputText | None = None
) -> None:
    """Print each of ``findings`` to ``console``, with its line when ``source`` is known."""
    for finding in findings:
        print_finding(finding, console, source)


def print_finding(finding: Finding, console: Console, source: InputText | None = None) -> None:
    """Print one finding: headline, its line with carets when ``source`` is known, detail, fix."""
    text = headline(finding, linked=console.is_terminal)
    if source is not None:
        wanted = console.is_terminal or "COLUMNS" in os.environ
        width = console.width if wanted else WIDTH
        _add_snippet(text, finding, source, width)
    for line in finding.detail:
        text.append("\n     | ", "blue").append(printable(line))
    if finding.fix:
        text.append("\n     = ", "blue").append(printable(finding.fix))
    console.print(text, soft_wrap=True)


def headline(finding: Finding, *, linked: bool = False) -> Text:
    """``file:line:column: severity: message [name]``, in one line.

    Args:
        finding: what was found.
        linked: the name leads to the rule's page, on terminals that know such links.
    """
    page = page_of_rule(finding.name, finding.rule) if linked else ""
    return Text.assemble(
        (f"{printable(finding.file)}:{finding.line}:{finding.column}", "bold"),
        ": ",
        (finding.severity.value, STYLES[finding.severity]),
        f": {printable(finding.message)} ",
        (f"[{finding.name}]", f"dim link {page}" if page else "dim"),
    )


def snippet(finding: Finding, source: InputText, width: int) -> str:
    """The line of ``finding`` with carets under it, in ``width`` columns; empty if none."""
    place = TextPosition(finding.line, finding.column, finding.end_line, finding.end_column)
    return source.snippet(place, width=max(_NARROWEST, width - _GUTTER))


def _add_snippet(text: Text, finding: Finding, source: InputText, width: int) -> None:
    line, _, carets = snippet(finding, source, width).partition("\n")
    if line:
        text.append(f"\n{line}\n").append(carets, STYLES[finding.severity])
