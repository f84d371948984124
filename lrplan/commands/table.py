"""``lrplan table``: the steps that matter, and a summary."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.commands.curves.curve_files import CurveFile, curves_of_file
from lrplan.commands.curves.recorded_curves import curves_of_recording
from lrplan.commands.shown_findings import shown_findings
from lrplan.commands.simulate_spec import simulate_spec
from lrplan.commands.terminal import Terminal, tolerate_closed_pipe
from lrplan.errors import ExitStatus
from lrplan.recipes.header import Recipe
from lrplan.render.recipe_text import print_assumed
from lrplan.render.resume_text import print_resumed
from lrplan.render.table.schedule_table import print_tables
from lrplan.render.view.field_names import check_fields
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.resume import ResumeOptions
from lrplan.trace import Trace


def table(
    spec: str,
    names: Sequence[str],
    terminal: Terminal,
    request: Request = DEFAULT_REQUEST,
    *,
    fields: tuple[str, ...] = ("lr",),
    every: int | None = None,
    rows: int | None = None,
    findings: bool = True,
    resume: ResumeOptions | None = None,
) -> ExitStatus:
    """Print tables of the schedules of ``spec`` to standard output.

    Args:
        spec: path of the spec, or ``-``.
        names: schedules to show; all when empty.
        terminal: where tables, notes and problems go.
        request: how curves are obtained; its ``get_lr`` adds a column.
        fields: columns besides the step; those that vary are added.
        every: a row for every n-th step instead of the steps that matter.
        rows: the largest number of steps that matter to show.
        findings: list what the rules say below each table; notes are left out.
        resume: interrupt and resume the runs, and show them beside the unbroken ones.
    """
    curves = curves_of_file(spec, names, request, resume)
    if curves is not None:
        return _table_of_curves(curves, terminal, fields, every, rows)
    recorded = curves_of_recording(spec, names, request, resume)
    done = recorded or simulate_spec(spec, names, terminal, request, resume)
    check_fields(fields, fields_of(done.traces))
    shown = shown_findings(done) if findings else {}
    with tolerate_closed_pipe():
        if resume is None:
            print_tables(
                done.traces, terminal.results, fields=fields, every=every, rows=rows, findings=shown
            )
        else:
            print_resumed(
                done.resumes,
                terminal.results,
                fields=fields,
                every=every,
                rows=rows,
                findings=shown,
            )
        _print_origin(done.recipe, terminal)
    return done.report_failures(terminal)


def _table_of_curves(
    curves: CurveFile,
    terminal: Terminal,
    fields: Sequence[str],
    every: int | None,
    rows: int | None,
) -> ExitStatus:
    """Print the rows of a log, an export or a lock."""
    from lrplan.render.table.points_table import print_points
    from lrplan.render.table.text_grid import print_note

    check_fields(fields, (name for run in curves.runs for name in run.columns))
    with tolerate_closed_pipe():
        print_points(curves.runs, terminal.results, fields=fields, every=every, rows=rows)
        terminal.results.print()
        for note in curves.notes:
            print_note(note, terminal.results, "dim")
    return ExitStatus.OK


def _print_origin(source: Recipe | None, terminal: Terminal) -> None:
    """Say what a recipe, or a copy of one, assumes; nothing of other specs."""
    if source is not None and (source.assumed or not source.checked):
        terminal.results.print()
        print_assumed(source, terminal.results)


def fields_of(traces: Sequence[Trace]) -> list[str]:
    """The fields that some schedule has, sorted."""
    return sorted({name for trace in traces for name in trace.columns})
