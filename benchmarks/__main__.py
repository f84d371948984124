"""Measure lrplan beside other packages, and write the results down.

python -m benchmarks                 everything, and a new benchmarks/README.md
python -m benchmarks --only memory   one subject, and its tables in benchmarks/README.md
python -m benchmarks --quick         small sizes, under a minute; nothing is written
"""

from __future__ import annotations

import argparse
import logging
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks import configs, engine, formulas, logs, machine, memory, process, stepping, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from benchmarks.report import Table

_HEAD = """\
# Benchmarks

Written by `make bench`. The numbers of one table are of one run: they are meant to be compared with
each other, and with no others. `make bench QUICK=1` takes about a minute and writes nothing.

Every cell is the best of several rounds in which all rows take turns. Other packages are measured
where `benchmarks/requirements.txt` is installed.

| | |
| --- | --- |"""

README = Path(__file__).with_name("README.md")

FULL: dict[str, Callable[[], Iterable[Table]]] = {
    "stepping": stepping.tables,
    "engine": engine.tables,
    "formulas": formulas.tables,
    "writing": writing.tables,
    "logs": logs.tables,
    "process": process.tables,
    "configs": configs.tables,
    "memory": memory.tables,
}
QUICK: dict[str, Callable[[], Iterable[Table]]] = {
    "stepping": lambda: stepping.tables((1_000, 10_000), (1, 10), rounds=2, most=0.3),
    "formulas": lambda: formulas.tables((1, 10), steps=100_000, rounds=1),
    "engine": lambda: engine.tables((1, 50), steps=1_000, rounds=2),
    "writing": lambda: writing.tables(((10_000, 1), (100_000, 1)), 20_000, rounds=2),
    "logs": lambda: logs.tables((10_000, 100_000), rounds=2),
    "process": lambda: process.tables(rounds=1),
    "configs": lambda: configs.tables(rounds=1),
    "memory": lambda: memory.tables(((200_000, 1),)),
}


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure lrplan.")
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute")
    parser.add_argument("--only", choices=FULL, help="one subject")
    chosen = parser.parse_args()
    subjects = QUICK if chosen.quick else FULL
    wanted = [chosen.only] if chosen.only else list(subjects)
    os.environ.setdefault("LRPLAN_MAX_VALUES", str(10**12))  # runs longer than anybody plans
    logging.disable(logging.WARNING)  # mmengine and others announce themselves
    console = Console()
    facts = machine.described()
    console.print("\n".join(f"{name}: {value}" for name, value in facts))
    found = list(_measured((subjects[name] for name in wanted), console))
    if chosen.quick:
        return
    text = renewed(README.read_text("utf-8"), found) if chosen.only else page(facts, found)
    README.write_text(text, "utf-8")
    console.print(f"wrote {README}")


def _measured(
    subjects: Iterable[Callable[[], Iterable[Table]]], console: Console
) -> Iterator[Table]:
    for tables in subjects:
        for table in tables():
            console.print()
            console.print(table.rich())
            yield table


def page(facts: Iterable[tuple[str, str]], tables: Iterable[Table]) -> str:
    """The README: how it is made, on what, and what was found."""
    rows = "\n".join(f"| {name} | {value} |" for name, value in facts)
    return "\n".join([_HEAD, rows, "", *(table.markdown() for table in tables)])


def renewed(text: str, tables: Iterable[Table]) -> str:
    """The page ``text``, with new tables in place of those of the same titles, or at its end."""
    head, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    by_title = {section.partition("\n")[0]: section for section in sections}
    by_title |= {f"## {table.title}": table.markdown() for table in tables}
    return "\n\n".join(part.strip("\n") for part in (head, *by_title.values())) + "\n"


if __name__ == "__main__":
    main()
