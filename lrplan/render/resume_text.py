"""Tables of resumed runs: the columns beside those of the unbroken run, and a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console

from lrplan.arrays import FloatArray
from lrplan.finding import Finding
from lrplan.render.numbers import align, format_share, format_value, format_values
from lrplan.render.table.events import DEFAULT_ROWS
from lrplan.render.table.schedule_table import print_findings
from lrplan.render.table.text_grid import GAP, TextColumn, print_grid, print_note, total_width
from lrplan.resume import ColumnDifference, ResumeResult, restored_text
from lrplan.trace import DEFAULT_GROUP

_AROUND = 2
"""Steps shown before and after the resume."""
_MOST_GROUPS = 8
_WHAT_WIDTH = 22
_SHARES = (0.25, 0.5, 0.75)


def print_resumed(
    runs: Sequence[ResumeResult],
    console: Console,
    *,
    fields: Sequence[str] = ("lr",),
    every: int | None = None,
    rows: int | None = None,
    findings: Mapping[str, Sequence[Finding]],
) -> None:
    """Print, for each run, both columns around the resume, and their differences.

    Args:
        runs: what to print, in this order.
        console: where to print.
        fields: fields to show; other fields that differ are added.
        every: steps between two rows; there are also rows around the resume.
        rows: about the most rows.
        findings: by the name of a schedule, to be listed below its table.
    """
    for index, resumed in enumerate(runs):
        if index:
            console.print()
        _print_heading(resumed, console)
        _print_table(resumed, console, fields, _steps(resumed, every, rows or DEFAULT_ROWS))
        console.print()
        for line in _verdict(resumed):
            print_note(
                line, console, "bold yellow" if resumed.differences or resumed.stops else "bold"
            )
        print_findings(findings.get(resumed.trace.name, ()), console)


def _print_heading(resumed: ResumeResult, console: Console) -> None:
    trace = resumed.trace
    print_note(f"{trace.name}: {trace.title}" if trace.title else trace.name, console, "bold")
    for line in trace.arithmetic:
        print_note(line, console, "dim")
    when = f"step {resumed.step}"
    if trace.epochs is not None and resumed.step < trace.epochs.size:
        when += f", epoch {trace.epochs[resumed.step]}"
    print_note(f"resumed before {when}, {restored_text(resumed.options)}", console)
    if resumed.options.plan:
        print_note(f"planned by {resumed.options.plan} from there on", console)
    if resumed.options.training:
        print_note(f"with training {', '.join(resumed.options.training)} from there on", console)
    if resumed.unsafe:
        note = f"torch.load reads this checkpoint only with weights_only=False: {resumed.unsafe}"
        print_note(note, console, "yellow")


def _print_table(
    resumed: ResumeResult, console: Console, fields: Sequence[str], steps: Sequence[int]
) -> None:
    curves = list(_ordered_curves(resumed, fields))
    keys = _keys(resumed, steps)
    pairs = [list(_pair(resumed, *pair, steps)) for pair in curves[:_MOST_GROUPS]]
    for block in _side_by_side(pairs, console.width - total_width(keys) - GAP):
        console.print()
        print_grid([*keys, *block], console)
    if len(curves) > _MOST_GROUPS:
        left = len(curves) - _MOST_GROUPS
        print_note(f"and {left} more columns, which differ less", console, "dim")


def _side_by_side(pairs: Sequence[list[TextColumn]], room: int) -> Iterator[list[TextColumn]]:
    """Yield pairs of columns in blocks that fit; a pair is never split."""
    block: list[TextColumn] = []
    for pair in pairs:
        if block and total_width([*block, *pair]) > room:
            yield block
            block = []
        block = [*block, *pair]
    yield block


def _ordered_curves(resumed: ResumeResult, fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Fields and groups; if there are many, those that differ most come first."""
    relative = {
        (difference.field, difference.group): difference.relative
        for difference in resumed.differences
    }
    wanted = dict.fromkeys([*fields, *(field for field, _ in relative)])
    pairs = [(f, group) for f in wanted for group in resumed.unbroken.columns.get(f, {})]
    if len(pairs) > _MOST_GROUPS:
        pairs.sort(key=lambda pair: -relative.get(pair, 0.0))
    yield from pairs


def _steps(resumed: ResumeResult, every: int | None, rows: int) -> list[int]:
    """The steps to show: always those around the resume, then those that differ most."""
    last = max(resumed.unbroken.steps, resumed.trace.steps) - 1
    # Example: resumed at step 100 of 1,000, the table has the steps 98 to 102 and 999, then 0, the
    # first and the largest difference, and 324, 549 and 774: quarters of the rest.
    start = resumed.step
    always = [*range(start - _AROUND, start + _AROUND + 1), resumed.trace.steps - 1, last]
    differing = [
        step for difference in resumed.differences for step in (difference.worst, difference.first)
    ]
    if every is not None:
        return _within([*always, *differing, *range(0, last + 1, every)], last)
    left = last - start
    wanted = [*always, 0, *differing, *(start + int(left * share) for share in _SHARES)]
    marks = [mark.step for mark in resumed.trace.marks]
    return _within(list(dict.fromkeys([*wanted, *marks]))[: max(rows, len(always))], last)


def _within(steps: Sequence[int], last: int) -> list[int]:
    return sorted({step for step in steps if 0 <= step <= last})


def _keys(resumed: ResumeResult, steps: Sequence[int]) -> list[TextColumn]:
    epochs = resumed.unbroken.epochs
    keys = [TextColumn("step", [str(step) for step in steps], right=True)]
    if epochs is not None:
        keys.append(TextColumn("epoch", [str(epochs[step]) for step in steps], right=True))
    return [*keys, TextColumn("what", [_what(resumed, step) for step in steps], most=_WHAT_WIDTH)]


def _what(resumed: ResumeResult, step: int) -> str:
    words = [mark.label for mark in resumed.trace.marks if mark.step == step]
    if step == resumed.step - 1:
        words.append("checkpoint after it")
    if step != resumed.step and any(difference.first == step for difference in resumed.differences):
        words.append("first difference")
    if any(difference.worst == step for difference in resumed.differences):
        words.append("differs most")
    if resumed.stops and step == resumed.trace.steps - 1:
        words.append("the resumed run stops")
    if step == resumed.unbroken.steps - 1:
        words.append("last")
    return ", ".join(dict.fromkeys(words))


def _pair(
    resumed: ResumeResult, field: str, group: str, steps: Sequence[int]
) -> Iterator[TextColumn]:
    name = field if group == DEFAULT_GROUP else f"{group}\n{field}"
    unbroken = "unbroken" if not resumed.options.replanned else "as planned"
    for run_name, trace in ((unbroken, resumed.unbroken), ("resumed", resumed.trace)):
        cells = _cells(trace.columns[field][group], steps)
        yield TextColumn(f"{name}\n{run_name}", cells)


def _cells(values: FloatArray, steps: Sequence[int]) -> list[str]:
    recorded = [float(values[step]) for step in steps if step < values.size]
    return [*align(format_values(recorded)), *("-" for step in steps if step >= values.size)]


def _verdict(resumed: ResumeResult) -> Iterator[str]:
    left = resumed.trace.steps - resumed.step
    if resumed.stops:
        failure = resumed.trace.failure
        message = "" if failure is None else failure.message
        yield f"the resumed run stops after step {resumed.trace.steps - 1}: {message}"
    for difference in resumed.differences[:_MOST_GROUPS]:
        yield _difference_text(difference, left)
    if not resumed.differences and not resumed.stops:
        exactness = "to the last bit" if resumed.identical else "up to rounding"
        other = "unbroken" if not resumed.options.replanned else "planned"
        yield f"the resumed run has the values of the {other} run, {exactness}"


def _difference_text(difference: ColumnDifference, left: int) -> str:
    """A sentence about one column, ``left`` being the steps after the resume."""
    group, field, worst = difference.group, difference.field, difference.worst
    name = field if group == DEFAULT_GROUP else f"{group} {field}"
    size, share = "no number", ""
    if math.isfinite(difference.largest):
        size = format_value(difference.largest, 4)
    if math.isfinite(difference.relative):
        share = f" ({format_share(difference.relative)} of the peak)"
    count = f"all {left}" if difference.steps == left else f"{difference.steps} of the {left}"
    first = f"first at step {difference.first}"
    if difference.first == worst:
        first = "the first that differs"
    verb = "differs" if difference.steps == 1 < left else "differ"
    return (
        f"{name}: largest difference {size}{share} at step {worst}, {first}; {count} steps left"
        f" {verb}"
    )
