"""The list of what a spec can name, as plain text.

Laid out without rich: importing it takes longer than everything else this list needs.
"""

from __future__ import annotations

from textwrap import TextWrapper
from typing import TYPE_CHECKING

from lrplan.catalog import OPTIMIZERS, SCHEDULERS, SchedulerRow
from lrplan.catalog.wording import default_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.catalog import OptimizerRow

FAMILIES = {
    "torch": "torch.optim.lr_scheduler",
    "swa": "torch.optim.swa_utils",
    "lrplan": "lrplan's own",
}
ROOM_FOR_COLUMNS = 76
"""Below this width, what a name means stands below it."""
_INDENT = 4


def listing(width: int) -> str:
    """Every scheduler by family, then the optimizers, in lines of at most ``width`` characters."""
    column = max(len(name) for name in SCHEDULERS) + 2
    return "\n".join(_lines(max(width, 20), column))


def _lines(width: int, column: int) -> Iterator[str]:
    for family, title in FAMILIES.items():
        rows = [row for row in SCHEDULERS.values() if row.family == family]
        yield from _section(f"Schedulers: {title}", rows, width, column)
    title = "Optimizers: torch.optim (switches left out)"
    yield from _section(title, OPTIMIZERS.values(), width, max(map(len, OPTIMIZERS)) + 2)
    yield "lrplan schedulers NAME describes one, with an example.\n"


def _section(
    title: str, rows: Iterable[SchedulerRow | OptimizerRow], width: int, column: int
) -> Iterator[str]:
    yield title
    yield "-" * min(len(title), width)
    for row in rows:
        yield from _entry(row, width, column)
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
    """Its arguments with their defaults; of an optimizer only those that are not switches."""
    everything = isinstance(row, SchedulerRow)
    return ", ".join(
        argument.name if argument.required else f"{argument.name}={default_text(argument)}"
        for argument in row.arguments
        if everything or argument.kind != "boolean"
    )
