"""The numbers as CSV: one row per schedule, group and step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from lrplan.arrays import FloatArray
from lrplan.errors import UsageError
from lrplan.export.columns import chunks, fields_of, integer_texts, number_texts, steps_shown
from lrplan.trace import Trace
from lrplan.workflow_commands import has_command

_QUOTED = frozenset(',"\r\n')
_COMMAND_IN_NAME = (
    "the name {name!r} holds what a runner of CI jobs takes for a command, and CSV has no escape"
    " for it: write a file with -o, or take another format"
)


def to_csv(traces: Sequence[Trace], *, every: int = 1) -> Iterator[str]:
    """The header, then pieces of many rows; ``epoch`` is empty for a run without epochs.

    A field that a group does not have is empty, and so is NaN; numbers are written in full
    (``repr``). Columns are read one group at a time, and one piece is text at a time.
    """
    fields = fields_of(traces)
    yield ",".join(["schedule", "group", "step", "epoch", *map(cell, fields)]) + "\n"
    for trace in traces:
        for group in trace.groups:
            yield from _rows(trace, group, fields, every)


def check_printable(traces: Sequence[Trace]) -> None:
    """Refuse names that a CI runner would obey as commands when their rows are in its log.

    A name that begins like a command is safe in quotes. For a name with such a line inside, or with
    a command that is obeyed anywhere in a line, CSV has no escape.

    Raises:
        UsageError: there is such a name.
    """
    names = [name for trace in traces for name in (trace.name, *trace.groups)]
    check_names((*names, *fields_of(traces)))


def check_names(names: Iterable[str]) -> None:
    """Refuse names that a CI runner would obey as commands.

    Raises:
        UsageError: there is such a name.
    """
    for name in names:
        if has_command(cell(name)):
            raise UsageError(_COMMAND_IN_NAME.format(name=name))


def cell(text: str) -> str:
    """``text`` as one cell: in quotes if it has a comma, a quote or a line end of any kind.

    The writer of the standard library leaves a lone carriage return bare if lines end in a line
    feed, and its own reader then sees two rows. Text that a CI job might read as a command is in
    quotes too.
    """
    if _QUOTED.isdisjoint(text) and not has_command(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _rows(trace: Trace, group: str, fields: Sequence[str], every: int) -> Iterator[str]:
    # A piece of rows is a zip of columns of text, each made at once: `a,all,0`, `0`, `0.1`, ...
    lead = f"{cell(trace.name)},{cell(group)},"
    steps = steps_shown(trace.steps, every)
    # All steps are a slice, which copies nothing.
    at = slice(None) if every == 1 else steps
    epochs = None if trace.epochs is None else trace.epochs[at]
    columns = [trace.columns.get(field, {}).get(group) for field in fields]
    thinned = [None if column is None else column[at] for column in columns]
    for piece in chunks(len(steps)):
        heads = [lead + step for step in map(str, steps[piece].tolist())]
        parts: list[Iterable[str]] = [heads]
        parts.append(repeat("") if epochs is None else integer_texts(epochs[piece]))
        parts.extend(_texts(column, piece) for column in thinned)
        # Columns without numbers repeat "" without end: the heads, one for each row, end the zip.
        yield "\n".join(map(",".join, zip(*parts, strict=False))) + "\n"


def _texts(column: FloatArray | None, piece: slice) -> Iterable[str]:
    return repeat("") if column is None else number_texts(column[piece], _not_finite)


def _not_finite(value: float) -> str:
    return "" if math.isnan(value) else repr(value)
