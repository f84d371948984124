"""``lrplan table``: the steps that matter, and a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.commands.simulated import Simulated, simulate_spec
from lrplan.errors import UsageError
from lrplan.finding import Severity
from lrplan.render.table import table as print_table
from lrplan.request import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.commands.terminal import Terminal
    from lrplan.errors import ExitStatus
    from lrplan.finding import Finding
    from lrplan.request import Request


def table(
    spec: str,
    names: Sequence[str],
    terminal: Terminal,
    request: Request = DEFAULT,
    *,
    fields: tuple[str, ...] = ("lr",),
    every: int | None = None,
    rows: int | None = None,
    findings: bool = True,
) -> ExitStatus:
    """Print tables of the schedules of ``spec`` to standard output.

    Args:
        spec: path of the spec, or ``-``.
        names: schedules to show; all when empty.
        terminal: where tables, notes and problems go.
        request: how curves are obtained; its ``get_lr`` adds a column.
        fields: columns besides the step; those that vary are added.
        every: a row for every so many steps instead of the steps that matter.
        rows: at most so many steps that matter.
        findings: list what the rules say below each table; notes are left out.
    """
    done = simulate_spec(spec, names, terminal, request)
    for field in fields:
        if not any(field in trace.columns for trace in done.traces):
            known = sorted({name for trace in done.traces for name in trace.columns})
            raise UsageError(f"no schedule has the field `{field}`; there is {', '.join(known)}")
    told = _told(done) if findings else {}
    print_table(done.traces, terminal.results, fields=fields, every=every, rows=rows, findings=told)
    return done.report_failures(terminal)


def _told(done: Simulated) -> dict[str, list[Finding]]:
    return {
        trace.name: [each for each in found if each.severity is not Severity.INFO]
        for trace, found in zip(done.traces, done.findings(), strict=True)
    }
