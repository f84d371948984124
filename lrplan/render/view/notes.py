"""The notes under a picture: failures, values it cannot show, differences that it only hints at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from lrplan.arrays import BoolArray, FloatArray, IntArray
from lrplan.render.picture_options import PictureOptions
from lrplan.render.view.numbers import count_label
from lrplan.render.view.series import Curves
from lrplan.render.view.view_model import Note, Tone, field_label
from lrplan.resume import differences_between
from lrplan.text import join_words
from lrplan.trace import Trace

MISMATCH_TOLERANCE = 1e-9
"""Relative difference from which ``get_lr()`` is said to differ from the applied value."""
_MOST_NAMED = 2
_FLAT_SHARE = 0.05
"""A group whose peak is below this share of the highest one looks flat beside it."""


def notes_of(
    trace: Trace,
    options: PictureOptions,
    curves: Curves,
    mismatches: Mapping[str, IntArray],
    undrawn: Sequence[str],
) -> tuple[Note, ...]:
    """The notes of one schedule, the most serious first.

    Args:
        trace: the run.
        options: what is drawn.
        curves: those drawn, by field and group.
        mismatches: by group, the steps where ``get_lr()`` is not the applied value.
        undrawn: fields that change and are not drawn.
    """
    return (
        *_failure(trace),
        *_interruption(trace),
        *_get_lr(trace, options, mismatches),
        *_unplottable_values(trace, options, curves),
        *_flat_groups(options, curves),
        *_missing_epochs(trace, options),
        *map(Note, trace.substitutions),
        *_undrawn_fields(undrawn),
    )


def get_lr_mismatches(trace: Trace) -> dict[str, IntArray]:
    """By group, the steps where ``get_lr()`` is not the applied learning rate."""
    return {
        group: mismatch_steps(trace.lr[group], trace.get_lr[group])
        for group in trace.groups
        if group in trace.get_lr and group in trace.lr
    }


def mismatch_steps(applied: FloatArray, logged: FloatArray) -> IntArray:
    """The steps where ``logged`` differs from ``applied`` by more than a relative 1e-9."""
    size = min(len(applied), len(logged))
    a, b = applied[:size], logged[:size]
    with np.errstate(invalid="ignore", over="ignore"):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        near = np.abs(a - b) <= MISMATCH_TOLERANCE * np.maximum(np.abs(a), np.abs(b))
    return np.flatnonzero(~same & ~(near & np.isfinite(a) & np.isfinite(b)))


def _failure(trace: Trace) -> Iterator[Note]:
    failure = trace.failure
    if failure is not None:
        when = f"after step {failure.step:,}" if failure.step >= 0 else "before the first step"
        yield Note(f"stopped {when}: {failure.message.strip()}", "alarm")


def _interruption(trace: Trace) -> Iterator[Note]:
    if not trace.unbroken:
        return
    differences = differences_between(trace.unbroken, trace.columns)
    if not differences:
        yield Note("resumed: the same as the unbroken run")
        return
    largest = max(differences, key=lambda each: each.relative)
    steps = f"step {largest.first:,}"
    if largest.worst != largest.first:
        steps += f", most at step {largest.worst:,}"
    name = field_label(largest.field)
    yield Note(f"dashed: the run without the break; {name} first differs at {steps}")


def _get_lr(
    trace: Trace, options: PictureOptions, mismatches: Mapping[str, IntArray]
) -> Iterator[Note]:
    if not options.get_lr or "lr" not in options.fields:
        return
    if trace.get_lr_note:
        yield Note(trace.get_lr_note)
    wrong = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *mismatches.values()]))
    if len(wrong):
        yield Note(
            f"get_lr() (dotted) is not what was applied at {len(wrong):,} of {trace.steps:,} "
            f"steps, first at step {int(wrong[0]):,}",
            "alarm",
        )
    elif any(group in trace.get_lr for group in trace.groups):
        yield Note("get_lr() is the applied value at every step")


def _unplottable_values(trace: Trace, options: PictureOptions, curves: Curves) -> Iterator[Note]:
    for field, groups in curves.items():
        name = field_label(field)
        columns = trace.columns.get(field, {})
        if not groups and trace.steps:
            yield Note(f"{name}: no parameter group has it")
        broken = (
            columns[group] for group, one in groups.items() if not one.stats.extent.all_finite
        )
        yield from _values_note(name, _steps_where(broken, _not_finite), "not finite", "alarm")
        if options.log:
            low = (columns[group] for group, one in groups.items() if one.stats.extent.low <= 0)
            problem = "0 or less, which a log axis cannot show,"
            yield from _values_note(name, _steps_where(low, _not_positive), problem)


def _not_finite(values: FloatArray) -> BoolArray:
    return ~np.isfinite(values)


def _not_positive(values: FloatArray) -> BoolArray:
    return np.isfinite(values) & (values <= 0)


def _steps_where(
    columns: Iterable[FloatArray], is_concerned: Callable[[FloatArray], BoolArray]
) -> IntArray:
    """The steps at which at least one of ``columns`` is concerned."""
    concerned: BoolArray | None = None
    for column in columns:
        one = is_concerned(column)
        concerned = one if concerned is None else concerned | one
    return np.empty(0, dtype=np.int64) if concerned is None else np.flatnonzero(concerned)


def _values_note(name: str, steps: IntArray, problem: str, tone: Tone = "plain") -> Iterator[Note]:
    if len(steps):
        when = f"at step {steps[0]:,}"
        if len(steps) > 1:
            when = f"at {count_label(len(steps))} steps from step {steps[0]:,}"
        yield Note(f"{name} is {problem} {when}", tone)


def _flat_groups(options: PictureOptions, curves: Curves) -> Iterator[Note]:
    """Groups whose curves look like a line at 0 beside another's."""
    groups = curves[options.fields[0]] if options.log is False else {}
    peaks = {group: max(one.stats.extent.high, 0.0) for group, one in groups.items()}
    limit = _FLAT_SHARE * max(peaks.values(), default=0.0)
    flat = [group for group, peak in peaks.items() if 0 < peak < limit]
    if not flat:
        return
    named = len(flat) <= _MOST_NAMED
    subject = join_words(flat) if named else f"{len(flat)} of {len(peaks)} groups"
    verb = "stays" if len(flat) == 1 else "stay"
    yield Note(f"{subject} {verb} below {_FLAT_SHARE:.0%} of the highest peak: try --log")


def _missing_epochs(trace: Trace, options: PictureOptions) -> Iterator[Note]:
    if options.x == "epoch" and trace.epochs is None:
        yield Note("the run has no epochs: drawn over steps")


def _undrawn_fields(fields: Sequence[str]) -> Iterator[Note]:
    if fields:
        names = join_words([field_label(field) for field in fields])
        verb = "changes" if len(fields) == 1 else "change"
        yield Note(f"{names} {verb} too: --field {','.join(['lr', *fields])}")
