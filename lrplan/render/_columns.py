"""The columns of a table of values, and which groups can share one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrplan.features import varies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from lrplan.trace import FloatArray, Trace

    BoolArray = NDArray[np.bool_]

_ALIKE = 1e-9
"""Curves that differ by less than this share of their peak are the same to a reader."""
GET_LR = "get_lr()"
UNNAMED = "all"
"""The group of an optimizer whose spec names no groups."""


@dataclass(frozen=True, slots=True)
class Column:
    """One field of one group over the run; ``lies`` tells where ``get_lr()`` misleads."""

    group: str
    field: str
    values: FloatArray
    next: float | None
    lies: BoolArray | None = None

    @property
    def header(self) -> str:
        """Group over field; the field alone for the group of an optimizer that names none."""
        return self.field if self.group == UNNAMED else f"{self.group}\n{self.field}"


@dataclass(frozen=True, slots=True)
class Family:
    """Groups whose curves have one shape: the first, and the others with their factors."""

    group: str
    others: tuple[tuple[str, float], ...] = ()


def shown_fields(trace: Trace, requested: Sequence[str]) -> dict[str, list[str]]:
    """Per field its groups: those requested, then whatever else varies over the run."""
    shown = {field: list(trace.columns.get(field, {})) for field in requested}
    for field, per_group in trace.columns.items():
        varying = [group for group, values in per_group.items() if varies(values)]
        if field not in shown and varying:
            shown[field] = varying
    return {field: groups for field, groups in shown.items() if groups}


def columns(trace: Trace, fields: dict[str, list[str]], groups: Sequence[str]) -> list[Column]:
    """The columns of ``groups``, group by group."""
    return [column for group in groups for column in _of_group(trace, fields, group)]


def _of_group(trace: Trace, fields: dict[str, list[str]], group: str) -> Iterator[Column]:
    for field, groups in fields.items():
        if group not in groups:
            continue
        values = trace.columns[field][group]
        yield Column(group, field, values, trace.next_values.get(field, {}).get(group))
        if field == "lr" and group in trace.get_lr:
            logged = trace.get_lr[group]
            yield Column(group, GET_LR, logged, None, _differ(logged, values))


def families(
    trace: Trace, fields: dict[str, list[str]], *, proportional: bool = False
) -> list[Family]:
    """The groups of ``trace``, those alike in every field gathered under the first of them.

    Args:
        trace: the run.
        fields: per field the groups that show it.
        proportional: also gather groups whose first field is a multiple of the other's.
    """
    gathered: dict[str, list[tuple[str, float]]] = {}
    for group in trace.groups:
        if not any(group in groups for groups in fields.values()):
            continue
        for first, others in gathered.items():
            factor = _factor(trace, fields, first, group)
            if factor is not None and (proportional or abs(factor - 1) <= _ALIKE):
                others.append((group, factor))
                break
        else:
            gathered[group] = []
    return [Family(group, tuple(others)) for group, others in gathered.items()]


def _factor(trace: Trace, fields: dict[str, list[str]], one: str, other: str) -> float | None:
    """By what the first field of ``one`` is multiplied in ``other``; None where they differ."""
    main, *rest = fields
    if any((one in groups) != (other in groups) for groups in fields.values()):
        return None
    for field in rest:
        if one in fields[field] and _ratio(*_pair(trace, field, one, other), fixed=1) is None:
            return None
    return _ratio(*_pair(trace, main, one, other)) if one in fields[main] else 1.0


def _pair(trace: Trace, field: str, one: str, other: str) -> tuple[FloatArray, FloatArray]:
    return trace.columns[field][one], trace.columns[field][other]


@np.errstate(over="ignore", invalid="ignore")
def _ratio(one: FloatArray, other: FloatArray, fixed: float | None = None) -> float | None:
    if not one.size:
        return 1.0
    peak, other_peak = _size(one), _size(other)
    factor = fixed or (other_peak / peak if peak and other_peak else 1.0)
    # A look at a few steps spares most pairs the comparison of the whole run.
    for step in (slice(None, None, max(1, one.size // 16)), slice(None)):
        same = np.isclose(other[step], one[step] * factor, 0, _ALIKE * other_peak, equal_nan=True)
        if not same.all():
            return None
    return factor


def _size(values: FloatArray) -> float:
    return float(np.abs(values, where=np.isfinite(values), out=np.zeros(values.size)).max())


@np.errstate(over="ignore", invalid="ignore")
def _differ(logged: FloatArray, applied: FloatArray) -> BoolArray:
    scale = _size(applied) if applied.size else 0.0
    return ~np.isclose(logged, applied, 0, _ALIKE * scale, equal_nan=True)
