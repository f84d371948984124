"""What a reader of a picture has to be told in words: failures, and values it cannot show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from lrplan.render.picture.numbers import count_label
from lrplan.resume import differences_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from lrplan.render.picture.curve_stats import CurveStats
    from lrplan.render.picture.options import PictureOptions
    from lrplan.trace import FloatArray, IntArray, Trace

    BoolArray = NDArray[np.bool_]

LIE = 1e-9
"""Relative difference from which ``get_lr()`` is said to differ from the applied value."""


_MOST_NAMED = 2
_SQUEEZED = 20
"""A group whose largest value is this many times smaller than another's looks flat beside it."""

Tone = Literal["plain", "caution", "alarm"]
"""Whether something is worth knowing, suspicious or wrong."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence under a panel."""

    text: str
    tone: Tone = "plain"
    number: int | None = None
    """Refers to markers with this number in the panel."""


def notes_of(
    trace: Trace,
    options: PictureOptions,
    sketches: Mapping[str, Mapping[str, CurveStats]],
    unseen: Sequence[str],
) -> tuple[Note, ...]:
    """The notes of one schedule, the gravest first.

    Args:
        trace: the run.
        options: what is drawn.
        sketches: of the curves drawn, by field and group.
        unseen: fields that move undrawn.
    """
    return (
        *_failure(trace),
        *_interrupted(trace),
        *_lies(trace, options),
        *_gaps(trace, options, sketches),
        *_squeezed(options, sketches),
        *_without_epochs(trace, options),
        *_undrawn(unseen),
    )


def lying(applied: FloatArray, shown: FloatArray) -> IntArray:
    """Indices where ``shown`` differs from ``applied`` by more than ``LIE``, relatively."""
    size = min(len(applied), len(shown))
    a, b = applied[:size], shown[:size]
    with np.errstate(invalid="ignore", over="ignore"):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        near = np.abs(a - b) <= LIE * np.maximum(np.abs(a), np.abs(b))
    return np.flatnonzero(~same & ~(near & np.isfinite(a) & np.isfinite(b)))


def _failure(trace: Trace) -> Iterator[Note]:
    failure = trace.failure
    if failure is not None:
        when = f"after step {failure.step:,}" if failure.step >= 0 else "before the first step"
        yield Note(f"stopped {when}: {failure.message.strip()}", "alarm")


def _interrupted(trace: Trace) -> Iterator[Note]:
    if not trace.unbroken:
        return
    gaps = differences_between(trace.unbroken, trace.columns)
    if not gaps:
        yield Note("resumed: the same as the unbroken run")
        return
    worst = max(gaps, key=lambda gap: gap.relative)
    places = f"step {worst.first:,}"
    if worst.worst != worst.first:
        places += f", most at step {worst.worst:,}"
    name = field_label(worst.field)
    yield Note(f"dashed: the run without the break; {name} first differs at {places}")


def _lies(trace: Trace, options: PictureOptions) -> Iterator[Note]:
    if not options.get_lr or "lr" not in options.fields:
        return
    if trace.get_lr_note:
        yield Note(trace.get_lr_note)
    shown = {group: trace.get_lr[group] for group in trace.groups if group in trace.get_lr}
    steps = {group: lying(trace.lr[group], shown[group]) for group in shown if group in trace.lr}
    wrong = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *steps.values()]))
    if len(wrong):
        yield Note(
            f"get_lr() (dotted) is not what was applied at {len(wrong):,} of {trace.steps:,} "
            f"steps, first at step {int(wrong[0]):,}",
            "alarm",
        )
    elif shown:
        yield Note("get_lr() is the applied value at every step")


def _gaps(
    trace: Trace, options: PictureOptions, sketches: Mapping[str, Mapping[str, CurveStats]]
) -> Iterator[Note]:
    for field, curves in sketches.items():
        name = field_label(field)
        columns = trace.columns.get(field, {})
        if not curves and trace.steps:
            yield Note(f"{name}: no parameter group has it")
        broken = (columns[group] for group, sketch in curves.items() if not sketch.reach.whole)
        yield from _masked(name, _where(broken, _not_finite), "not finite", "alarm")
        if options.log:
            low = (columns[group] for group, sketch in curves.items() if sketch.reach.low <= 0)
            what = "0 or less, which a log axis cannot show,"
            yield from _masked(name, _where(low, _not_positive), what)


def _not_finite(values: FloatArray) -> BoolArray:
    return ~np.isfinite(values)


def _not_positive(values: FloatArray) -> BoolArray:
    return np.isfinite(values) & (values <= 0)


def _where(columns: Iterable[FloatArray], concerned: Callable[[FloatArray], BoolArray]) -> IntArray:
    """The steps at which at least one of ``columns`` is concerned."""
    found: BoolArray | None = None
    for column in columns:
        found = concerned(column) if found is None else found | concerned(column)
    return np.empty(0, dtype=np.int64) if found is None else np.flatnonzero(found)


def _masked(name: str, gone: IntArray, what: str, tone: Tone = "plain") -> Iterator[Note]:
    if len(gone):
        where = f"at step {gone[0]:,}"
        if len(gone) > 1:
            where = f"at {count_label(len(gone))} steps from step {gone[0]:,}"
        yield Note(f"{name} is {what} {where}", tone)


def _squeezed(
    options: PictureOptions, sketches: Mapping[str, Mapping[str, CurveStats]]
) -> Iterator[Note]:
    """Groups whose curves cannot be made out beside another's."""
    curves = {} if options.log else sketches[options.fields[0]]
    tops = {group: max(sketch.reach.high, 0.0) for group, sketch in curves.items()}
    limit = max(tops.values(), default=0.0) / _SQUEEZED
    small = [group for group, top in tops.items() if 0 < top < limit]
    if len(small) > _MOST_NAMED:
        yield Note(f"{len(small)} of {len(tops)} groups are small here: --log")
    elif small:
        verb = "is" if len(small) == 1 else "are"
        yield Note(f"{' and '.join(small)} {verb} small here: --log")


def _without_epochs(trace: Trace, options: PictureOptions) -> Iterator[Note]:
    if options.x == "epoch" and trace.epochs is None:
        yield Note("the run has no epochs: drawn over steps")


def _undrawn(fields: Sequence[str]) -> Iterator[Note]:
    if fields:
        names = " and ".join(field_label(field) for field in fields)
        verb = "moves" if len(fields) == 1 else "move"
        yield Note(f"{names} {verb} too: --field {','.join(['lr', *fields])}")


def field_label(field: str) -> str:
    """A field of a trace in words."""
    return "learning rate" if field == "lr" else field.replace("_", " ")
