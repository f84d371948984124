"""The views of comparisons: the compared runs in the upper panel, their differences below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.comparison import Comparison, Curve, Difference, lettered, sentence
from lrplan.render.view.curve_stats import curve_stats
from lrplan.render.view.numbers import count_label
from lrplan.render.view.view_model import (
    EpochAxis,
    Note,
    Panel,
    ScheduleView,
    Series,
    XAxis,
    field_label,
)
from lrplan.render.view.x_axis import epoch_axis
from lrplan.trace import DEFAULT_GROUP

if TYPE_CHECKING:
    Lettered = Sequence[tuple[Comparison, str]]
    """Comparisons with the same first run, A, each with the letter of its second one."""

_LABELS = {"step": "step", "epoch": "epoch", "progress": "share of the run"}


def comparison_views(comparisons: Sequence[Comparison], field: str = "lr") -> list[ScheduleView]:
    """A view for every first run, with all runs that it is compared with.

    Runs that are aligned by epoch or progress are compared at x of their own: a view for each pair.
    """
    views: list[ScheduleView] = []
    together: list[tuple[Comparison, str]] = []
    for comparison, letter in zip(comparisons, lettered(comparisons), strict=True):
        alone = comparison.align != "step" or letter == "B"
        if together and alone:
            views.append(_view(together, field))
            together = []
        together.append((comparison, letter))
    return [*views, *([_view(together, field)] if together else [])]


def _view(together: Lettered, field: str) -> ScheduleView:
    # Example: A against B and A against C have A twice, and A is drawn once. The colours are those
    # of A, B and C in this order; the difference B - A has the colour of B.
    colours: dict[tuple[str, str], int] = {}
    curves: list[Series] = []
    differences: list[Series] = []
    first = together[0][0]
    for comparison, letter in together:
        for each in comparison.differences:
            if each.field != field:
                continue
            for index, owner in enumerate(("A", letter)):
                if (owner, each.groups[index]) not in colours:
                    colour = colours[owner, each.groups[index]] = len(colours)
                    name = _name(owner, each.groups[index], comparison, index)
                    curves.append(_curve(name, colour, comparison, each, index))
            name = _name(letter, each.groups[1], comparison, 1)
            colour = colours[letter, each.groups[1]]
            if _has_points(comparison, each, 0) or _has_points(comparison, each, 1):
                gap = each.gap if each.differs else np.zeros_like(each.gap)
                differences.append(_points(name, colour, gap, each.at))
            else:
                differences.append(_series(name, colour, _gap(each)))
    minus = f"{together[0][1]} - A" if len(together) == 1 else "minus A"
    empty = "nothing was run" if not _longest_steps(together) else ""
    return ScheduleView(
        title=" / ".join(dict.fromkeys([first.a.name, *(pair.b.name for pair, _ in together)])),
        subtitle=" · ".join([f"A {first.a.label}", *(f"{b} {c.b.label}" for c, b in together)]),
        panels=(
            _panel(field_label(field), curves, empty),
            _panel(minus, differences, empty, signed=True),
        ),
        x_axis=_x_axis(together, field),
        colours=max(len(colours), 1),
        notes=tuple(_notes(together)),
        epochs=_epochs(together),
    )


def _panel(label: str, series: Sequence[Series], empty: str, *, signed: bool = False) -> Panel:
    return Panel(label, tuple(series), len(series), empty or f"no {label}", signed)


def _series(name: str, colour: int, values: FloatArray) -> Series:
    return Series((name,), colour, curve_stats(values), lambda: values)


def _curve(
    name: str, colour: int, comparison: Comparison, difference: Difference, index: int
) -> Series:
    if _has_points(comparison, difference, index):
        curve = _of_run(comparison, difference, index)
        return _points(name, colour, curve.values, curve.at.astype(np.float64))
    return _series(name, colour, _values(comparison, difference, index))


def _has_points(comparison: Comparison, difference: Difference, index: int) -> bool:
    """Return True for the curve of a log: nobody knows its values between those that it has."""
    run = (comparison.a, comparison.b)[index]
    known = _of_run(comparison, difference, index).steps
    return run.is_log and known is not None and comparison.align == "step"


def _of_run(comparison: Comparison, difference: Difference, index: int) -> Curve:
    run = (comparison.a, comparison.b)[index]
    return run.columns[difference.field][difference.groups[index]]


def _points(name: str, colour: int, values: FloatArray, at: FloatArray) -> Series:
    return Series((name,), colour, curve_stats(values), lambda: values, at=at)


def _name(letter: str, group: str, comparison: Comparison, index: int) -> str:
    run = (comparison.a, comparison.b)[index]
    return letter if run.groups == (DEFAULT_GROUP,) else f"{letter} {group}"


def _values(comparison: Comparison, difference: Difference, index: int) -> FloatArray:
    """The values to draw of a curve: at every step, or at the compared ones for aligned epochs."""
    run, group = (comparison.a, comparison.b)[index], difference.groups[index]
    curve = run.columns[difference.field][group]
    if comparison.align == "step":
        return _at_every_step(curve)
    return curve.values[np.searchsorted(curve.at, difference.steps[index])]


def _at_every_step(curve: Curve) -> FloatArray:
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


def _x_axis(together: Lettered, field: str) -> XAxis:
    align = together[0][0].align
    if align == "step":
        longest = _longest_steps(together)
        return XAxis("step", np.arange(longest + 1, dtype=np.float64), float(max(longest, 1)))
    compared = [each.at for pair, _ in together for each in pair.differences if each.field == field]
    starts = max(compared, key=len, default=np.zeros(1))
    # A value is held until the next x, and the last one as long as the one before it: compared at
    # epochs 0, 0.5 and 1, the curves end at 1.5.
    last_step = float(starts[-1] - starts[-2]) if starts.size > 1 else 1.0
    edges = np.append(starts, starts[-1] + last_step)
    return XAxis(_LABELS[align], edges, float(edges[-1]))


def _longest_steps(together: Lettered) -> int:
    return max(max(pair.a.steps, pair.b.steps) for pair, _ in together)


def _epochs(together: Lettered) -> EpochAxis | None:
    """The epochs of the longest run, where all runs have epochs of one length."""
    lengths = {run.steps_per_epoch for pair, _ in together for run in (pair.a, pair.b)}
    per_epoch = lengths.pop() if len(lengths) == 1 else None
    if per_epoch is None or together[0][0].align != "step":
        return None
    steps = _longest_steps(together)
    return epoch_axis(np.arange(steps) // per_epoch, per_epoch, float(max(steps, 1)))


def _notes(together: Lettered) -> Iterator[Note]:
    for comparison, letter in together:
        yield Note(sentence(comparison, "A", letter))
        sampled = {
            each.at.size for each in comparison.differences if each.at.size < comparison.a.steps
        }
        drawn_as_points = comparison.a.is_log or comparison.b.is_log
        if (
            sampled
            and comparison.align == "step"
            and comparison.same_length
            and not drawn_as_points
        ):
            counts = " to ".join(map(count_label, dict.fromkeys((min(sampled), max(sampled)))))
            yield Note(f"known at {counts} steps, straight lines between them")
