"""Fields and curves of an export, and numbers turned into text piece by piece."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lrplan.arrays import FloatArray, IntArray
from lrplan.features import varies
from lrplan.text import join_equal
from lrplan.trace import STANDARD_FIELDS, Trace

CHUNK = 16_384
"""Numbers written at once: text takes some ten times the memory of the numbers."""


def fields_of(traces: Sequence[Trace]) -> tuple[str, ...]:
    """The fields of an export: lr, momentum, weight decay, then others that are scheduled."""
    others = {
        field: None for trace in traces for field in trace.columns if field not in STANDARD_FIELDS
    }
    return (*STANDARD_FIELDS, *others)


def steps_shown(steps: int, every: int) -> IntArray:
    """Every n-th step of a run, from 0, and its last one."""
    shown = np.arange(0, steps, every, dtype=np.int64)
    return shown if not steps or shown[-1] == steps - 1 else np.append(shown, steps - 1)


def named_curves(trace: Trace) -> Iterator[tuple[str, str, str]]:
    """A name for each curve to print, its field, and a group that has it.

    These are the lr of every group and every other field that changes; groups with equal curves
    share one: ``backbone = head lr``.
    """
    for field, columns in trace.columns.items():
        for groups in trace.distinct(field):
            if field == "lr" or varies(columns[groups[0]]):
                name = field if len(trace.groups) == 1 else f"{join_equal(groups)} {field}"
                yield name, field, groups[0]


def number_texts(values: FloatArray, special: Callable[[float], str]) -> list[str]:
    """Each value as the shortest text that reads back as the same float64 (``repr``).

    Args:
        values: some of a column, shape ``(n,)``; equal values in a row are converted once.
        special: the text of a value that is not finite.
    """
    write = repr if np.isfinite(values).all() else _writer(special)
    return _text_of_each(values, values.view(np.int64), write)


def integer_texts(values: IntArray) -> list[str]:
    """Each whole number as text."""
    return _text_of_each(values, values, str)


def chunks(count: int) -> Iterator[slice]:
    """The indices of ``count`` numbers in pieces that are written at once."""
    yield from (slice(start, start + CHUNK) for start in range(0, count, CHUNK))


def _writer(special: Callable[[float], str]) -> Callable[[float], str]:
    return lambda value: repr(value) if math.isfinite(value) else special(value)


def _text_of_each(
    values: FloatArray | IntArray, bits: IntArray, write: Callable[..., str]
) -> list[str]:
    """The text of every value; of a run of equal values, it is made once.

    A StepLR of a million steps has a handful of values: ``starts`` are the steps where the bits
    change, and their texts are repeated. Bits are compared, not values: 0.0 is not -0.0.
    """
    starts = np.flatnonzero(np.append(True, bits[1:] != bits[:-1])) if len(bits) else bits
    # Of a cosine nearly every value is another: repeating texts saves nothing there.
    if 2 * len(starts) > len(values):
        return list(map(write, values.tolist()))
    texts = np.array([write(value) for value in values[starts].tolist()], dtype=object)
    lengths = np.diff(starts, append=len(values))
    repeated: list[str] = np.repeat(texts, lengths).tolist()
    return repeated
