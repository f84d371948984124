"""The steps of a run that a table shows, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrplan.render.numbers import format_ratio, format_value
from lrplan.render.table.columns import GET_LR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lrplan.features import Change
    from lrplan.render.table.columns import Column, TableModel
    from lrplan.trace import FloatArray

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


def events(board: TableModel) -> Events:
    """Everything that happens in the run, by step; step ``steps`` is the one after the last."""
    found: Events = defaultdict(Event)
    steps = board.steps
    if not steps:
        return found
    shown = board.columns(board.shapes)
    found[0].add("start", _ALWAYS)
    for column in (column for column in shown if column.field == board.main):
        _add_shape(found, column)
    _add_lies(found, shown)
    for mark in board.trace.marks:
        if 0 <= mark.step <= steps:
            found[mark.step].add(mark.label, _NAMED)
    _add_changes(found, shown, board.main)
    if any(column.look.often for column in shown):
        _add_quarters(found, shown, steps)
    found[steps - 1].add("last", _ALWAYS)
    if any(column.next is not None for column in shown):
        found[steps].words.insert(0, "next")
        found[steps].weight = _ALWAYS
    else:
        found.pop(steps, None)
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
    summary = column.look.summary
    if summary.warmup is not None and summary.warmup.kind == "warm-up":
        found[summary.warmup.step].add("warm-up ends", _SHAPE)
    if summary.peak is not None and summary.min is not None and summary.min < summary.peak.value:
        found[summary.peak.step].add("peak", _SHAPE)


def _add_lies(found: Events, shown: Sequence[Column]) -> None:
    for column in shown:
        if column.lies is not None:
            found[column.lies.first].add("get_lr() differs", _LIE)


def _add_changes(found: Events, shown: Sequence[Column], main: str) -> None:
    """Other fields mostly follow the main one, whose words are enough where both change."""
    for column in (column for column in shown if column.field == main):
        for change in column.look.changes:
            found[change.step].add(_word(change, column), change.weight)
    told = set(found)
    for column in (column for column in shown if column.field not in (main, GET_LR)):
        for change in column.look.changes:
            if change.step not in told:
                found[change.step].add(f"{column.field} {_word(change, column)}", change.weight)


def _add_quarters(found: Events, shown: Sequence[Column], steps: int) -> None:
    """Samples of smooth stretches; where nothing has changed since the row above there is none."""
    rows = set(found)
    above: dict[str, tuple[int, int]] = {}
    for word, share in _QUARTERS.items():
        step = int(share * steps)
        above[word] = step, max(other for other in rows if other <= step)
        rows.add(step)
    changed = {word for column in shown for word in _differing(column.values, above)}
    for word in _QUARTERS:
        if word in changed:
            found[above[word][0]].add(word, 0.0)


def _differing(values: FloatArray, pairs: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """The words whose two steps have different values."""
    return (word for word, (one, other) in pairs.items() if values[one] != values[other])


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
