"""The events of a run (peak, warm-up, drops, milestones): the steps a table shows, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lrplan.arrays import FloatArray
from lrplan.features import Change
from lrplan.features.change_labels import CHANGE_WORDS, QUARTERS, join_events
from lrplan.render.numbers import format_ratio, format_value
from lrplan.render.table.columns import GET_LR, Column, TableModel

DEFAULT_ROWS = 12

_ALWAYS, _SHAPE, _MISMATCH, _MARKED = 6.0, 5.0, 4.0, 3.0
"""Weights of the ends of the run, of peak and warm-up, of get_lr(), of steps the plan names.
Changes of a curve weigh at most 2, rows that only sample it 0."""


@dataclass(slots=True)
class StepLabel:
    """The words for one step, and the weight that decides whether its row is shown."""

    weight: float = 0.0
    words: list[str] = field(default_factory=list)

    def add(self, word: str, weight: float) -> None:
        """Add a word for the step, unless it has it."""
        self.weight = max(self.weight, weight)
        if word not in self.words:
            self.words.append(word)

    def __str__(self) -> str:
        return join_events(self.words)


Events = dict[int, StepLabel]


def events_of(model: TableModel) -> Events:
    """The events of a run by step; step ``steps`` is the one after the last."""
    # Example: "warm-up ends" and "peak" at step 100 (weight 5), "milestone" at 500 (3), "drop x0.1"
    # at 501 (2 at most), samples at a quarter of a smooth run (0). A table of 12 rows takes the
    # heaviest; what has weight and no room is counted below the table.
    by_step: Events = defaultdict(StepLabel)
    steps = model.steps
    if not steps:
        return by_step
    columns = model.columns(model.proportional_groups)
    by_step[0].add("start", _ALWAYS)
    for column in (column for column in columns if column.field == model.main):
        _add_shape(by_step, column)
    _add_mismatches(by_step, columns)
    for mark in model.trace.marks:
        if 0 <= mark.step <= steps:
            by_step[mark.step].add(mark.label, _MARKED)
    _add_changes(by_step, columns, model.main)
    if any(column.features.changes_often for column in columns):
        _add_quarters(by_step, columns, steps)
    by_step[steps - 1].add("last", _ALWAYS)
    if any(column.next is not None for column in columns):
        by_step[steps].words.insert(0, "next")
        by_step[steps].weight = _ALWAYS
    else:
        by_step.pop(steps, None)
    return by_step


def most_important_steps(by_step: Mapping[int, StepLabel], rows: int) -> list[int]:
    """The ``rows`` steps that matter most (the ends of the run at least), in order."""
    ends = sum(event.weight == _ALWAYS for event in by_step.values())
    ranked = sorted(by_step, key=lambda step: (-by_step[step].weight, step))
    return sorted(ranked[: max(rows, ends)])


def count_hidden_steps(by_step: Mapping[int, StepLabel], steps: Sequence[int]) -> int:
    """The number of steps with an event that are not among ``steps``."""
    return sum(event.weight > 0 for event in by_step.values()) - sum(
        by_step[step].weight > 0 for step in steps
    )


def _add_shape(by_step: Events, column: Column) -> None:
    summary = column.features.summary
    if summary.warmup is not None and summary.warmup.kind == "warm-up":
        by_step[summary.warmup.step].add("warm-up ends", _SHAPE)
    if summary.peak is not None and summary.min is not None and summary.min < summary.peak.value:
        by_step[summary.peak.step].add("peak", _SHAPE)


def _add_mismatches(by_step: Events, columns: Sequence[Column]) -> None:
    for column in columns:
        if column.mismatch is not None:
            by_step[column.mismatch.first_step].add("get_lr() differs", _MISMATCH)


def _add_changes(by_step: Events, columns: Sequence[Column], main: str) -> None:
    """Add changes of value; those of other fields only at steps that have no words yet."""
    for column in (column for column in columns if column.field == main):
        for change in column.features.changes:
            by_step[change.step].add(_word(change, column), change.weight)
    already = set(by_step)
    for column in (column for column in columns if column.field not in (main, GET_LR)):
        for change in column.features.changes:
            if change.step not in already:
                by_step[change.step].add(f"{column.field} {_word(change, column)}", change.weight)


def _add_quarters(by_step: Events, columns: Sequence[Column], steps: int) -> None:
    """Add samples of smooth stretches, but none where nothing has changed since the row above."""
    rows = set(by_step)
    above: dict[str, tuple[int, int]] = {}
    for word, share in QUARTERS.items():
        step = int(share * steps)
        above[word] = step, max(other for other in rows if other <= step)
        rows.add(step)
    changed = {word for column in columns for word in _differing(column.values, above)}
    for word in QUARTERS:
        if word in changed:
            by_step[above[word][0]].add(word, 0.0)


def _differing(values: FloatArray, pairs: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """The labels whose two steps have different values."""
    return (word for word, (one, other) in pairs.items() if values[one] != values[other])


def _word(change: Change, column: Column) -> str:
    if change.kind == "lost":
        return f"becomes {format_value(float(column.values[change.step]))}"
    if change.kind != "jump":
        return CHANGE_WORDS[change.kind]
    if change.ratio is None:
        return "jump from 0"
    if change.ratio == 0:
        return "drop to 0"
    return f"{'drop' if change.ratio < 1 else 'jump'} {format_ratio(change.ratio)}"
