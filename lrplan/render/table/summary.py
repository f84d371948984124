"""The summary below a table: sparkline, peak, end and warm-up of each curve."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from lrplan.features import Summary
from lrplan.render.numbers import format_ratio, format_share, format_value
from lrplan.render.sparkline import sparkline
from lrplan.render.table.columns import Column
from lrplan.render.table.text_grid import GAP, TextColumn, print_grid, tables

_NARROWEST, _WIDEST = 10, 32
_LINES = (
    "curve",
    "peak",
    "at step",
    "last",
    "last/peak",
    "mean/peak",
    "warm-up",
    "steps at 0",
)


def print_summary(curves: Sequence[Column], console: Console) -> None:
    """Print for each curve its sparkline, its peak and step, its last value, and means.

    ``warm-up`` is the share of the run before the top of the initial rise; the rise of the first of
    several cycles does not count as one.
    """
    key = TextColumn("summary", _LINES)
    room = (console.width - key.width) // max(len(curves), 1) - GAP
    width = min(max(room, _NARROWEST), _WIDEST)
    columns = [
        _text_column(column, width, ascii_only=console.options.ascii_only) for column in curves
    ]
    for block in tables([key], columns, console.width):
        console.print()
        print_grid(block, console)


def _text_column(column: Column, width: int, *, ascii_only: bool) -> TextColumn:
    summary = column.features.summary
    top = summary.peak
    cells = (
        sparkline(column.values, width, ascii=ascii_only),
        "-" if top is None else format_value(top.value),
        "-" if top is None else str(top.step),
        "-" if summary.last is None else format_value(summary.last),
        format_ratio(summary.last_of_peak),
        format_share(summary.mean_of_peak),
        _warmup(summary, column.field),
        str(summary.zeros),
    )
    return TextColumn(column.header, cells)


def _warmup(summary: Summary, field: str) -> str:
    if summary.warmup is None or summary.warmup.kind == "cycle":
        return "none"
    if summary.warmup.kind == "unfinished":
        return f"still {'warming up' if field == 'lr' else 'rising'} at the end"
    return format_share(summary.warmup_share)
