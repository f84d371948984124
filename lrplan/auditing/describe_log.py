"""Describes a log without a plan: every schedule shape that reproduces all of its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from lrplan.auditing.changed_shape import common_shapes
from lrplan.auditing.result import Audit
from lrplan.auditing.shapes.identify import LEAST_ROWS, identify, some_shape_fits
from lrplan.auditing.shapes.samples import Samples
from lrplan.auditing.shapes.sentence import sentence_of
from lrplan.auditing.shapes.shape import Shape
from lrplan.logs.log import Log, LogColumn
from lrplan.text import quantity

_MOST_NAMED = 4


def describe_log(log: Log) -> Audit:
    """Say which schedule a log is of.

    The verdict is ``explained`` if a shape gives every value, else ``unexplained``.
    """
    rows = sum(len(column.values) for column in log.columns)
    named = list(islice(shapes_of_log(log), _MOST_NAMED))
    if named:
        sentences = [_sentence(shapes, log) for shapes in named]
        sentence = "; or ".join(dict.fromkeys(sentences))
        return Audit(verdict="explained", sentence=sentence, logged_steps=rows)
    return Audit(verdict="unexplained", sentence=_unknown(log), logged_steps=rows)


def shapes_of_log(log: Log) -> Iterator[Mapping[str, Shape]]:
    """Yield the shape of each column, by its name, for each schedule that all columns may have.

    If no schedule fits all columns, each column gets the simplest one that gives its values.
    """
    columns = [samples_of(log, column) for column in log.columns]
    names = [column.name for column in log.columns]
    found = False
    for shapes in common_shapes(columns):
        found = True
        yield dict(zip(names, shapes, strict=True))
    if not found and len(columns) > 1:
        own = [next(iter(identify(samples)), None) for samples in columns]
        shapes = [shape for shape in own if shape is not None]
        if len(shapes) == len(own):
            yield dict(zip(names, shapes, strict=True))


def samples_of(log: Log, column: LogColumn) -> Samples:
    """The rows of a column by update, or by epoch if the log counts epochs."""
    steps = column.steps + log.convention.offset
    kept = steps >= 0
    values = column.values[kept]
    return Samples.of(steps[kept], values, column.precision.tolerance(values))


def _sentence(shapes: Mapping[str, Shape], log: Log) -> str:
    unit = log.convention.unit
    said = {name: sentence_of(shape, unit) for name, shape in shapes.items()}
    if len(set(said.values())) == 1:
        return next(iter(said.values()))
    return "; ".join(f"{name}: {text}" for name, text in said.items())


def _unknown(log: Log) -> str:
    unit = log.convention.unit
    columns = [samples_of(log, column) for column in log.columns]
    rows = min(len(samples.values) for samples in columns)
    if rows < LEAST_ROWS:
        return f"{quantity(rows, 'row')} cannot identify a schedule: {LEAST_ROWS} are needed"
    first = next((s for s in columns if not identify(s)), columns[0])
    if some_shape_fits(first):
        return f"{quantity(len(first.values), 'row')} cannot identify a schedule: several fit"
    known = _known_rows(first)
    which = f" {_name_of(log, columns, first)}" if len(columns) > 1 else ""
    no_schedule = f"no schedule that lrplan knows gives every value{which}"
    if known < LEAST_ROWS or known >= len(first.values):
        return no_schedule
    return f"{no_schedule}; none does from {unit} {int(first.updates[known]):,} on"


def _name_of(log: Log, columns: Sequence[Samples], one: Samples) -> str:
    return f"of {log.columns[[each is one for each in columns].index(True)].name}"


def _known_rows(samples: Samples) -> int:
    """The number of first rows that some schedule gives, found by bisection."""
    low, high = 0, len(samples.values)
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        known = bool(identify(samples.rows(np.arange(middle))))
        low, high = (middle, high) if known else (low, middle)
    return low
