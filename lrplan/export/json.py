"""The numbers as JSON, in the shape that docs/spec.md promises."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from lrplan._version import __version__
from lrplan.arrays import FloatArray
from lrplan.export.columns import chunks, number_texts, steps_shown
from lrplan.trace import Trace
from lrplan.workflow_commands import escape_json


def to_json(traces: Sequence[Trace], *, every: int = 1) -> Iterator[str]:
    """A JSON document in chunks; a value that is not finite is ``null``.

    With ``every`` above 1 each schedule says so in a key ``every``, and which steps there are in
    ``step``: the last one of the run is always among them.
    """
    torch = traces[0].torch if traces else ""
    device = traces[0].device if traces else ""
    head = {"lrplan": __version__, "torch": torch, "device": device}
    # The document is written in pieces, so that a long run never is one text: the head without its
    # closing brace, then each schedule and each column piece by piece, then the braces.
    yield f'{_dumps(head)[:-1]},\n "schedules": ['
    for index, trace in enumerate(traces):
        yield "," if index else ""
        yield from _schedule(trace, every)
    yield "]}\n"


def _schedule(trace: Trace, every: int) -> Iterator[str]:
    head: dict[str, object] = {
        "name": trace.name,
        "steps": trace.steps,
        "steps_per_epoch": trace.steps_per_epoch,
    }
    if every > 1:
        head["every"] = every
        head["step"] = steps_shown(trace.steps, every).tolist()
    if trace.failure is not None:
        head["failure"] = {"step": trace.failure.step, "message": trace.failure.message}
    if trace.formulas:
        head["formulas"] = list(trace.formulas)
    head |= _engine(trace)
    yield f'\n  {_dumps(head)[:-1]},\n   "groups": ['
    for index, group in enumerate(trace.groups):
        yield "," if index else ""
        yield from _group(trace, group, every)
    yield f'],\n   "resolved": {_dumps(dict(trace.resolved))}}}'


def _engine(trace: Trace) -> dict[str, object]:
    """The engine and the deviation of computed curves; empty for a run that was stepped."""
    if trace.deviation is None:
        return {}
    return {"engine": trace.engine, "deviation": asdict(trace.deviation)}


def _group(trace: Trace, group: str, every: int) -> Iterator[str]:
    yield f'\n    {{"name": {_dumps(group)}'
    for field, columns in trace.columns.items():
        if group in columns:
            yield f", {_dumps(field)}: ["
            column = columns[group]
            yield from _array(column if every == 1 else column[steps_shown(column.size, every)])
            yield "]"
    yield "}"


def _array(column: FloatArray) -> Iterator[str]:
    for piece in chunks(len(column)):
        yield ", " if piece.start else ""
        yield ", ".join(number_texts(column[piece], lambda _: "null"))


def _dumps(value: object) -> str:
    return escape_json(json.dumps(value))
