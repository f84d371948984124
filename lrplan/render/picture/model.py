"""What a picture is to show of a trace, before any of it is drawn: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from lrplan.render.picture.alerts import Alert, alerts_of, left_out
from lrplan.render.picture.notes import Note, notes_of
from lrplan.render.picture.numbers import count_label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lrplan.render.picture.options import PictureOptions
    from lrplan.trace import FloatArray, Trace


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One curve of a panel; groups whose values are equal to the last bit share it."""

    names: tuple[str, ...]
    kind: int
    """Which colour of the cell's."""
    values: FloatArray
    ghost: FloatArray | None = None
    """What ``get_lr()`` would have logged."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One field of one schedule."""

    field: str
    series: tuple[Series, ...]
    groups: int
    """How many groups the schedule has, with this field or without."""


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """The x axis that the panels of one schedule share."""

    label: str
    edges: FloatArray
    """Where each step begins, and where the last one ends: shape ``(steps + 1,)``."""
    end: float
    """Where the run was planned to end."""

    def place(self, step: int) -> str:
        """Where ``step`` begins, in the unit of the axis."""
        begins = float(self.edges[step])
        return count_label(begins) if self.label == "step" else f"{begins:,.4g}"


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Everything about one schedule."""

    trace: Trace
    panels: tuple[Panel, ...]
    across: Across
    kinds: int
    """How many colours it takes: groups that are alike in every field drawn share one."""
    title: str
    subtitle: str
    notes: tuple[Note, ...]
    alerts: tuple[Alert, ...]


def cell_of(trace: Trace, options: PictureOptions, unseen: Sequence[str] = ()) -> Cell:
    """What to show of ``trace``, whose fields ``unseen`` move although nobody draws them."""
    prints = _Prints(trace, options)
    kinds = _kinds(trace, options, prints)
    alerts = alerts_of(trace, options)
    return Cell(
        trace=trace,
        panels=tuple(_panel(trace, field, kinds, prints) for field in options.fields),
        across=across(trace, options.x),
        kinds=len(set(kinds.values())),
        title=trace.title.strip() or trace.name,
        subtitle=_subtitle(trace),
        notes=(*left_out(trace, alerts, options), *notes_of(trace, options, unseen)),
        alerts=alerts,
    )


class _Prints:
    """Fingerprints of curves: equal only where all values drawn are, to the last bit."""

    def __init__(self, trace: Trace, options: PictureOptions) -> None:
        self.ghosts = trace.get_lr if options.get_lr else {}
        self._of = {
            (field, group): (self._digest(values), self._digest(self.ghost(field, group)))
            for field in options.fields
            for group, values in trace.columns.get(field, {}).items()
        }

    def of(self, field: str, group: str) -> object:
        return self._of.get((field, group))

    def ghost(self, field: str, group: str) -> FloatArray | None:
        return self.ghosts.get(group) if field == "lr" else None

    @staticmethod
    def _digest(row: FloatArray | None) -> bytes:
        # Adding 0 makes one of both zeros.
        return b"" if row is None else blake2b((row + 0.0).tobytes()).digest()


def _kinds(trace: Trace, options: PictureOptions, prints: _Prints) -> dict[str, int]:
    seen: dict[tuple[object, ...], int] = {}
    return {
        group: seen.setdefault(
            tuple(prints.of(field, group) for field in options.fields), len(seen)
        )
        for group in trace.groups
    }


def _panel(trace: Trace, field: str, kinds: Mapping[str, int], prints: _Prints) -> Panel:
    columns = trace.columns.get(field, {})
    alike: dict[object, list[str]] = {}
    for group in trace.groups:
        if group in columns and len(columns[group]):
            alike.setdefault(prints.of(field, group), []).append(group)
    series = tuple(
        Series(
            names=tuple(names),
            kind=kinds[names[0]],
            values=columns[names[0]],
            ghost=prints.ghost(field, names[0]),
        )
        for names in alike.values()
    )
    return Panel(field=field, series=series, groups=len(trace.groups))


def across(trace: Trace, unit: str) -> Across:
    """The x axis of ``trace`` in steps, or in epochs where it has them."""
    planned = max(trace.planned_steps, trace.steps, 1)
    begins = trace.epoch_axis() if unit == "epoch" else None
    if begins is None:
        edges = np.arange(trace.steps + 1, dtype=np.float64)
        return Across(label="step", edges=edges, end=float(planned))
    last = _last_step(trace, begins)
    edges = np.append(begins, (begins[-1] if len(begins) else 0.0) + last)
    more = (planned - trace.steps) * last
    return Across(label="epoch", edges=edges, end=float(edges[-1] + more) or 1.0)


def _last_step(trace: Trace, begins: FloatArray) -> float:
    if trace.steps_per_epoch:
        return 1 / trace.steps_per_epoch
    if trace.epochs is None or len(begins) == 0:
        return 1.0
    return float(1 / np.count_nonzero(trace.epochs == trace.epochs[-1]))


def _subtitle(trace: Trace) -> str:
    planned = max(trace.planned_steps, trace.steps)
    steps = "1 step" if planned == 1 else f"{count_label(planned)} steps"
    named = [trace.name] if trace.title.strip() not in ("", trace.name) else []
    epochs = _epochs(trace, planned)
    if not epochs:
        return " · ".join([*named, steps])
    counted = "1 epoch" if epochs == 1 else f"{round(epochs, 2):,} epochs"
    both = [f"{counted} of one step"] if trace.steps_per_epoch == 1 else [steps, counted]
    return " · ".join([*named, *both])


def _epochs(trace: Trace, planned: int) -> float:
    """How many epochs the whole run has, with fractions; 0 where it has none."""
    if trace.epochs is None or not trace.steps:
        return 0
    if trace.steps_per_epoch:
        whole, rest = divmod(planned, trace.steps_per_epoch)
        return planned / trace.steps_per_epoch if rest else whole
    return int(trace.epochs[-1]) + 1


def epochs_apart(trace: Trace) -> bool:
    """Whether counting epochs tells more than counting steps does."""
    return trace.epochs is not None and trace.steps_per_epoch != 1


def names_label(names: Sequence[str]) -> str:
    """One label for groups that share a curve: ``a = b``, or the ends of a longer list."""
    if len(names) <= 3:
        return " = ".join(names)
    return f"{names[0]} … {names[-1]} ({len(names)} groups)"
