"""The view of an audit: the planned curve, the points of the log, and their first difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IntArray
from lrplan.render.view.curve_stats import curve_stats
from lrplan.render.view.view_model import (
    EpochAxis,
    Flag,
    Note,
    Panel,
    ScheduleView,
    Series,
    Tone,
    XAxis,
    field_label,
)


@dataclass(frozen=True, slots=True, eq=False)
class AuditedColumn:
    """A column of a log beside the curve that the plan has for it."""

    name: str
    """As the log calls it."""
    group: str
    """The parameter group of the plan, or what else the curve is of."""
    planned: FloatArray
    """By update, shape ``(steps,)``."""
    updates: IntArray
    """The update of each row, ascending, shape ``(rows,)``."""
    values: FloatArray
    """The logged value of each row."""
    as_planned: BoolArray
    """Of each row: its value is the planned one, to the log's own digits."""


@dataclass(frozen=True, slots=True)
class AuditCaption:
    """The words of an audit's picture."""

    title: str
    subtitle: str
    sentence: str
    tone: Tone
    cause: str = ""
    """The name of the cause, drawn where the curves part."""
    parts_at: int | None = None
    """The update from which on the cause shows, if there is one."""


def audit_view(
    columns: Sequence[AuditedColumn], caption: AuditCaption, epochs: EpochAxis | None
) -> ScheduleView:
    """The view of one audit; the lower panel has the logged rates less the planned ones.

    Args:
        columns: at least one.
        caption: its words.
        epochs: the epochs above the updates, where the plan has them.
    """
    one = len(columns) == 1
    curves, differences = [], []
    for index, column in enumerate(columns):
        # One column: plan and log have colours of their own. Several: a colour for each, in which
        # the plan is the line and the log are the dots.
        colour = 1 if one else index
        name = "log" if one else column.name
        curves.append(_line("plan" if one else f"plan {column.group}", index, column.planned))
        curves.append(_dots(name, colour, column.values, column))
        inside = column.updates < len(column.planned)
        gap = column.values[inside] - column.planned[column.updates[inside]]
        # Rounding, magnified to the height of the axes, would look like a difference.
        gap = np.where(column.as_planned[inside], 0.0, gap)
        differences.append(_dots(name, colour, gap, column, inside))
    steps = max(len(column.planned) for column in columns)
    last = max(int(column.updates[-1]) for column in columns)
    panels = [Panel(field_label("lr"), tuple(curves), 2 * len(columns))]
    if not all(column.as_planned.all() for column in columns):
        panels.append(Panel("log - plan", tuple(differences), len(columns), tight=True))
    axis = XAxis("update", np.arange(steps + 1, dtype=np.float64), float(max(steps, last + 1)))
    return ScheduleView(
        title=caption.title,
        subtitle=caption.subtitle,
        panels=tuple(panels),
        x_axis=axis,
        colours=max(len(columns), 2),
        notes=tuple(_notes(columns, caption)),
        epochs=epochs,
        flags=tuple(_flag(caption, steps)),
    )


def _line(name: str, colour: int, values: FloatArray) -> Series:
    return Series((name,), colour, curve_stats(values), lambda: values)


def _dots(
    name: str,
    colour: int,
    values: FloatArray,
    column: AuditedColumn,
    kept: BoolArray | slice = slice(None),
) -> Series:
    return Series(
        (name,),
        colour,
        curve_stats(values),
        lambda: values,
        point_x=column.updates[kept].astype(np.float64),
        hollow=~column.as_planned[kept],
    )


def _flag(caption: AuditCaption, steps: int) -> Iterator[Flag]:
    if caption.parts_at is None:
        return
    begins = f"{caption.cause} from" if caption.cause else "parts from the plan at"
    yield Flag(min(caption.parts_at, steps), f"{begins} update {caption.parts_at:,}")


def _notes(columns: Sequence[AuditedColumn], caption: AuditCaption) -> Iterator[Note]:
    yield Note(caption.sentence, caption.tone)
    off = sum(int((~column.as_planned).sum()) for column in columns)
    if off:
        rows = sum(len(column.values) for column in columns)
        others = f"rings: the {off:,} of {rows:,} that are not"
        yield Note(f"line: the plan; dots: logged values that are the planned ones; {others}")
    else:
        yield Note("line: the plan; dots: the log")
