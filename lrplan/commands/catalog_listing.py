"""The list of what a spec can name, as plain text.

Laid out without rich: importing it takes longer than everything else this list needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import TextWrapper

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, THIRD_PARTY, OptimizerRow, SchedulerRow
from lrplan.catalog.argument_text import default_text

FAMILIES = {
    "torch": "torch.optim.lr_scheduler",
    "swa": "torch.optim.swa_utils",
    "lrplan": "lrplan's own",
}
ROOM_FOR_COLUMNS = 76
"""In fewer columns, the description of a name is printed below it."""
_INDENT = 4


def listing(width: int) -> str:
    """Every scheduler by family, then the optimizers, in lines of at most ``width`` characters."""
    own = (name for name, row in SCHEDULERS.items() if row.family in FAMILIES)
    column = max(map(len, own)) + 2
    return "\n".join(_lines(max(width, 20), column))


def _lines(width: int, column: int) -> Iterator[str]:
    for family, title in FAMILIES.items():
        rows = [row for row in SCHEDULERS.values() if row.family == family]
        yield from _section(f"Schedulers: {title}", rows, width, column)
    yield from _third_party(width)
    title = "Optimizers: torch.optim (switches left out)"
    own = [row for row in OPTIMIZERS.values() if not row.package]
    yield from _section(title, own, width, max(len(row.name) for row in own) + 2)
    yield from _other_optimizers(width)
    wrap = TextWrapper(width, break_on_hyphens=False).wrap
    yield from wrap("Most schedulers of a learning rate take warmup: 5ep beside their arguments.")
    yield "lrplan schedulers NAME describes one, with an example.\n"


def _section(
    title: str, rows: Iterable[SchedulerRow | OptimizerRow], width: int, column: int
) -> Iterator[str]:
    yield from _heading(title, width)
    for row in rows:
        yield from _entry(row, width, column)
    yield ""


def _heading(title: str, width: int) -> Iterator[str]:
    yield title
    yield "-" * min(len(title), width)


def _other_optimizers(width: int) -> Iterator[str]:
    """The names of optimizers of other packages; their own pages have the arguments."""
    yield from _heading("Optimizers of other packages (stand-ins)", width)
    names = " ".join(row.name for row in OPTIMIZERS.values() if row.package)
    indent = " " * _INDENT
    wrap = TextWrapper(width, initial_indent=indent, subsequent_indent=indent)
    yield from wrap.wrap(names)
    yield ""


def _third_party(width: int) -> Iterator[str]:
    """The names of third-party schedulers, by package; their own pages have the arguments."""
    wrap = TextWrapper(
        width,
        initial_indent=" " * _INDENT,
        subsequent_indent=" " * _INDENT,
        break_on_hyphens=False,
        break_long_words=False,
    ).wrap
    yield from _heading("Third-party (extras)", width)
    for rows in THIRD_PARTY.values():
        install = f'pip install "lrplan[{rows[0].extra}]"'
        together = f"{rows[0].package}: {install}"
        yield from [together] if len(together) <= width else [f"{rows[0].package}:", install]
        yield from wrap(" ".join(row.name for row in rows))
    yield ""


def _entry(row: SchedulerRow | OptimizerRow, width: int, column: int) -> Iterator[str]:
    has_columns = width >= ROOM_FOR_COLUMNS
    indent = column if has_columns else _INDENT
    wrap = TextWrapper(width - indent, break_on_hyphens=False).wrap
    text = [*wrap(row.summary), *wrap(in_short(row))]
    if has_columns:
        yield f"{row.name:<{column}}{text[0]}"
        text = text[1:]
    else:
        yield row.name
    for line in text:
        yield " " * indent + line


def in_short(row: SchedulerRow | OptimizerRow) -> str:
    """The arguments of a row with their defaults; of an optimizer, those that are not booleans."""
    everything = isinstance(row, SchedulerRow)
    return ", ".join(
        argument.name if argument.required else f"{argument.name}={default_text(argument)}"
        for argument in row.arguments
        if everything or argument.kind != "boolean"
    )
