"""What a picture of compared runs is to show: all of them above, what sets them apart below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrplan.comparison import lettered
from lrplan.render.picture.notes import Note
from lrplan.render.picture.numbers import count_label
from lrplan.render.picture.view_model import Panel, ScheduleView, Series, XAxis
from lrplan.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.comparison import Comparison, Curve, Difference
    from lrplan.trace import FloatArray

_LABELS = {"step": "step", "epoch": "epoch", "progress": "share of the run"}
_UNNAMED = "all"


def comparison_views(comparisons: Sequence[Comparison], field: str = "lr") -> list[ScheduleView]:
    """A cell for every first run, with all that it is compared with.

    Runs that are aligned by epoch or progress have places of their own: a cell for each pair.
    """
    cells: list[ScheduleView] = []
    together: list[tuple[Comparison, str]] = []
    for comparison, letter in zip(comparisons, lettered(comparisons), strict=True):
        alone = comparison.align != "step" or letter == "B"
        if together and alone:
            cells.append(_cell(together, field))
            together = []
        together.append((comparison, letter))
    return [*cells, *([_cell(together, field)] if together else [])]


def _cell(together: Sequence[tuple[Comparison, str]], field: str) -> ScheduleView:
    kinds: dict[tuple[str, str], int] = {}
    curves: list[Series] = []
    gaps: list[Series] = []
    first = together[0][0]
    for comparison, letter in together:
        for each in comparison.differences:
            if each.field != field:
                continue
            for index, whose in enumerate(("A", letter)):
                name = _name(whose, each.groups[index], comparison, index)
                if (whose, each.groups[index]) not in kinds:
                    kind = kinds[whose, each.groups[index]] = len(kinds)
                    curves.append(Series.of(name, kind, _values(comparison, each, index)))
            kind = kinds[letter, each.groups[1]]
            gaps.append(Series.of(_name(letter, each.groups[1], comparison, 1), kind, _gap(each)))
    minus = f"{together[0][1]} - A" if len(together) == 1 else "minus A"
    return ScheduleView(
        trace=_trace(together),
        panels=(
            Panel(field, tuple(curves), len(curves)),
            Panel(minus, tuple(gaps), len(gaps)),
        ),
        across=_across(together, field),
        kinds=max(len(kinds), 1),
        title=" / ".join(dict.fromkeys([first.a.name, *(pair.b.name for pair, _ in together)])),
        subtitle=" · ".join([f"A {first.a.label}", *(f"{b} {c.b.label}" for c, b in together)]),
        notes=tuple(_notes(together)),
        alerts=(),
    )


def _name(letter: str, group: str, comparison: Comparison, index: int) -> str:
    run = (comparison.a, comparison.b)[index]
    return letter if run.groups == (_UNNAMED,) else f"{letter} {group}"


def _values(comparison: Comparison, difference: Difference, index: int) -> FloatArray:
    """One curve as it is drawn: whole by step, at the places compared otherwise."""
    run, group = (comparison.a, comparison.b)[index], difference.groups[index]
    curve = run.columns[difference.field][group]
    if comparison.align == "step":
        return _filled(curve)
    return curve.values[np.searchsorted(curve.at, difference.steps[index])]


def _filled(curve: Curve) -> FloatArray:
    """A curve at every step; straight lines between those that are known."""
    if curve.steps is None:
        return curve.values
    return np.interp(np.arange(int(curve.steps[-1]) + 1), curve.steps, curve.values)


def _gap(difference: Difference) -> FloatArray:
    if not difference.differs:
        # Rounding, magnified to the height of the axes, would look like a difference.
        return np.where(np.isnan(difference.gap), np.nan, 0.0)
    steps = difference.steps[0]
    by_step = difference.at.size > 0 and np.array_equal(difference.at, steps)
    if not by_step or difference.at.size == int(steps[-1]) + 1:
        return difference.gap
    return np.interp(np.arange(int(steps[-1]) + 1), steps, difference.gap)


def _across(together: Sequence[tuple[Comparison, str]], field: str) -> XAxis:
    align = together[0][0].align
    if align == "step":
        longest = max(max(pair.a.steps, pair.b.steps) for pair, _ in together)
        return XAxis("step", np.arange(longest + 1, dtype=np.float64), float(max(longest, 1)))
    places = [each.at for pair, _ in together for each in pair.differences if each.field == field]
    longest_of = max(places, key=len, default=np.zeros(1))
    last = float(longest_of[-1] - longest_of[-2]) if longest_of.size > 1 else 1.0
    edges = np.append(longest_of, longest_of[-1] + last)
    return XAxis(_LABELS[align], edges, float(edges[-1]))


def _trace(together: Sequence[tuple[Comparison, str]]) -> Trace:
    """Only its length and its epochs are drawn: those of the longest run, where all agree."""
    runs = [run for pair, _ in together for run in (pair.a, pair.b)]
    longest = max(runs, key=lambda run: run.steps)
    lengths = {run.steps_per_epoch for run in runs}
    per_epoch = lengths.pop() if len(lengths) == 1 and together[0][0].align == "step" else None
    return Trace(
        name=longest.name,
        columns={"lr": {"": np.zeros(longest.steps)}},
        next_values={},
        groups=(),
        planned_steps=longest.steps,
        epochs=None if per_epoch is None else np.arange(longest.steps) // per_epoch,
        steps_per_epoch=per_epoch,
    )


def _notes(together: Sequence[tuple[Comparison, str]]) -> Iterator[Note]:
    for comparison, letter in together:
        yield Note(comparison.sentence("A", letter), "plain")
        sampled = {
            each.at.size for each in comparison.differences if each.at.size < comparison.a.steps
        }
        if sampled and comparison.align == "step" and comparison.same_length:
            yield Note(f"known at {count_label(max(sampled))} steps, straight lines between them")
