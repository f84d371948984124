"""The report for people: each finding with its line, then the counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO

from rich.console import Console
from rich.text import Text

from lrplan.finding import Finding, Severity
from lrplan.render.finding_text import STYLES, WIDTH, headline, print_finding
from lrplan.render.report.context import ReportContext
from lrplan.render.report.counts import by_rule, summary
from lrplan.text_position import InputText
from lrplan.workflow_commands import escape_text


def report(
    findings: Sequence[Finding], sources: Mapping[str, InputText], *, context: ReportContext
) -> str:
    """The report as it is printed, without colour."""
    stream = StringIO()
    console = Console(
        file=stream, width=WIDTH, force_terminal=False, color_system=None, highlight=False
    )
    print_text(findings, sources, console, context)
    return escape_text(stream.getvalue())


def print_text(
    findings: Sequence[Finding],
    sources: Mapping[str, InputText],
    console: Console,
    context: ReportContext,
) -> None:
    """Print the report to ``console``, in colour where that is a terminal.

    Errors and warnings come with their line, carets and the fix; infos are one line each.
    """
    findings = context.merge_duplicates(findings)
    for finding in context.severe_first(findings):
        if finding.severity is Severity.INFO:
            line = headline(finding, linked=console.is_terminal)
            console.print(line, style="dim", soft_wrap=True)
        else:
            print_finding(finding, console, sources.get(finding.file))
            console.print()
    if context.show_statistics:
        _print_statistics(findings, console)
    console.print(_last_line(findings, context), soft_wrap=True)
    if findings:
        worst = min(context.in_file_order(findings), key=lambda each: each.severity.rank)
        hint = f"`lrplan explain {worst.name}` says more"
        console.print(Text(hint, "dim"), soft_wrap=True)


def _print_statistics(findings: Sequence[Finding], console: Console) -> None:
    for count, finding in by_rule(findings):
        row = Text.assemble(
            f"{count:>5}  ",
            (f"{finding.severity.value:<7}", STYLES[finding.severity]),
            f"  {finding.rule}  {finding.name}",
        )
        console.print(row, soft_wrap=True)
    if findings:
        console.print()


def _last_line(findings: Sequence[Finding], context: ReportContext) -> Text:
    worst = min((each.severity for each in findings), key=lambda each: each.rank, default=None)
    return Text(summary(findings, context), "bold green" if worst is None else STYLES[worst])
