"""Each curve of a schedule in a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.render.numbers import format_ratio, format_share, format_value
from lrplan.render.sparkline import sparkline
from lrplan.render.table.text_grid import GAP, TextColumn, print_grid, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from lrplan.features import Summary
    from lrplan.render.table.columns import Column

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


def print_summary(drawn: Sequence[Column], console: Console) -> None:
    """One lane per curve: its sparkline, its peak and where it is, what is left at the end.

    ``warm-up`` is the share of the run before the top of the initial rise; the rise of the first of
    several cycles is none.
    """
    key = TextColumn("summary", _LINES)
    room = (console.width - key.width) // max(len(drawn), 1) - GAP
    width = min(max(room, _NARROWEST), _WIDEST)
    lanes = [_lane(column, width, ascii_only=console.options.ascii_only) for column in drawn]
    for block in tables([key], lanes, console.width):
        console.print()
        print_grid(block, console)


def _lane(column: Column, width: int, *, ascii_only: bool) -> TextColumn:
    summary = column.look.summary
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
