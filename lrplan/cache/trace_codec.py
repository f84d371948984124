"""What is kept of a trace: what the run gave. What follows from the plan is taken from it again."""

from __future__ import annotations

from dataclasses import astuple, fields, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from lrplan.cache.file_format import pack, unpack
from lrplan.specfile.plan_trace_header import group_names, header_of_plan
from lrplan.trace import Deviation, TorchWarning, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lrplan.plan import SchedulePlan
    from lrplan.trace import FloatArray

    Columns = Mapping[str, Mapping[str, FloatArray]]

OF_THE_PLAN: Final = {
    *("name", "title", "description", "groups", "planned_steps", "epochs", "steps_per_epoch"),
    *("marks", "resolved", "arithmetic", "code_loop"),
}
OF_THE_RUN: Final = {
    *("columns", "next_values", "get_lr", "get_lr_note", "warnings", "torch", "device", "engine"),
    *("engine_note", "deviation"),
}
EMPTY: Final = {"failure", "unbroken"}
"""Fields that a trace has only where it is not kept."""

_VALUE = 8
"""Bytes of a number."""

_ENGINES: Final[Mapping[object, Literal["step", "closed"]]] = {"step": "step", "closed": "closed"}


def encode(key: str, trace: Trace, limit: int) -> bytes | None:
    """A whole run as the content of a file; None where it stopped midway or is more than that.

    Args:
        key: under which it will be found.
        trace: of a plan, uninterrupted.
        limit: most bytes of columns.
    """
    known = OF_THE_PLAN | OF_THE_RUN | EMPTY
    unknown = {each.name for each in fields(trace)} - known
    whole = trace.failure is None and not trace.unbroken and trace.steps == trace.planned_steps
    # A column may have to be computed to be measured; one of this length would not fit anyway.
    if unknown or not whole or trace.steps * _VALUE > limit:
        return None
    kept = _Kept(limit)
    try:
        header = {
            "lr": _numbered(trace.columns, kept),
            "get_lr": _numbered({"lr": trace.get_lr}, kept),
            "next": {field: dict(values) for field, values in trace.next_values.items()},
            "note": trace.get_lr_note,
            "warnings": [[w.category, w.message, w.step, w.count] for w in trace.warnings],
            "made": [trace.torch, trace.device, trace.engine, trace.engine_note],
            "deviation": None if trace.deviation is None else astuple(trace.deviation),
        }
    except OverflowError:
        return None
    return pack(key, header, kept.columns)


def decode(key: str, data: bytes, plan: SchedulePlan) -> Trace:
    """The trace of ``plan`` that was kept under ``key``.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: it is none, or not of this plan.
    """
    header, stored = unpack(key, data)
    filled = [_filled(column, plan.clock.steps) for column in stored]
    known = group_names(plan)
    columns = _looked_up(header["lr"], filled, known)
    next_values = {
        str(field): {group: _typed(float, value) for group, value in values.items()}
        for field, values in header["next"].items()
    }
    if tuple(columns["lr"]) != known:
        raise ValueError("the groups of another plan")
    torch, device, engine, engine_note = header["made"]
    deviation = header["deviation"]
    return replace(
        header_of_plan(plan, columns, next_values, plan.clock.steps),
        get_lr=_looked_up(header["get_lr"], filled, known)["lr"],
        get_lr_note=_typed(str, header["note"]),
        warnings=tuple(_warned(*each) for each in header["warnings"]),
        torch=_typed(str, torch),
        device=_typed(str, device),
        engine=_ENGINES[engine],
        engine_note=_typed(str, engine_note),
        deviation=None if deviation is None else _deviation(*deviation),
    )


class _Kept:
    """Columns, each once: what is constant as one value, what is equal to another not at all."""

    def __init__(self, limit: int) -> None:
        self.columns: list[FloatArray] = []
        self._room = limit
        self._known: dict[bytes, int] = {}

    def number(self, column: FloatArray) -> int:
        """Which of the columns it is.

        Raises:
            OverflowError: there is no more room.
        """
        shown = column[:1] if _is_constant(column) else column
        if shown.nbytes > self._room:
            raise OverflowError
        content = shown.tobytes()
        if content not in self._known:
            self._known[content] = len(self.columns)
            self.columns.append(shown)
            self._room -= shown.nbytes
        return self._known[content]


def _is_constant(column: FloatArray) -> bool:
    if column.strides == (0,):
        return True
    bits = np.ascontiguousarray(column, dtype=np.float64).view(np.int64)
    return bool((bits == bits[:1]).all())


def _numbered(columns: Columns, kept: _Kept) -> dict[str, dict[str, int]]:
    return {
        field: {group: kept.number(column) for group, column in by_group.items()}
        for field, by_group in columns.items()
    }


def _filled(column: FloatArray, steps: int) -> FloatArray:
    if len(column) not in (1, steps):
        raise ValueError("a column of another length")
    return column if len(column) == steps else np.broadcast_to(column[0], (steps,))


def _looked_up(
    numbers: dict[str, dict[str, int]], columns: list[FloatArray], groups: tuple[str, ...]
) -> Columns:
    return {field: dict(_of_groups(each, columns, groups)) for field, each in numbers.items()}


def _of_groups(
    numbers: dict[str, int], columns: list[FloatArray], groups: tuple[str, ...]
) -> Iterator[tuple[str, FloatArray]]:
    for group, number in numbers.items():
        if group not in groups or not 0 <= number < len(columns):
            raise ValueError("a group or a column that is not there")
        yield group, columns[number]


def _warned(category: Any, message: Any, step: Any, count: Any) -> TorchWarning:
    after = None if step is None else _typed(int, step)
    return TorchWarning(_typed(str, category), _typed(str, message), after, _typed(int, count))


def _deviation(checks: Any, largest: Any, tolerance: Any) -> Deviation:
    return Deviation(_typed(int, checks), _typed(float, largest), _typed(float, tolerance))


def _typed(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value
