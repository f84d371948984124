"""What a picture is to show of a trace, before any of it is drawn: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.render.picture.curve_stats import curve_stats
from lrplan.render.picture.numbers import count_label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lrplan.render.picture.curve_stats import CurveStats
    from lrplan.render.picture.finding_markers import FindingMarker
    from lrplan.render.picture.notes import Note
    from lrplan.trace import FloatArray, Trace


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve of a panel; groups whose values are equal to the last bit share it."""

    names: tuple[str, ...]
    kind: int
    """Which colour of the cell's."""
    sketch: CurveStats
    read: Callable[[], FloatArray]
    """Gives the values; a trace may compute them anew each time."""
    ghost: FloatArray | None = None
    """What ``get_lr()`` would have logged; of a resumed run, what the unbroken one was given."""
    unbroken: bool = False
    """Whether the ghost is of the latter kind."""

    @property
    def values(self) -> FloatArray:
        """The values, shape ``(steps,)``."""
        return self.read()

    @classmethod
    def of(cls, name: str, kind: int, values: FloatArray) -> Series:
        """A curve of values at hand."""
        return cls((name,), kind, curve_stats(values), lambda: values)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One field of one schedule."""

    field: str
    series: tuple[Series, ...]
    groups: int
    """How many groups the schedule has, with this field or without."""


@dataclass(frozen=True, slots=True, eq=False)
class XAxis:
    """The x axis that the panels of one schedule share."""

    label: str
    edges: FloatArray
    """Where each step begins, and where the last one ends: shape ``(steps + 1,)``."""
    end: float
    """Where the run was planned to end."""
    counts: tuple[int, ...] = ()
    """Steps that are named in words, all of them in one way of writing."""

    def place(self, step: int) -> str:
        """Where ``step`` begins, in the unit of the axis."""
        begins = float(self.edges[step])
        return count_label(begins, self.counts) if self.label == "step" else f"{begins:,.4g}"


@dataclass(frozen=True, slots=True, eq=False)
class ScheduleView:
    """Everything about one schedule."""

    trace: Trace
    panels: tuple[Panel, ...]
    across: XAxis
    kinds: int
    """How many colours it takes: groups that are alike in every field drawn share one."""
    title: str
    subtitle: str
    notes: tuple[Note, ...]
    alerts: tuple[FindingMarker, ...]


def epochs_apart(trace: Trace) -> bool:
    """Whether counting epochs tells more than counting steps does."""
    return trace.epochs is not None and trace.steps_per_epoch != 1


def names_label(names: Sequence[str]) -> str:
    """One label for groups that share a curve: ``a = b``, or the ends of a longer list."""
    if len(names) <= 3:
        return " = ".join(names)
    return f"{names[0]} … {names[-1]} ({len(names)} groups)"
