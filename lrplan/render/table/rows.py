"""The rows of a schedule's table: the steps that matter, or equally spaced ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from rich.console import Console

from lrplan.arrays import FloatArray, IntArray
from lrplan.render.numbers import align, format_value, format_values
from lrplan.render.table.columns import GET_LR, Column, TableModel
from lrplan.render.table.events import Events, count_hidden_steps, most_important_steps
from lrplan.render.table.proportional_groups import ProportionalGroups
from lrplan.render.table.text_grid import (
    GAP,
    TextColumn,
    blocks,
    encodable,
    print_grid,
    print_note,
    tables,
    total_width,
)
from lrplan.text import pluralize
from lrplan.text_position import printable
from lrplan.trace import Trace

_WHAT_WIDTHS = (12, 32)
_FLAG = " !"
_STREAMED_DIGITS = 8
_STREAMED_WIDTH = len("-1.2345678e-05")
_CHUNK = 2000


def print_rows(
    model: TableModel, console: Console, events: Events, rows: int
) -> list[ProportionalGroups]:
    """Print the ``rows`` steps that matter most; returns the families of groups that are shown."""
    steps = most_important_steps(events, rows)
    keys = _keys(model, steps, events)
    room = console.width - total_width(keys) - GAP
    families, _, texts = _fit_columns(model, room, lambda column: _text_column(column, steps))
    keys[-1] = _narrow_last_key(keys, texts, console.width)
    for block in tables(keys, texts, console.width):
        console.print()
        print_grid(block, console)
    more = count_hidden_steps(events, steps)
    if more:
        steps_left = f"{more} more {pluralize('step', more)}"
        note = f"{steps_left} where something changes: --rows {len(steps) + more}"
        print_note(note, console, "dim")
    return families


def print_every(
    model: TableModel, console: Console, events: Events, every: int
) -> list[ProportionalGroups]:
    """Print each ``every``-th step, the last and the next one, piece by piece for long runs."""
    steps = np.union1d(np.arange(0, model.steps, every), [model.steps - 1])
    if model.steps in events:
        steps = np.append(steps, model.steps)
    keys = [
        TextColumn("step", least=len(str(model.steps)), right=True),
        *([] if model.trace.epochs is None else [TextColumn("epoch", least=5, right=True)]),
        TextColumn(
            "what", [str(events[step]) for step in events if _has_row(step, model.steps, every)]
        ),
    ]
    room = console.width - total_width(keys) - GAP
    families, columns, texts = _fit_columns(model, room, _fixed_width_column)
    start = 0
    for block in blocks(keys, texts, console.width):
        part = columns[start : start + len(block) - len(keys)]
        start += len(part)
        console.print()
        heads = [TextColumn(text.header, (), text.right, text.width) for text in block]
        print_grid(heads, console)
        widths = [text.width * (1 if text.right else -1) for text in block]
        for lines in _lines(model, events, part, steps, widths):
            console.out(encodable(lines, console), highlight=False)
    return families


def _has_row(step: int, steps: int, every: int) -> bool:
    return step % every == 0 or step >= steps - 1


def _fit_columns(
    model: TableModel, room: int, to_text: Callable[[Column], TextColumn]
) -> tuple[list[ProportionalGroups], list[Column], list[TextColumn]]:
    """The columns of as many groups as fit ``room`` characters, and their text.

    All groups where they fit; else groups with equal curves share a column; else groups with
    proportional ones do too, whether that fits or not.
    """
    # Example: of 200 groups in a console of 80 characters, no more than some 5 columns fit. Were
    # 198 of them equal, the second grouping has 3 columns; were each a multiple of the first (a
    # layer-wise decay), the last grouping has one column, and a note below lists the factors.
    groupings: Iterable[Callable[[], list[ProportionalGroups]]] = (
        lambda: model.every_group,
        lambda: model.equal_groups,
    )
    for grouping in groupings:
        columns = model.columns(grouping())
        # Most groupings are too wide because of their headers alone: then no cells are made.
        if total_width([TextColumn(column.header) for column in columns]) <= room:
            texts = [to_text(column) for column in columns]
            if total_width(texts) <= room:
                return grouping(), columns, texts
    columns = model.columns(model.proportional_groups)
    return model.proportional_groups, columns, [to_text(column) for column in columns]


def _keys(model: TableModel, steps: Sequence[int], events: Events) -> list[TextColumn]:
    keys = [TextColumn("step", [str(step) for step in steps], right=True)]
    if model.trace.epochs is not None:
        keys.append(TextColumn("epoch", _epochs(model.trace, steps), right=True))
    return [*keys, TextColumn("what", [str(events[step]) for step in steps], most=_WHAT_WIDTHS[1])]


def _narrow_last_key(
    keys: Sequence[TextColumn], columns: Sequence[TextColumn], width: int
) -> TextColumn:
    """The last key, folded where the widest of ``columns`` would not fit beside it."""
    others = total_width([*keys[:-1], max(columns, key=lambda column: column.width)]) + GAP
    last = keys[-1]
    least, most = _WHAT_WIDTHS
    return TextColumn(last.header, last.cells, most=min(max(width - others, least), most))


def _epochs(trace: Trace, steps: Sequence[int]) -> list[str]:
    """The epoch of each of ``steps``; the step after the last may begin another one."""
    if trace.epochs is None:
        return ["" for _ in steps]
    inside = len(trace.epochs)
    return [str(trace.epochs[step]) if step < inside else _epoch_after_end(trace) for step in steps]


def _epoch_after_end(trace: Trace) -> str:
    if trace.epochs is None or trace.steps_per_epoch is None:
        return ""
    last = int(trace.epochs[-1])
    ended = int(np.count_nonzero(trace.epochs == last)) >= trace.steps_per_epoch
    return str(last + 1 if ended else last)


def _text_column(column: Column, steps: Sequence[int]) -> TextColumn:
    values = _values_at(column, column.values, steps)
    texts = iter(align(format_values([value for value in values if value is not None])))
    cells = [
        "" if value is None else next(texts) + _mismatch_flag(column, step)
        for step, value in zip(steps, values, strict=True)
    ]
    return TextColumn(column.header, cells)


def _values_at(column: Column, values: FloatArray, steps: Sequence[int]) -> list[float | None]:
    return [float(values[step]) if step < values.size else column.next for step in steps]


def _mismatch_flag(column: Column, step: int) -> str:
    mask = None if column.mismatch is None else column.mismatch.mask
    return _FLAG if mask is not None and step < mask.size and mask[step] else ""


def _fixed_width_column(column: Column) -> TextColumn:
    flag = len(_FLAG) if column.field == GET_LR else 0
    return TextColumn(column.header, least=_STREAMED_WIDTH + flag)


def _lines(
    model: TableModel, events: Events, part: Sequence[Column], steps: IntArray, widths: list[int]
) -> Iterator[str]:
    """The rows of ``steps``, many at a time; a negative width is that of one aligned left."""
    with_values = [(column, column.values) for column in part]
    for first in range(0, steps.size, _CHUNK):
        chunk = steps[first : first + _CHUNK].tolist()
        cells = [[str(step) for step in chunk]]
        if model.trace.epochs is not None:
            cells.append(_epochs(model.trace, chunk))
        cells.append([printable(str(events[step])) if step in events else "" for step in chunk])
        cells.extend(_streamed_cells(column, values, chunk) for column, values in with_values)
        gap = " " * GAP
        rows = (map(_pad, row, widths) for row in zip(*cells, strict=True))
        yield "\n".join(gap.join(row).rstrip() for row in rows)


def _pad(text: str, width: int) -> str:
    return text.rjust(width) if width > 0 else text.ljust(-width)


def _streamed_cells(column: Column, values: FloatArray, steps: Sequence[int]) -> list[str]:
    return [
        ""
        if value is None
        else format_value(value, _STREAMED_DIGITS) + _mismatch_flag(column, step)
        for step, value in zip(steps, _values_at(column, values, steps), strict=True)
    ]
