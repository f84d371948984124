"""Tables of curves that a file has: rows of a log, or of an export or a lock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console

from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison import RunCurve, RunCurves
from lrplan.features import extent
from lrplan.render.numbers import align, format_value, format_values
from lrplan.render.table.text_grid import TextColumn, print_grid, print_note, tables
from lrplan.text import quantity
from lrplan.trace import DEFAULT_GROUP

_ROWS = 12


def print_points(
    runs: Sequence[RunCurves],
    console: Console,
    *,
    fields: Sequence[str] = ("lr",),
    every: int | None = None,
    rows: int | None = None,
) -> None:
    """Print a table for each run: its rows as the file has them, and a summary of each curve.

    Args:
        runs: in the order to print.
        console: where to print.
        fields: fields to show.
        every: the rows at multiples of this number of steps, and the last.
        rows: the most rows, spread over the run; 12 if neither is given.
    """
    for index, run in enumerate(runs):
        if index:
            console.print()
        print_note(run.name, console, "bold")
        curves = [
            (group, field, run.columns[field][group])
            for group in run.groups
            for field in fields
            if group in run.columns.get(field, {})
        ]
        if not curves:
            print_note(f"No group has {' or '.join(fields)}.", console, "yellow")
            continue
        known = np.unique(np.concatenate([curve.at for _, _, curve in curves]))
        shown = _chosen(known, every, rows or _ROWS)
        keys = [TextColumn(run.unit, [f"{step:,}" for step in shown.tolist()], right=True)]
        columns = [TextColumn(_header(*each[:2]), _cells(each[2], shown)) for each in curves]
        for block in tables(keys, columns, console.width):
            console.print()
            print_grid(block, console)
        if shown.size < known.size:
            left = quantity(known.size - shown.size, "more row")
            print_note(f"{left}: --rows N or --every N shows them", console, "dim")
        _print_summary(run, curves, console)


def _chosen(known: IntArray, every: int | None, rows: int) -> IntArray:
    """The steps to show: of all that are known, some, with the first and the last."""
    if every is not None:
        return np.union1d(known[known % every == 0], known[-1:])
    if known.size <= rows:
        return known
    picked = np.linspace(0, known.size - 1, max(rows, 2)).round().astype(np.int64)
    return np.asarray(known[np.unique(picked)])


def _header(group: str, field: str) -> str:
    return field if group == DEFAULT_GROUP else f"{group}\n{field}"


def _cells(curve: RunCurve, steps: IntArray) -> list[str]:
    """The values at some steps; empty where the file has none."""
    at = curve.at
    places = np.minimum(np.searchsorted(at, steps), at.size - 1)
    has = at[places] == steps
    texts = iter(align(format_values(curve.values[places[has]].tolist())))
    return [next(texts) if each else "" for each in has.tolist()]


def _print_summary(
    run: RunCurves, curves: Sequence[tuple[str, str, RunCurve]], console: Console
) -> None:
    lines = ("rows", f"first {run.unit}", f"last {run.unit}", "lowest", "highest", "last value")
    columns = [TextColumn(_header(*each[:2]), _figures(each[2])) for each in curves]
    for block in tables([TextColumn("summary", lines)], columns, console.width):
        console.print()
        print_grid(block, console)


def _figures(curve: RunCurve) -> list[str]:
    at, values = curve.at, curve.values
    counts = (f"{each:,}" for each in (values.size, int(at[0]), int(at[-1])))
    return [*counts, *_bounds(values), format_value(float(values[-1]))]


def _bounds(values: FloatArray) -> tuple[str, str]:
    bounds = extent(values)
    if not bounds.has_finite:
        return "-", "-"
    return format_value(bounds.low), format_value(bounds.high)
