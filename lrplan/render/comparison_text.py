"""Comparisons as text: the sentence first, then a table of the numbers behind it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.console import Console

from lrplan.comparison import (
    TOLERANCE,
    Comparison,
    CurveSummary,
    Difference,
    RunCurves,
    letter_comparisons,
    sentence,
)
from lrplan.render.numbers import format_ratio, format_share, format_value
from lrplan.render.table.text_grid import TextColumn, blocks, print_grid, print_note
from lrplan.text import pluralize
from lrplan.trace import DEFAULT_GROUP

_MOST_COLUMNS = 24
_NONE = "-"


def print_comparisons(
    comparisons: Sequence[Comparison], console: Console, alone: Sequence[str] = ()
) -> None:
    """Print the sentence of each comparison, and a table of its differences.

    Of several comparisons, those without a difference get no table. ``alone`` are schedules that
    only one file has.
    """
    for index, (comparison, b) in enumerate(
        zip(comparisons, letter_comparisons(comparisons), strict=True)
    ):
        if index:
            console.print()
        _print_sentence(comparison, console, "A", b)
        if comparison.differs or len(comparisons) == 1:
            _print_table(comparison, console, "A", b)
    if alone:
        console.print()
        print_note(f"in one file only: {', '.join(alone)}", console, "bold yellow")


def _print_sentence(comparison: Comparison, console: Console, a: str, b: str) -> None:
    for letter, run in ((a, comparison.a), (b, comparison.b)):
        print_note(f"{letter}  {run.label}  {_length(run)}", console, "dim")
    style = "bold yellow" if comparison.differs else "bold green"
    print_note(sentence(comparison, a, b), console, style)
    for note in _notes(comparison):
        print_note(note, console, "dim")


def _print_table(comparison: Comparison, console: Console, a: str, b: str) -> None:
    columns = [_text_column(each, comparison) for each in _most_different(comparison)]
    for block in blocks([_keys(comparison, a, b)], columns, console.width):
        console.print()
        print_grid(block, console)


def _length(run: RunCurves) -> str:
    steps = f"{run.steps} {pluralize('step', run.steps)}"
    per_epoch = run.steps_per_epoch
    return steps if per_epoch in (None, 1) else f"{steps}, {per_epoch} per epoch"


def _notes(comparison: Comparison) -> Iterator[str]:
    if comparison.only_a and comparison.only_b:
        names = f"{comparison.only_a[0]}={comparison.only_b[0]}"
        yield f"--group {names} compares groups of different names"
    if not comparison.same_length:
        yield "the runs differ in length (--align progress compares by share of the run)"
    counts = sorted({each.at.size for each in comparison.differences} or {0})
    count = " to ".join(map(str, dict.fromkeys((counts[0], counts[-1]))))
    whole = min(comparison.a.steps, comparison.b.steps)
    if comparison.align != "step":
        yield f"compared at {count} points, by {comparison.align}"
    elif comparison.differences and counts[0] < whole:
        by_digest = any(each.changed is not None for each in comparison.differences)
        rest = "; the steps between by digests" if by_digest else ""
        yield f"compared at {count} of {whole} steps: those that are in the file{rest}"
    if any(each.is_undecided for each in comparison.differences):
        yield "their digests are not the same, by rounding, another tolerance or other values"
    if comparison.a.has_nulls or comparison.b.has_nulls:
        yield "null in a JSON export stands for any value that is not finite"
    hidden = len(comparison.differences) - _MOST_COLUMNS
    if hidden > 0:
        yield f"the {_MOST_COLUMNS} groups that differ most, of {len(comparison.differences)}"


def _most_different(comparison: Comparison) -> Sequence[Difference]:
    differences = comparison.differences
    if len(differences) <= _MOST_COLUMNS:
        return differences
    most = sorted(differences, key=lambda each: -each.relative)[:_MOST_COLUMNS]
    return [each for each in differences if each in most]


def _keys(comparison: Comparison, a: str, b: str) -> TextColumn:
    unit = {"step": "step", "epoch": "epoch", "progress": "share"}[comparison.align]
    pairs = ("peak", "at step", "last", "mean", "warm-up")
    letters = [f"{name} {letter}" for name in pairs for letter in (a, b)]
    return TextColumn(
        "difference",
        ["largest", "of the peak", f"at {unit}", f"from {unit}", *letters, f"sum {b}/{a}"],
    )


def _text_column(difference: Difference, comparison: Comparison) -> TextColumn:
    cells = [
        _amount(difference),
        _share(difference),
        _position(difference, difference.worst, comparison),
        _position(difference, difference.first, comparison),
        *(cell for pair in zip(*map(_figures, difference.figures), strict=True) for cell in pair),
        format_ratio(difference.area_ratio),
    ]
    return TextColumn(_header(difference), cells)


def _header(difference: Difference) -> str:
    groups = " = ".join(dict.fromkeys(difference.groups))
    return difference.field if groups == DEFAULT_GROUP else f"{groups}\n{difference.field}"


def _amount(difference: Difference) -> str:
    if not math.isfinite(difference.relative):
        return "no number"
    huge = not math.isfinite(difference.largest)
    return "over 1.8e308" if huge else format_value(difference.largest, 4)


def _share(difference: Difference) -> str:
    """The largest difference as a share of the peak; mere rounding counts as 0%."""
    if not math.isfinite(difference.relative):
        return "no number"
    return format_share(difference.relative if difference.relative >= TOLERANCE else 0.0)


def _position(difference: Difference, index: int | None, comparison: Comparison) -> str:
    if index is None:
        return _NONE
    position = float(difference.at[index])
    return format_share(position) if comparison.align == "progress" else format_value(position)


def _figures(figures: CurveSummary) -> tuple[str, ...]:
    top = figures.peak
    return (
        _NONE if top is None else format_value(top.value),
        _NONE if top is None else str(top.step),
        _NONE if figures.last is None else format_value(figures.last),
        _NONE if figures.mean is None else format_value(figures.mean),
        format_share(figures.warmup) if figures.warmup else "none",
    )
