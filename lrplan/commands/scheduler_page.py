"""The page that describes one scheduler or optimizer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lrplan.catalog import Argument, OptimizerRow, SchedulerRow
from lrplan.catalog.argument_text import default_text, takes_text
from lrplan.catalog.example import example
from lrplan.catalog.ramps import WARMUP_KEYS, takes_warmup
from lrplan.commands.catalog_listing import ROOM_FOR_COLUMNS
from lrplan.text import join_words

_DURATIONS = "Durations are ticks or have a unit: 5ep, 500st, 100ba, 1_000sp, 5_000tok, 10%."
_FRACTIONAL = "Fractional: also 2.4 ticks; a duration with a unit is rounded to whole ones."
_PER_GROUP = "Per group: one value, a list in group order, or a mapping by group name."
_INTERVAL = (
    "With interval: step, epoch or batch; unless given, that of the training loop: in a plain one"
    " epoch, or step for a run in steps."
)


def _print_stacked(entries: Iterable[tuple[str, Text]], console: Console) -> None:
    for name, text in entries:
        console.print(Text(name, style="bold"))
        console.print(Padding(text, (0, 0, 0, 4)))
    console.print()


def print_page(row: SchedulerRow | OptimizerRow, console: Console) -> None:
    """Print a summary, the arguments, when it ticks, what comes past its end, and an example."""
    console.print(Text(row.name, style="bold"))
    console.print(Text(row.path, style="dim"), soft_wrap=True)
    console.print()
    console.print(Text(row.summary))
    console.print()
    _print_arguments(row, console)
    legends = list(_legends(row))
    for legend in legends:
        console.print(Text(legend, style="dim"))
    console.print(Padding(_facts(row), (1 if legends else 0, 0, 1, 0)))
    console.print(Text("Example", style="bold"))
    console.out(example(row), highlight=False)


def _print_arguments(row: SchedulerRow | OptimizerRow, console: Console) -> None:
    if console.width < ROOM_FOR_COLUMNS:
        _print_stacked(((each.name, _description(each)) for each in row.arguments), console)
        return
    table = _table()
    table.add_column("argument", no_wrap=True, style="bold")
    table.add_column("takes", max_width=22)
    table.add_column("default", no_wrap=True)
    table.add_column("meaning")
    for argument in row.arguments:
        cells = (argument.name, takes_text(argument), default_text(argument), argument.doc)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def _description(argument: Argument) -> Text:
    default = "required" if argument.required else f"default {default_text(argument)}"
    return Text(f"{argument.doc}\n").append(f"{takes_text(argument)}; {default}", "dim")


def _legends(row: SchedulerRow | OptimizerRow) -> Iterator[str]:
    if any(argument.kind.startswith("duration") for argument in row.arguments):
        yield _DURATIONS
    if any(argument.fractional for argument in row.arguments):
        yield _FRACTIONAL
    if any(argument.per_group for argument in row.arguments):
        yield _PER_GROUP


def _facts(row: SchedulerRow | OptimizerRow) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    for label, text in _labelled(row):
        table.add_row(label, Text(text))
    return table


def _labelled(row: SchedulerRow | OptimizerRow) -> Iterator[tuple[str, str]]:
    yield from _scheduler_facts(row) if isinstance(row, SchedulerRow) else _optimizer_facts(row)
    for note in row.notes:
        yield "Note", note
    if row.since:
        yield "Since", f"torch {row.since}"
    yield "Source", row.source


def _scheduler_facts(row: SchedulerRow) -> Iterator[tuple[str, str]]:
    if row.one_of:
        sets = (join_words(names) for names in row.one_of)
        yield "Needs", "either " + ", or ".join(sets)
    if row.metric:
        inside = any(argument.kind == "scheduler" for argument in row.arguments)
        reader = "a plateau inside it reads" if inside else "reads"
        yield "Metric", f"{reader} one: name it with monitor, or give exactly one"
    meant = f"Made to tick every {row.meant_for}. " if row.meant_for else ""
    yield "Ticks", meant + _INTERVAL
    if takes_warmup(row):
        keys = join_words([argument.name for argument in WARMUP_KEYS])
        yield "Warm-up", f"warmup: 5ep beside its arguments, or a mapping with {keys}"
    yield "Past the end", row.after_end
    if row.has_formula:
        yield "Package", f"{row.package}; where it is missing, lrplan's formulas of that release"


def _optimizer_facts(row: OptimizerRow) -> Iterator[tuple[str, str]]:
    yield (
        "Groups",
        ("one only" if row.single_group else "any argument may differ from group to group"),
    )
    if row.package:
        yield "Package", f"{row.package}; not needed: lrplan builds a stand-in, for learning rates"
    if row.matrix_only:
        yield "Parameters", "matrices only (two dimensions)"
    if row.needs_closure:
        yield "Closure", "its step() calls a closure, several times"


def _table() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
