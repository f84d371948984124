"""A schedule as Markdown for a pull request: the steps that matter, and each curve in a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lrplan._version import __version__
from lrplan.arrays import FloatArray
from lrplan.export.code.literals import remark
from lrplan.export.columns import named_curves
from lrplan.features import Change, Summary, changes, peak, summarize, varies, warmup_end
from lrplan.features.change_labels import CHANGE_WORDS, QUARTERS, join_events
from lrplan.plan import SchedulePlan
from lrplan.text import format_percent, format_ticks, quantity
from lrplan.trace import Trace
from lrplan.workflow_commands import escape_text

Curve = tuple[str, FloatArray, float | None]

_MOST_ROWS = 12
_MOST_CURVES = 8
_BARS = "▁▂▃▄▅▆▇█"
_SPARK_WIDTH = 24
_ALWAYS, _SHAPE, _NAMED = 9.0, 5.0, 3.0
"""Weights of the ends of the run, of what shapes a curve, of steps that the plan names."""
_SPECIAL = frozenset("\\`*_[]<>#|~&")
_BEGINS_A_LIST = re.compile(r"\d*[-+.)]")


def to_markdown(plan: SchedulePlan, trace: Trace) -> str:
    """A heading, the arithmetic, a table of the steps that matter and one of the curves.

    Names, titles and descriptions of a spec are escaped, so that they are plain text.

    Args:
        plan: the schedule.
        trace: its run.
    """
    return _document(_heading(plan), plan.description, _arithmetic(plan, trace), trace)


def trace_to_markdown(trace: Trace) -> str:
    """The same for a run of which only the curves are known, such as a recorded one."""
    heading = f"### {inline_code(trace.name)}" + (
        f": {escape_markdown(trace.title)}" if trace.title else ""
    )
    return _document(heading, trace.description, f"- {quantity(trace.steps, 'step')}", trace)


def _document(heading: str, description: str, arithmetic: str, trace: Trace) -> str:
    curves = list(_curves(trace))
    blocks = [
        heading,
        *((escape_markdown(description),) if description else ()),
        arithmetic,
        *((_steps(trace, curves[:_MOST_CURVES]),) if trace.steps else ()),
        *((_summaries(curves[:_MOST_CURVES]),) if trace.steps else ()),
        *_notes(trace, len(curves)),
    ]
    return escape_text("\n\n".join(blocks)) + "\n"


def escape_markdown(text: str) -> str:
    """``text`` on one line, without any meaning to Markdown, HTML or GitHub."""
    line = remark(text)
    escaped = "".join(f"\\{each}" if each in _SPECIAL else each for each in line)
    # A mention or a reference is found after backslashes are gone; a comment breaks it.
    quiet = escaped.replace("@", "@<!-- -->").replace("\\#", "\\#<!-- -->")
    # `1. a` and `- a` would begin a list. The last character of the mark is escaped, which gives
    # `1\. a` and `\- a`.
    listed = _BEGINS_A_LIST.match(line)
    return quiet if listed is None else f"{quiet[: listed.end() - 1]}\\{quiet[listed.end() - 1 :]}"


def inline_code(text: str) -> str:
    """``text`` on one line as code, in a table or outside."""
    line = remark(text).replace("|", "¦")
    # Code with two backticks in a row is put between three.
    ticks = "`" * (1 + max(map(len, _runs_of_ticks(line)), default=0))
    space = " " if "`" in line or not line else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def _runs_of_ticks(text: str) -> list[str]:
    return "".join(each if each == "`" else " " for each in text).split()


def _heading(plan: SchedulePlan) -> str:
    return f"### {inline_code(plan.name)}" + (
        f": {escape_markdown(plan.title)}" if plan.title else ""
    )


def _arithmetic(plan: SchedulePlan, trace: Trace) -> str:
    schedulers = " + ".join(each.type for each in plan.schedulers) or "constant"
    lines = [f"{plan.optimizer.type}, {schedulers}", *map(escape_markdown, trace.arithmetic)]
    for path, value in trace.resolved.items():
        lines.append(f"{inline_code(path)} = {escape_markdown(format_ticks(value))}")
    return "\n".join(f"- {line}" for line in lines)


def _notes(trace: Trace, curves: int) -> Iterator[str]:
    if curves > _MOST_CURVES:
        yield f"{curves - _MOST_CURVES} more curves are not shown."
    if trace.failure is not None:
        when = f"after step {trace.failure.step}" if trace.failure.step >= 0 else "at once"
        yield f"**The run stops {when}:** {escape_markdown(trace.failure.message)}"
    versions = f"lrplan {__version__}" + (f", torch {trace.torch}" if trace.torch else "")
    yield f"<sub>{versions}</sub>"


def _curves(trace: Trace) -> Iterator[Curve]:
    for name, field, group in named_curves(trace):
        following = trace.next_values.get(field, {}).get(group)
        yield inline_code(name), trace.columns[field][group], following


def _steps(trace: Trace, curves: Sequence[Curve]) -> str:
    events = _events(trace, curves)
    epochs = () if trace.epochs is None else ("epoch",)
    head = ("step", *epochs, "what", *(name for name, _, _ in curves))
    rows: list[tuple[str, ...]] = []
    above = -1
    for step in sorted(events):
        # A row at 25% of the run that repeats the values of the row above says nothing.
        if _only_samples(events[step]) and _same(curves, above, step):
            continue
        above = step
        epoch = () if trace.epochs is None else (str(trace.epochs[step]),)
        values = (f"{values[step]:.6g}" for _, values, _ in curves)
        rows.append((str(step), *epoch, join_events(events[step]), *values))
    return _table(head, rows, left={"what"})


def _only_samples(words: Sequence[str]) -> bool:
    return all(word in QUARTERS for word in words)


def _same(curves: Sequence[Curve], one: int, other: int) -> bool:
    return all(values[one] == values[other] for _, values, _ in curves)


def _events(trace: Trace, curves: Sequence[Curve]) -> dict[int, list[str]]:
    """The events at the steps that matter, by step: the twelve of most weight, with both ends.

    Every feature yields a step, a word and a weight: both ends 9, warm-up and peak 5, marks of the
    plan 3, changes their own (up to 2), quarters of the run 0. A step is ranked by its heaviest
    event, and has the words of all.
    """
    events: dict[int, dict[str, float]] = {}
    for step, word, weight in _weighted_events(trace, curves):
        events.setdefault(step, {}).setdefault(word, weight)
    # Of equal weight, the earlier step wins: so the same run always has the same rows.
    ranked = sorted(events, key=lambda step: (-max(events[step].values()), step))
    return {step: list(events[step]) for step in ranked[:_MOST_ROWS]}


def _weighted_events(trace: Trace, curves: Sequence[Curve]) -> Iterator[tuple[int, str, float]]:
    yield 0, "start", _ALWAYS
    for _, values, following in curves:
        yield from _shape(values, following)
    for mark in trace.marks:
        if 0 <= mark.step < trace.steps:
            yield mark.step, escape_markdown(mark.label), _NAMED
    for _, values, _ in curves:
        for change in changes(values):
            yield change.step, _word(change), change.weight
    if any(varies(values) for _, values, _ in curves):
        for word, share in QUARTERS.items():
            yield int(share * trace.steps), word, 0.0
    yield trace.steps - 1, "last", _ALWAYS


def _shape(values: FloatArray, following: float | None) -> Iterator[tuple[int, str, float]]:
    ramp, top = warmup_end(values, following), peak(values)
    if ramp is not None:
        yield ramp, "warm-up ends", _SHAPE
    if top is not None and varies(values):
        yield top.step, "peak", _SHAPE


def _word(change: Change) -> str:
    if change.kind == "jump" and change.ratio:
        return f"x{change.ratio:.3g}"
    return "not finite" if change.kind == "lost" else CHANGE_WORDS.get(change.kind, "jump")


def _summaries(curves: Sequence[Curve]) -> str:
    head = ("curve", "", "first", "peak", "at step", "last", "mean/peak", "warm-up")
    rows = [
        (name, f"`{_sparkline(values)}`", *_figures(summarize(values, following)))
        for name, values, following in curves
    ]
    return _table(head, rows, left={"curve", ""})


def _figures(summary: Summary) -> Iterator[str]:
    top, rise = summary.peak, summary.warmup
    yield _number(summary.first)
    yield _number(None if top is None else top.value)
    yield "-" if top is None else str(top.step)
    yield _number(summary.last)
    yield "-" if summary.mean_of_peak is None else format_percent(summary.mean_of_peak)
    kind = None if rise is None else rise.kind
    share = format_percent(summary.warmup_share)
    yield {"warm-up": share, "unfinished": "not finished"}.get(kind or "", "none")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _sparkline(values: FloatArray) -> str:
    """The largest value of each stretch, in eight heights above 0."""
    width = min(_SPARK_WIDTH, values.size)
    # 1000 steps in 24 columns: column i is the largest value of steps i * 1000 // 24 onwards, so
    # that a spike of one step is seen.
    starts = np.arange(width) * values.size // width
    largest = np.nan_to_num(np.maximum.reduceat(values, starts), posinf=0.0, neginf=0.0)
    top = float(largest.max())
    heights = np.clip(largest / top, 0, 1) if top > 0 else np.zeros(width)
    return "".join(_BARS[round(each)] for each in (heights * (len(_BARS) - 1)).tolist())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, left: set[str]) -> str:
    marks = [":---" if title in left else "---:" for title in head]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))
