"""The data classes of a view: a picture's panels, series, axes, flags and notes, before drawing.

A renderer draws these and nothing else. It decides what depends on the paper (ticks, line breaks,
how many flags have room); everything that depends on the run is computed here, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from lrplan.arrays import BoolArray, FloatArray, IntArray
from lrplan.finding import Severity
from lrplan.render.view.curve_stats import CurveStats
from lrplan.render.view.numbers import count_label
from lrplan.render.view.y_scale import LINEAR, YScale

Tone = Literal["plain", "caution", "alarm"]
"""The tone of a note: worth knowing, suspicious, or wrong."""

_TONES: dict[Severity, Tone] = {
    Severity.ERROR: "alarm",
    Severity.WARNING: "caution",
    Severity.INFO: "plain",
}


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence under a panel."""

    text: str
    tone: Tone = "plain"
    number: int | None = None
    """The number of the finding marker that it explains."""
    dashed: bool = False
    """It explains the dashed stretches of the curves."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """The part of a learning-rate curve that its sources do not state."""

    stretches: tuple[tuple[int, int], ...] = ()
    """First step and the step after the last one, ascending, apart from each other."""
    reasons: tuple[str, ...] = ()
    is_checked: bool = True
    """The sources state every other part, and the curve was compared with them."""


@dataclass(frozen=True, slots=True)
class FindingMarker:
    """The findings of one rule about a schedule."""

    number: int
    """From 1, in the order of the steps."""
    name: str
    severity: Severity
    steps: tuple[int, ...]
    """Empty where it concerns the whole run, or a step that was never reached."""

    @property
    def tone(self) -> Tone:
        """The colour that its severity has."""
        return _TONES[self.severity]


@dataclass(frozen=True, slots=True, eq=False)
class Underlay:
    """A second curve of the same groups, drawn under the applied one."""

    kind: Literal["get_lr", "unbroken"]
    """``get_lr()`` as a logger would have read it, or the run that was never interrupted."""
    values: FloatArray
    stats: CurveStats
    edges: FloatArray
    """The x where each of its steps begins, and where the last one ends."""
    mismatches: IntArray
    """Of ``get_lr()``: some of the steps where it is not what was applied."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A curve of a panel; groups whose values are equal to the last bit share it."""

    names: tuple[str, ...]
    """The groups, or the letter of a compared run."""
    colour: int
    """Index of its colour among the ``colours`` of the schedule."""
    stats: CurveStats
    read: Callable[[], FloatArray]
    """Gives the values; a trace may compute them again each time."""
    underlay: Underlay | None = None
    point_x: FloatArray | None = None
    """The x of each value, which is drawn as a point; None: the values are held from step to
    step."""
    hollow: BoolArray | None = None
    """Of points: those that are drawn as rings."""
    run: int = 0
    """Which of the compared runs it belongs to: each has dashes of its own."""

    @property
    def values(self) -> FloatArray:
        """The values, shape ``(steps,)``."""
        return self.read()


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A plotting area: a field of a schedule, or the differences of compared runs."""

    label: str
    """The text beside the y axis, such as ``learning rate``."""
    series: tuple[Series, ...]
    groups: int
    """The number of groups of the schedule, with this field or without."""
    empty_text: str = ""
    """The text in a panel without series."""
    scale: YScale = LINEAR
    tight: bool = False
    """Little room above the curves, as suits differences, which have both signs."""
    dashed: tuple[tuple[int, int], ...] = ()
    """Stretches of steps whose values are assumed."""


@dataclass(frozen=True, slots=True, eq=False)
class XAxis:
    """The x axis that the panels of one schedule share."""

    label: str
    edges: FloatArray
    """The x where each step begins, and where the last one ends: shape ``(steps + 1,)``."""
    end: float
    """The x where the run was planned to end."""
    counts: tuple[int, ...] = ()
    """Steps that the picture names, so that all are written in one way: ``5k`` or ``5,025``."""
    begin: float = 0.0
    """The x where the axis begins."""

    def step_label(self, step: int) -> str:
        """The x where ``step`` begins, as text in the unit of the axis."""
        begins = float(self.edges[step])
        return count_label(begins, self.counts) if self.label == "step" else f"{begins:,.4g}"


@dataclass(frozen=True, slots=True, eq=False)
class EpochAxis:
    """A second x axis above the steps, which counts epochs."""

    starts: FloatArray
    """The step where each epoch begins, NaN for one that is not on the axis: its index counts."""

    @property
    def last(self) -> int:
        """The last epoch that may be labelled, at least 1."""
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class Flag:
    """A step worth marking, and its text: a peak, the end of the warm-up, a milestone."""

    step: int
    text: str
    short_text: str = ""
    """The number alone, for a flag like the one before: ``milestone 30``, then ``60``."""
    dot: float | None = None
    """A value to put a dot on."""


@dataclass(frozen=True, slots=True, eq=False)
class ScheduleView:
    """The view of one schedule or comparison."""

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    x_axis: XAxis
    colours: int
    """The number of colours it takes: groups that look the same in every panel share one."""
    notes: tuple[Note, ...]
    runs: tuple[int, ...] = ()
    """The number of colours of each compared run, in their order; empty for a schedule."""
    epochs: EpochAxis | None = None
    """None if the epochs are the same numbers as the x axis."""
    flags: tuple[Flag, ...] = ()
    markers: tuple[FindingMarker, ...] = ()
    failed: bool = False
    """The run stopped before its planned end."""
    inset: ScheduleView | None = None
    """A part of the first panel that is too narrow to be seen, drawn again in a free place."""


def field_label(field: str) -> str:
    """A field of a trace in words: ``learning rate``, ``weight decay``."""
    return "learning rate" if field == "lr" else field.replace("_", " ")
