"""The most memory that a command holds at once."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.measure import process_environment, run_process
from benchmarks.report import Table, count, duration
from benchmarks.subjects import spec_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.measure import Used

SIZES = ((1_000, 1), (2_000_000, 1), (2_000_000, 200))
WRITTEN = 20_000_000
"""Rows up to which the numbers are exported too: more fill a disk before they fill the memory."""


def tables(sizes: Sequence[tuple[int, int]] = SIZES) -> Iterator[Table]:
    """Peak memory of processes."""
    yield peak(sizes)


def peak(sizes: Sequence[tuple[int, int]] = SIZES) -> Table:
    """``plot``, ``table`` and ``export`` at several sizes, beside the imports."""
    table = Table(
        "Memory",
        ("", *(f"{count(steps)} x {groups}" for steps, groups in sizes)),
        "Peak resident memory of the whole process for steps x groups that all differ, and the "
        "time it took. `export` writes to /dev/null.",
    )
    with TemporaryDirectory() as folder, process_environment() as environment:
        used = run_process([sys.executable, "-c", "import torch, matplotlib.figure"], environment)
        table.add("imports alone", *[_cell(used) for _ in sizes])
        columns = [_column(Path(folder), *each, environment) for each in sizes]
    for name in columns[0]:
        table.add(name, *(column.get(name, "-") for column in columns))
    return table


def _column(folder: Path, steps: int, groups: int, environment: dict[str, str]) -> dict[str, str]:
    spec = folder / f"{steps}-{groups}.yaml"
    spec.write_text(spec_text(steps, groups), "utf-8")
    lrplan = [sys.executable, "-m", "lrplan"]
    tail = [str(spec), "--no-cache"]
    commands = {
        "plot": [*lrplan, "plot", *tail, "-o", str(folder / "picture.png")],
        "table": [*lrplan, "table", *tail],
    }
    if steps * groups <= WRITTEN:
        commands |= {
            f"export --format {name}": [*lrplan, "export", *tail, "--format", name, "-o", "-"]
            for name in ("csv", "json")
        }
    return {name: _cell(run_process(command, environment)) for name, command in commands.items()}


def _cell(used: Used) -> str:
    return f"{used.peak / 2**20:,.0f} MiB ({duration(used.seconds)})"
