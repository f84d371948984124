"""The steps of a run that a table shows, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lrplan.features import Change, changes, peak, warmup_end
from lrplan.render._columns import GET_LR, Column, columns, families
from lrplan.render.numbers import format_ratio, format_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lrplan.trace import FloatArray, Trace

DEFAULT_ROWS = 12

_WORDS = {
    "top": "turns down",
    "bottom": "turns up",
    "hold": "hold starts",
    "decay": "decay starts",
    "rise": "rise starts",
    "kink": "slope changes",
    "found": "finite again",
}
_IMPLIED = {"turns down": "peak", "slope changes": "warm-up ends"}
"""What goes without saying where the other word stands."""

_QUARTERS = {"25% of the run": 0.25, "50% of the run": 0.5, "75% of the run": 0.75}

_ALWAYS, _SHAPE, _LIE, _NAMED = 6.0, 5.0, 4.0, 3.0
"""Weights of the ends of the run, of peak and warm-up, of get_lr(), of steps the plan names.
Changes of a curve weigh 2 at most, rows that only sample it nothing."""


@dataclass(slots=True)
class Event:
    """What happens at one step, in words, and how much it matters."""

    weight: float = 0.0
    words: list[str] = field(default_factory=list)

    def add(self, word: str, weight: float) -> None:
        """Another thing that happens there."""
        self.weight = max(self.weight, weight)
        if word not in self.words:
            self.words.append(word)

    def __str__(self) -> str:
        return ", ".join(word for word in self.words if _IMPLIED.get(word) not in self.words)


Events = dict[int, Event]


def events(trace: Trace, fields: dict[str, list[str]], sparse: int = DEFAULT_ROWS) -> Events:
    """Everything that happens in the run, by step; step ``steps`` is the one after the last."""
    found: Events = defaultdict(Event)
    if not trace.steps:
        return found
    distinct = [family.group for family in families(trace, fields, proportional=True)]
    shown = columns(trace, fields, distinct)
    main = next(iter(fields), "lr")
    found[0].add("start", _ALWAYS)
    for column in (column for column in shown if column.field == main):
        _add_shape(found, column)
    _add_lies(found, [column for column in shown if column.field == GET_LR])
    for mark in trace.marks:
        if 0 <= mark.step <= trace.steps:
            found[mark.step].add(mark.label, _NAMED)
    _add_changes(found, shown, main, sparse)
    if any(_changes_often(column.values, sparse) for column in shown):
        _add_quarters(found, shown, trace.steps)
    found[trace.steps - 1].add("last", _ALWAYS)
    if any(column.next is not None for column in shown):
        found[trace.steps].words.insert(0, "next")
        found[trace.steps].weight = _ALWAYS
    else:
        found.pop(trace.steps, None)
    return found


def weightiest(found: Mapping[int, Event], rows: int) -> list[int]:
    """The ``rows`` steps that matter most (the ends of the run at least), in order."""
    ends = sum(event.weight == _ALWAYS for event in found.values())
    ranked = sorted(found, key=lambda step: (-found[step].weight, step))
    return sorted(ranked[: max(rows, ends)])


def hidden(found: Mapping[int, Event], shown: Sequence[int]) -> int:
    """How many steps where something happens are not among ``shown``."""
    return sum(event.weight > 0 for event in found.values()) - sum(
        found[step].weight > 0 for step in shown
    )


def _add_shape(found: Events, column: Column) -> None:
    ramp, top = warmup_end(column.values, column.next), peak(column.values)
    if ramp is not None:
        found[ramp].add("warm-up ends", _SHAPE)
    if top is not None and (column.values < top.value).any():
        found[top.step].add("peak", _SHAPE)


def _add_lies(found: Events, logged: Sequence[Column]) -> None:
    for column in logged:
        if column.lies is not None and column.lies.any():
            found[int(column.lies.argmax())].add("get_lr() differs", _LIE)


def _add_changes(found: Events, shown: Sequence[Column], main: str, sparse: int) -> None:
    """Other fields mostly follow the main one, whose words are enough where both change."""
    for column in (column for column in shown if column.field == main):
        for change in changes(column.values, sparse=sparse):
            found[change.step].add(_word(change, column), change.weight)
    told = set(found)
    for column in (column for column in shown if column.field not in (main, GET_LR)):
        for change in changes(column.values, sparse=sparse):
            if change.step not in told:
                found[change.step].add(f"{column.field} {_word(change, column)}", change.weight)


def _changes_often(values: FloatArray, sparse: int) -> bool:
    return int(np.count_nonzero(values[1:] != values[:-1])) > sparse


def _add_quarters(found: Events, shown: Sequence[Column], steps: int) -> None:
    """Samples of smooth stretches; where nothing has changed since the row above there is none."""
    for word, share in _QUARTERS.items():
        step = int(share * steps)
        above = max(other for other in found if other <= step)
        if any(column.values[step] != column.values[above] for column in shown):
            found[step].add(word, 0.0)


def _word(change: Change, column: Column) -> str:
    if change.kind == "lost":
        return f"becomes {format_value(float(column.values[change.step]))}"
    if change.kind != "jump":
        return _WORDS[change.kind]
    if change.ratio is None:
        return "jump from 0"
    if change.ratio == 0:
        return "drop to 0"
    return f"{'drop' if change.ratio < 1 else 'jump'} {format_ratio(change.ratio)}"
