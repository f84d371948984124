"""The values of a schedule, a row per step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrplan.render._columns import GET_LR, Column, Family, columns, families
from lrplan.render._grid import GAP, Lane, blocks, encodable, print_grid, print_note, total_width
from lrplan.render._rows import hidden, weightiest
from lrplan.render.numbers import align, format_value, format_values
from lrplan.source import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console

    from lrplan.render._rows import Events
    from lrplan.trace import Trace

    Fields = dict[str, list[str]]

_WHAT_WIDTHS = (12, 32)
_FLAG = " !"
_STREAMED_DIGITS = 8
_STREAMED_WIDTH = len("-1.2345678e-05")
_CHUNK = 2000


def print_rows(
    trace: Trace, console: Console, fields: Fields, found: Events, rows: int
) -> list[Family]:
    """A table of the steps that matter most; returns the groups shown, others gathered."""
    steps = weightiest(found, rows)
    keys = _keys(trace, steps, found)
    gathered, _, lanes = _fitting(
        trace, fields, console.width - total_width(keys) - GAP, lambda column: _lane(column, steps)
    )
    keys[-1] = _narrowed(keys, lanes, console.width)
    for block in blocks(keys, lanes, console.width):
        console.print()
        print_grid(block, console)
    unseen = hidden(found, steps)
    if unseen:
        note = f"{unseen} more steps where something changes: --rows {len(steps) + unseen}"
        print_note(note, console, "dim")
    return gathered


def print_every(
    trace: Trace, console: Console, fields: Fields, found: Events, every: int
) -> list[Family]:
    """A row each ``every`` steps, the last, and the next; written as it is made, for long runs."""
    steps = np.union1d(np.arange(0, trace.steps, every), [trace.steps - 1])
    if trace.steps in found:
        steps = np.append(steps, trace.steps)
    keys = [
        Lane("step", least=len(str(trace.steps)), right=True),
        *([] if trace.epochs is None else [Lane("epoch", least=5, right=True)]),
        Lane("what", [str(found[step]) for step in found if _is_shown(step, trace, every)]),
    ]
    gathered, drawn, lanes = _fitting(
        trace, fields, console.width - total_width(keys) - GAP, _streamed_lane
    )
    start = 0
    for block in blocks(keys, lanes, console.width):
        part = drawn[start : start + len(block) - len(keys)]
        start += len(part)
        console.print()
        print_grid([Lane(lane.header, (), lane.right, lane.width) for lane in block], console)
        widths = [lane.width * (1 if lane.right else -1) for lane in block]
        for first in range(0, steps.size, _CHUNK):
            lines = _lines(trace, found, part, steps[first : first + _CHUNK].tolist(), widths)
            console.out(encodable("\n".join(lines), console), highlight=False)
    return gathered


def _is_shown(step: int, trace: Trace, every: int) -> bool:
    return step % every == 0 or step >= trace.steps - 1


def _fitting(
    trace: Trace, fields: Fields, room: int, lane: Callable[[Column], Lane]
) -> tuple[list[Family], list[Column], list[Lane]]:
    """All groups where they fit; else equal curves share a column; else proportional ones too."""
    every_group = [Family(group) for group in trace.groups if _has(group, fields)]
    ways: Iterable[Callable[[], list[Family]]] = (
        lambda: every_group,
        lambda: families(trace, fields),
        lambda: families(trace, fields, proportional=True),
    )
    for way in ways:
        gathered = way()
        drawn = columns(trace, fields, [family.group for family in gathered])
        lanes = [lane(column) for column in drawn]
        if total_width(lanes) <= room:
            break
    return gathered, drawn, lanes


def _has(group: str, fields: Fields) -> bool:
    return any(group in groups for groups in fields.values())


def _keys(trace: Trace, steps: Sequence[int], found: Events) -> list[Lane]:
    keys = [Lane("step", [str(step) for step in steps], right=True)]
    if trace.epochs is not None:
        keys.append(Lane("epoch", [_epoch(trace, step) for step in steps], right=True))
    return [*keys, Lane("what", [str(found[step]) for step in steps], most=_WHAT_WIDTHS[1])]


def _narrowed(keys: Sequence[Lane], lanes: Sequence[Lane], width: int) -> Lane:
    """The last key, folded where the widest of ``lanes`` would not fit beside it."""
    others = total_width([*keys[:-1], max(lanes, key=lambda lane: lane.width)]) + GAP
    what = keys[-1]
    least, most = _WHAT_WIDTHS
    return Lane(what.header, what.cells, most=min(max(width - others, least), most))


def _epoch(trace: Trace, step: int) -> str:
    if trace.epochs is None:
        return ""
    if step < trace.steps:
        return str(trace.epochs[step])
    last = int(trace.epochs[-1])
    if trace.steps_per_epoch is None:
        return ""
    ended = int(np.count_nonzero(trace.epochs == last)) >= trace.steps_per_epoch
    return str(last + 1 if ended else last)


def _lane(column: Column, steps: Sequence[int]) -> Lane:
    values = [_value(column, step) for step in steps]
    texts = iter(align(format_values([value for value in values if value is not None])))
    cells = [
        "" if value is None else next(texts) + _flag(column, step)
        for step, value in zip(steps, values, strict=True)
    ]
    return Lane(column.header, cells)


def _value(column: Column, step: int) -> float | None:
    return float(column.values[step]) if step < column.values.size else column.next


def _flag(column: Column, step: int) -> str:
    lies = column.lies is not None and step < column.lies.size and column.lies[step]
    return _FLAG if lies else ""


def _streamed_lane(column: Column) -> Lane:
    flag = len(_FLAG) if column.field == GET_LR else 0
    return Lane(column.header, least=_STREAMED_WIDTH + flag)


def _lines(
    trace: Trace, found: Events, part: Sequence[Column], steps: list[int], widths: list[int]
) -> Iterator[str]:
    """The rows of ``steps``; a negative width is that of a column aligned to the left."""
    cells = [[str(step) for step in steps]]
    if trace.epochs is not None:
        cells.append([_epoch(trace, step) for step in steps])
    cells.append([printable(str(found[step])) if step in found else "" for step in steps])
    cells.extend([_streamed(column, step) for step in steps] for column in part)
    gap = " " * GAP
    for row in zip(*cells, strict=True):
        yield gap.join(_padded(*pair) for pair in zip(row, widths, strict=True)).rstrip()


def _padded(text: str, width: int) -> str:
    return text.rjust(width) if width > 0 else text.ljust(-width)


def _streamed(column: Column, step: int) -> str:
    value = _value(column, step)
    return "" if value is None else format_value(value, _STREAMED_DIGITS) + _flag(column, step)
