"""The learning rate of each group at the steps that matter, as text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from rich.console import Console

from lrplan.errors import UsageError
from lrplan.finding import Finding
from lrplan.render.finding_text import STYLES
from lrplan.render.numbers import format_ratio
from lrplan.render.table.columns import GET_LR, Column, TableModel
from lrplan.render.table.events import DEFAULT_ROWS, events_of
from lrplan.render.table.proportional_groups import ProportionalGroups
from lrplan.render.table.rows import print_every, print_rows
from lrplan.render.table.summary import print_summary
from lrplan.render.table.text_grid import print_item, print_note
from lrplan.text import format_ticks, join_first, join_words, quantity
from lrplan.trace import DEFAULT_GROUP, TorchWarning, Trace

_MOST_WARNINGS = 5
_MOST_NAMES = 60
_MESSAGE_WIDTH = 200
_QUICK = 50_000
"""Up to this number of steps times groups, stepping is fast, and the table does not say why it was
done."""
_NO_FINDINGS: Mapping[str, Sequence[Finding]] = MappingProxyType({})


def print_tables(
    traces: Sequence[Trace],
    console: Console,
    *,
    fields: tuple[str, ...] = ("lr",),
    every: int | None = None,
    rows: int | None = None,
    findings: Mapping[str, Sequence[Finding]] = _NO_FINDINGS,
) -> None:
    """Print one table per schedule, a summary of each of its curves, and its findings.

    Args:
        traces: the runs, in the order to print.
        console: where to print; its width and encoding shape the tables.
        fields: fields to show; other fields that vary over the run are added.
        every: steps between two rows (the last step has one too); None: the steps that matter.
        rows: the most steps that matter (12 when not given; the run's ends always).
        findings: by the name of a trace, to be listed below its tables, the most severe first.

    Raises:
        UsageError: ``every`` or ``rows`` is below 1.
    """
    if (every is not None and every < 1) or (rows is not None and rows < 1):
        raise UsageError("every and rows count from 1")
    for index, trace in enumerate(traces):
        if index:
            console.print()
        _print_schedule(trace, console, fields, every, rows or DEFAULT_ROWS)
        print_findings(findings.get(trace.name, ()), console)


def _print_schedule(
    trace: Trace, console: Console, requested: tuple[str, ...], every: int | None, rows: int
) -> None:
    _print_heading(trace, console)
    model = TableModel(trace, requested, sparse=max(rows, DEFAULT_ROWS))
    for field in requested:
        if field not in model.fields:
            print_note(f"No group has the field {field}.", console, "yellow")
    if model.fields and model.steps:
        events = events_of(model)
        if every is None:
            families = print_rows(model, console, events, rows)
        else:
            families = print_every(model, console, events, every)
        columns = model.columns(families)
        for note in (*_family_notes(families), *_get_lr_notes(columns)):
            print_note(note, console, "dim")
        print_summary([column for column in columns if column.field != GET_LR], console)
    for line in _warning_lines(trace.warnings):
        print_note(line, console, "yellow")


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print the findings of the rules below a table, the most severe first."""
    if findings:
        console.print()
    for finding in sorted(findings, key=lambda finding: finding.severity.rank):
        note = f"{finding.message} [{finding.name}]"
        print_item(finding.severity.value, note, console, STYLES[finding.severity])


def _print_heading(trace: Trace, console: Console) -> None:
    print_note(f"{trace.name}: {trace.title}" if trace.title else trace.name, console, "bold")
    for line in (*trace.arithmetic, *_resolved_lines(trace), *_engine_lines(trace)):
        print_note(line, console, "dim")
    if trace.get_lr_note:
        print_note(f"get_lr(): {trace.get_lr_note}", console, "yellow")
    if trace.failure is not None:
        print_note(_failure(trace), console, "bold red")


def _resolved_lines(trace: Trace) -> Iterator[str]:
    for path, value in trace.resolved.items():
        yield f"{path} = {format_ticks(value)}"


def _engine_lines(trace: Trace) -> Iterator[str]:
    yield from trace.substitutions
    if trace.packages:
        yield f"{join_words(trace.packages)} ran itself, not lrplan's formulas of it"
    checked = trace.deviation
    if checked is not None:
        calls = quantity(checked.checks, "real scheduler step")
        yield f"computed by formulas: {calls} compared, off by {checked.largest:.1e} of the peak"
    elif trace.formulas:
        return  # "not computed by formulas" would contradict it
    elif trace.engine_note and trace.planned_steps * len(trace.groups) > _QUICK:
        yield f"stepped, not computed by formulas: {trace.engine_note}"


def _failure(trace: Trace) -> str:
    if trace.failure is None:
        return ""
    if trace.failure.step < 0:
        return f"stopped before the first step: {trace.failure.message}"
    total = f" of {trace.planned_steps}" if trace.planned_steps else ""
    return f"stopped after step {trace.failure.step}{total}: {trace.failure.message}"


def _family_notes(families: Sequence[ProportionalGroups]) -> Iterator[str]:
    for family in families:
        same = [f"`{name}`" for name, factor in family.others if _is_one(factor)]
        scaled = [
            f"`{name}` {format_ratio(factor)}"
            for name, factor in family.others
            if not _is_one(factor)
        ]
        if same:
            yield f"{_more(same)} the same as `{family.group}`: {join_first(same, _MOST_NAMES)}"
        if scaled:
            groups = join_first(scaled, _MOST_NAMES)
            yield f"{_more(scaled)} in proportion to `{family.group}`: {groups}"


def _is_one(factor: float) -> bool:
    return math.isclose(factor, 1, rel_tol=1e-9)


def _more(names: Sequence[str]) -> str:
    return quantity(len(names), "more group")


def _get_lr_notes(columns: Sequence[Column]) -> Iterator[str]:
    for column in columns:
        if column.mismatch is not None:
            owner = "" if column.group == DEFAULT_GROUP else f"`{column.group}`: "
            yield (
                f"! {owner}get_lr() differs from the applied value at"
                f" {column.mismatch.count} of {column.mismatch.mask.size} steps,"
                f" first at step {column.mismatch.first_step}"
            )


def _warning_lines(warnings: Sequence[TorchWarning]) -> Iterator[str]:
    for warned in warnings[:_MOST_WARNINGS]:
        when = "while building" if warned.step is None else f"at step {warned.step}"
        often = f" ({warned.count} times)" if warned.count > 1 else ""
        message = textwrap.shorten(warned.message, _MESSAGE_WIDTH, placeholder=" ...")
        yield f"torch warned {when}{often}: {warned.category}: {message}"
    if len(warnings) > _MOST_WARNINGS:
        yield f"and {len(warnings) - _MOST_WARNINGS} more warnings"
