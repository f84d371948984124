"""The views of comparisons: the compared runs in the upper panel, their differences below."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from lrplan.arrays import FloatArray
from lrplan.comparison import Comparison, Difference, RunCurve, letter_comparisons, sentence
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
from lrplan.render.view.y_scale import LINEAR, YScale, y_scale
from lrplan.text import join_equal
from lrplan.trace import DEFAULT_GROUP, CurveKeys

Lettered = Sequence[tuple[Comparison, str]]
"""Comparisons with the same first run, A, each with the letter of its second one."""

_LONGEST_NAME = 24
"""Longer names of runs leave no room for the curves: letters are drawn instead."""
_LABELS = {"step": "step", "epoch": "epoch", "progress": "share of the run"}


def comparison_views(
    comparisons: Sequence[Comparison], field: str = "lr", *, log: bool | None = None
) -> list[ScheduleView]:
    """A view for every first run, with all runs that it is compared with.

    Runs that are aligned by epoch or progress are compared at x of their own: a view for each pair.

    Args:
        comparisons: what to show.
        field: whose curves.
        log: a logarithmic y axis; None: where the peaks lie far apart.
    """
    views: list[ScheduleView] = []
    together: list[tuple[Comparison, str]] = []
    for comparison, letter in zip(comparisons, letter_comparisons(comparisons), strict=True):
        alone = comparison.align != "step" or letter == "B"
        if together and alone:
            views.append(_view(together, field, log=log))
            together = []
        together.append((comparison, letter))
    return [*views, *([_view(together, field, log=log)] if together else [])]


def _view(together: Lettered, field: str, *, log: bool | None) -> ScheduleView:
    first = together[0][0]
    names = _run_names(together)
    curves = _curves(together, field)
    drawn = tuple(
        Series(
            names=(_name(names[owner], _groups(together, owner), curve.groups),),
            colour=index,
            stats=curve_stats(curve.values),
            read=_reader(curve.values),
            run=list(names).index(owner),
            point_x=curve.at,
        )
        for index, ((owner, _), curve) in enumerate(curves.items())
    )
    # A difference has the colour of the curve that is compared with A.
    colours = {
        (owner, group): index
        for index, ((owner, _), curve) in enumerate(curves.items())
        for group in curve.groups
    }
    minus = f"{names[together[0][1]]} - {names['A']}" if len(together) == 1 else f"- {names['A']}"
    empty = "nothing was run" if not _longest_steps(together) else ""
    stats = [series.stats for series in drawn]
    return ScheduleView(
        title=" / ".join(dict.fromkeys([first.a.name, *(pair.b.name for pair, _ in together)])),
        subtitle=_subtitle(together, names),
        panels=(
            _panel(field_label(field), drawn, empty, scale=y_scale(stats, log=log)),
            replace(
                _panel(minus, _differences(together, field, names, colours), empty), tight=True
            ),
        ),
        x_axis=_x_axis(together, field),
        colours=max(len(drawn), 1),
        runs=tuple(sum(series.run == run for series in drawn) for run in range(len(names))),
        notes=tuple(_notes(together, names)),
        epochs=_epochs(together),
    )


def _run_names(together: Lettered) -> dict[str, str]:
    """The name of each run in the picture, by its letter: its own, where no two are alike."""
    runs = {"A": together[0][0].a, **{letter: pair.b for pair, letter in together}}
    names = {letter: run.name for letter, run in runs.items()}
    alike = len(set(names.values())) < len(names)
    too_long = max(map(len, names.values())) > _LONGEST_NAME
    return {letter: letter for letter in runs} if alike or too_long else names


def _subtitle(together: Lettered, names: Mapping[str, str]) -> str:
    labels = {"A": together[0][0].a.label, **{letter: c.b.label for c, letter in together}}
    return " · ".join(
        label
        if label.endswith(names[letter]) or label.startswith(f"{names[letter]} ")
        else f"{names[letter]} {label}"
        for letter, label in labels.items()
    )


class _Curve(NamedTuple):
    """A curve, or a difference of two, with the groups that share it."""

    groups: list[str]
    values: FloatArray
    at: FloatArray | None
    """The steps of points that a log has; None where there is a value at every step."""


def _curves(together: Lettered, field: str) -> dict[tuple[str, bytes], _Curve]:
    """The curves of every run, each once: by the run's letter and the key of its values."""
    # Example: A against B and A against C have A twice, and A is drawn once. Groups of a run that
    # have the same curve are one line.
    key_of = CurveKeys()
    curves: dict[tuple[str, bytes], _Curve] = {}
    for comparison, letter in together:
        for each in comparison.differences:
            if each.field != field:
                continue
            for index, owner in enumerate(("A", letter)):
                values, at = _values(comparison, each, index), None
                if _has_points(comparison, each, index):
                    curve = _of_run(comparison, each, index)
                    values, at = curve.values, curve.at.astype(np.float64)
                groups = curves.setdefault((owner, key_of(values)), _Curve([], values, at)).groups
                if each.groups[index] not in groups:
                    groups.append(each.groups[index])
    letters = ["A", *(letter for _, letter in together)]
    return dict(sorted(curves.items(), key=lambda item: letters.index(item[0][0])))


def _has_points(comparison: Comparison, difference: Difference, index: int) -> bool:
    """Return True for the curve of a log: nobody knows its values between those that it has."""
    run = (comparison.a, comparison.b)[index]
    known = _of_run(comparison, difference, index).steps
    return run.is_log and known is not None and comparison.align == "step"


def _of_run(comparison: Comparison, difference: Difference, index: int) -> RunCurve:
    run = (comparison.a, comparison.b)[index]
    return run.columns[difference.field][difference.groups[index]]


def _differences(
    together: Lettered,
    field: str,
    names: Mapping[str, str],
    colours: Mapping[tuple[str, str], int],
) -> list[Series]:
    """The second curve minus that of A for every pair of groups; pairs that are alike are one."""
    key_of = CurveKeys()
    gaps: dict[tuple[str, bytes], _Curve] = {}
    for comparison, letter in together:
        for each in comparison.differences:
            if each.field == field:
                gap = _difference_curve(comparison, each)
                gaps.setdefault((letter, key_of(gap.values)), gap).groups.append(each.groups[1])
    return [
        Series(
            names=(_difference_name(names[letter], together, letter, gap.groups),),
            colour=colours[letter, gap.groups[0]],
            stats=curve_stats(gap.values),
            read=_reader(gap.values),
            point_x=gap.at,
        )
        for (letter, _), gap in gaps.items()
    ]


def _difference_curve(comparison: Comparison, difference: Difference) -> _Curve:
    if not any(_has_points(comparison, difference, index) for index in (0, 1)):
        return _Curve([], _gap(difference), None)
    gap = difference.gap if difference.differs else np.zeros_like(difference.gap)
    return _Curve([], gap, difference.at)


def _difference_name(run: str, together: Lettered, letter: str, groups: Sequence[str]) -> str:
    """The groups of a difference, led by the run where several are compared with A."""
    of_run = _groups(together, letter)
    if len(together) > 1 or of_run == (DEFAULT_GROUP,):
        return _name(run, of_run, groups)
    return _name("", of_run, groups).strip()


def _groups(together: Lettered, letter: str) -> tuple[str, ...]:
    if letter == "A":
        return together[0][0].a.groups
    return next(pair.b.groups for pair, own in together if own == letter)


def _name(run: str, all_groups: Sequence[str], groups: Sequence[str]) -> str:
    """A run and the groups of one of its curves: ``base head``, ``base all 26 groups``."""
    if tuple(all_groups) == (DEFAULT_GROUP,):
        return run
    if len(groups) == len(all_groups) > 1:
        return f"{run} all {len(groups)} groups"
    return f"{run} {join_equal(groups)}"


def _reader(values: FloatArray) -> Callable[[], FloatArray]:
    return lambda: values


def _panel(label: str, series: Sequence[Series], empty: str, *, scale: YScale = LINEAR) -> Panel:
    return Panel(label, tuple(series), len(series), empty or f"no {label}", scale=scale)


def _values(comparison: Comparison, difference: Difference, index: int) -> FloatArray:
    """The values to draw of a curve: at every step, or at the compared ones for aligned epochs."""
    run, group = (comparison.a, comparison.b)[index], difference.groups[index]
    curve = run.columns[difference.field][group]
    if comparison.align == "step":
        return _at_every_step(curve)
    return curve.values[np.searchsorted(curve.at, difference.steps[index])]


def _at_every_step(curve: RunCurve) -> FloatArray:
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


def _notes(together: Lettered, names: Mapping[str, str]) -> Iterator[Note]:
    for comparison, letter in together:
        yield Note(sentence(comparison, names["A"], names[letter]))
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
