"""What every numeric export shares: which steps, and how a number is written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.trace import FloatArray, Trace

FIELDS = ("lr", "momentum", "weight_decay")


def fields_of(traces: Sequence[Trace]) -> tuple[str, ...]:
    """The fields of an export: lr, momentum, weight decay, then others that are scheduled."""
    others = {field: None for trace in traces for field in trace.columns if field not in FIELDS}
    return (*FIELDS, *others)


def exact(value: float) -> str:
    """The shortest text that reads back as the same float64; empty for NaN."""
    return "" if math.isnan(value) else repr(value)


def thinned(column: FloatArray, every: int) -> list[float]:
    """Every ``every``-th value from the first, as Python floats."""
    values: list[float] = column[::every].tolist()
    return values
