"""The numbers as CSV: one row per schedule, group and step."""

from __future__ import annotations

import csv
import io
from itertools import repeat
from typing import TYPE_CHECKING

from lrplan.export.columns import exact, fields_of, thinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lrplan.trace import Trace

_CHUNK = 20_000


def to_csv(traces: Sequence[Trace], *, every: int = 1) -> Iterator[str]:
    """The header, then chunks of rows; ``epoch`` is empty for a run without epochs.

    A field that a group does not have is empty; numbers are written in full (``repr``).
    """
    fields = fields_of(traces)
    yield _lines([("schedule", "group", "step", "epoch", *fields)])
    for trace in traces:
        for group in trace.groups:
            yield from _chunks(_rows(trace, group, fields, every))


def _rows(
    trace: Trace, group: str, fields: Sequence[str], every: int
) -> Iterator[tuple[object, ...]]:
    steps = range(0, trace.steps, every)
    epochs = repeat("") if trace.epochs is None else trace.epochs[::every].tolist()
    columns = (_texts(trace, field, group, every) for field in fields)
    return zip(repeat(trace.name), repeat(group), steps, epochs, *columns, strict=False)


def _texts(trace: Trace, field: str, group: str, every: int) -> Iterable[str]:
    column = trace.columns.get(field, {}).get(group)
    return repeat("") if column is None else map(exact, thinned(column, every))


def _chunks(rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    chunk: list[tuple[object, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            yield _lines(chunk)
            chunk.clear()
    if chunk:
        yield _lines(chunk)


def _lines(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
