"""The values of a schedule, a row per step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrplan.render.numbers import align, format_value, format_values
from lrplan.render.table.columns import GET_LR
from lrplan.render.table.events import hidden, weightiest
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
from lrplan.text_position import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console

    from lrplan.render.table.columns import Column, TableModel
    from lrplan.render.table.events import Events
    from lrplan.render.table.proportional_groups import Family
    from lrplan.trace import FloatArray, IntArray, Trace

_WHAT_WIDTHS = (12, 32)
_FLAG = " !"
_STREAMED_DIGITS = 8
_STREAMED_WIDTH = len("-1.2345678e-05")
_CHUNK = 2000


def print_rows(board: TableModel, console: Console, found: Events, rows: int) -> list[Family]:
    """A table of the steps that matter most; returns the groups shown, others gathered."""
    steps = weightiest(found, rows)
    keys = _keys(board, steps, found)
    room = console.width - total_width(keys) - GAP
    gathered, _, lanes = _fitting(board, room, lambda column: _lane(column, steps))
    keys[-1] = _narrowed(keys, lanes, console.width)
    for block in tables(keys, lanes, console.width):
        console.print()
        print_grid(block, console)
    unseen = hidden(found, steps)
    if unseen:
        note = f"{unseen} more steps where something changes: --rows {len(steps) + unseen}"
        print_note(note, console, "dim")
    return gathered


def print_every(board: TableModel, console: Console, found: Events, every: int) -> list[Family]:
    """A row each ``every`` steps, the last, and the next; written as it is made, for long runs."""
    steps = np.union1d(np.arange(0, board.steps, every), [board.steps - 1])
    if board.steps in found:
        steps = np.append(steps, board.steps)
    keys = [
        TextColumn("step", least=len(str(board.steps)), right=True),
        *([] if board.trace.epochs is None else [TextColumn("epoch", least=5, right=True)]),
        TextColumn(
            "what", [str(found[step]) for step in found if _is_shown(step, board.steps, every)]
        ),
    ]
    room = console.width - total_width(keys) - GAP
    gathered, drawn, lanes = _fitting(board, room, _streamed_lane)
    start = 0
    for block in blocks(keys, lanes, console.width):
        part = drawn[start : start + len(block) - len(keys)]
        start += len(part)
        console.print()
        print_grid([TextColumn(lane.header, (), lane.right, lane.width) for lane in block], console)
        widths = [lane.width * (1 if lane.right else -1) for lane in block]
        for lines in _lines(board, found, part, steps, widths):
            console.out(encodable(lines, console), highlight=False)
    return gathered


def _is_shown(step: int, steps: int, every: int) -> bool:
    return step % every == 0 or step >= steps - 1


def _fitting(
    board: TableModel, room: int, lane: Callable[[Column], TextColumn]
) -> tuple[list[Family], list[Column], list[TextColumn]]:
    """All groups where they fit; else equal curves share a column; else proportional ones too."""
    ways: Iterable[Callable[[], list[Family]]] = (
        lambda: board.every_group,
        lambda: board.alike,
    )
    for way in ways:
        drawn = board.columns(way())
        # Most ways are too wide by their headers already, and no cell has to be made.
        if total_width([TextColumn(column.header) for column in drawn]) <= room:
            lanes = [lane(column) for column in drawn]
            if total_width(lanes) <= room:
                return way(), drawn, lanes
    drawn = board.columns(board.shapes)
    return board.shapes, drawn, [lane(column) for column in drawn]


def _keys(board: TableModel, steps: Sequence[int], found: Events) -> list[TextColumn]:
    keys = [TextColumn("step", [str(step) for step in steps], right=True)]
    if board.trace.epochs is not None:
        keys.append(TextColumn("epoch", _epochs(board.trace, steps), right=True))
    return [*keys, TextColumn("what", [str(found[step]) for step in steps], most=_WHAT_WIDTHS[1])]


def _narrowed(keys: Sequence[TextColumn], lanes: Sequence[TextColumn], width: int) -> TextColumn:
    """The last key, folded where the widest of ``lanes`` would not fit beside it."""
    others = total_width([*keys[:-1], max(lanes, key=lambda lane: lane.width)]) + GAP
    what = keys[-1]
    least, most = _WHAT_WIDTHS
    return TextColumn(what.header, what.cells, most=min(max(width - others, least), most))


def _epochs(trace: Trace, steps: Sequence[int]) -> list[str]:
    """The epoch of each of ``steps``; the step after the last may begin another one."""
    if trace.epochs is None:
        return ["" for _ in steps]
    inside = len(trace.epochs)
    return [str(trace.epochs[step]) if step < inside else _following(trace) for step in steps]


def _following(trace: Trace) -> str:
    if trace.epochs is None or trace.steps_per_epoch is None:
        return ""
    last = int(trace.epochs[-1])
    ended = int(np.count_nonzero(trace.epochs == last)) >= trace.steps_per_epoch
    return str(last + 1 if ended else last)


def _lane(column: Column, steps: Sequence[int]) -> TextColumn:
    values = _chosen(column, column.values, steps)
    texts = iter(align(format_values([value for value in values if value is not None])))
    cells = [
        "" if value is None else next(texts) + _flag(column, step)
        for step, value in zip(steps, values, strict=True)
    ]
    return TextColumn(column.header, cells)


def _chosen(column: Column, values: FloatArray, steps: Sequence[int]) -> list[float | None]:
    return [float(values[step]) if step < values.size else column.next for step in steps]


def _flag(column: Column, step: int) -> str:
    lies = column.lies is not None and step < column.lies.at.size and column.lies.at[step]
    return _FLAG if lies else ""


def _streamed_lane(column: Column) -> TextColumn:
    flag = len(_FLAG) if column.field == GET_LR else 0
    return TextColumn(column.header, least=_STREAMED_WIDTH + flag)


def _lines(
    board: TableModel, found: Events, part: Sequence[Column], steps: IntArray, widths: list[int]
) -> Iterator[str]:
    """The rows of ``steps``, many at a time; a negative width is that of one aligned left."""
    held = [(column, column.values) for column in part]
    for first in range(0, steps.size, _CHUNK):
        chunk = steps[first : first + _CHUNK].tolist()
        cells = [[str(step) for step in chunk]]
        if board.trace.epochs is not None:
            cells.append(_epochs(board.trace, chunk))
        cells.append([printable(str(found[step])) if step in found else "" for step in chunk])
        cells.extend(_streamed(column, values, chunk) for column, values in held)
        gap = " " * GAP
        rows = (map(_padded, row, widths) for row in zip(*cells, strict=True))
        yield "\n".join(gap.join(row).rstrip() for row in rows)


def _padded(text: str, width: int) -> str:
    return text.rjust(width) if width > 0 else text.ljust(-width)


def _streamed(column: Column, values: FloatArray, steps: Sequence[int]) -> list[str]:
    return [
        "" if value is None else format_value(value, _STREAMED_DIGITS) + _flag(column, step)
        for step, value in zip(steps, _chosen(column, values, steps), strict=True)
    ]
