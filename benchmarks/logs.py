"""How long logs take to read, and to audit."""

from __future__ import annotations

import csv
import json
import struct
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.report import Table, count, duration, times
from lrplan.auditing.explain_log import explain_log
from lrplan.auditing.logged_points import LoggedPoints, PlannedCurves
from lrplan.logs.formats import read_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from lrplan.arrays import FloatArray

SIZES = (100_000, 1_000_000)


def tables(sizes: Sequence[int] = SIZES, *, rounds: int = 3) -> Iterator[Table]:
    """Reading, then auditing."""
    yield reading(sizes, rounds=rounds)
    yield auditing(sizes, rounds=rounds)


def cosine(rows: int) -> FloatArray:
    """A cosine from 1e-3 to 0 over so many steps."""
    return 1e-3 * 0.5 * (1 + np.cos(np.pi * np.arange(rows) / rows))


def reading(sizes: Sequence[int] = SIZES, *, rounds: int = 3) -> Table:
    """Readers beside the loop that somebody would write without lrplan."""
    table = Table(
        "Reading logs",
        ("", *(f"{count(rows)} rows" for rows in sizes)),
        "Seconds of the processor to read a log of one learning rate, float64 in full; in brackets "
        "beside a plain loop over the rows of the same file with the standard library. An event of "
        "TensorBoard has no reader there.",
    )
    with TemporaryDirectory(prefix="lrplan-bench-") as folder:
        columns = [_read(Path(folder), rows, rounds) for rows in sizes]
    for name in columns[0]:
        cells = []
        for each in columns:
            plain = each.get(f"{name}, plain loop")
            ratio = "" if plain is None else f" ({times(each[name] / plain)})"
            cells.append(duration(each[name]) + ratio)
        table.add(name, *cells)
    return table


def _read(folder: Path, rows: int, rounds: int) -> dict[str, float]:
    values = cosine(rows).tolist()
    table, lines, events = (folder / name for name in ("a.csv", "a.jsonl", "a.tfevents.1"))
    with table.open("w") as file:
        file.write("step,loss,lr\n")
        file.writelines(f"{step},0.5,{value!r}\n" for step, value in enumerate(values))
    with lines.open("w") as file:
        rows_of = enumerate(values)
        file.writelines(f'{{"step": {step}, "loss": 0.5, "lr": {v!r}}}\n' for step, v in rows_of)
    with events.open("wb") as file:
        file.write(_record(b"\x1a\x0dbrain.Event:2"))
        file.writelines(_event(step, value) for step, value in enumerate(values))
    return _least(
        {
            "CSV": lambda: read_log(table),
            "CSV, plain loop": lambda: _plain_csv(table),
            "JSON lines": lambda: read_log(lines),
            "JSON lines, plain loop": lambda: _plain_json(lines),
            "TensorBoard": lambda: read_log(events),
        },
        rounds,
    )


def _least(subjects: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The least seconds of the processor of each subject, which take turns."""
    found = dict.fromkeys(subjects, float("inf"))
    for _ in range(rounds):
        for name, run in subjects.items():
            start = time.process_time()
            run()
            found[name] = min(found[name], time.process_time() - start)
    return found


def _plain_csv(path: Path) -> list[tuple[int, float]]:
    with path.open(newline="") as file:
        return [(int(row["step"]), float(row["lr"])) for row in csv.DictReader(file)]


def _plain_json(path: Path) -> list[tuple[int, float]]:
    with path.open() as file:
        return [(row["step"], row["lr"]) for row in map(json.loads, file)]


def _event(step: int, value: float) -> bytes:
    summary = b"\x0a\x02lr\x15" + struct.pack("<f", value)
    summary = b"\x0a" + bytes([len(summary)]) + summary
    head = b"\x09" + struct.pack("<d", 1.7e9 + step) + b"\x10" + _varint(step)
    return _record(head + b"\x2a" + bytes([len(summary)]) + summary)


def _record(data: bytes) -> bytes:
    return struct.pack("<QI", len(data), 0) + data + b"\0\0\0\0"


def _varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def auditing(sizes: Sequence[int] = SIZES, *, rounds: int = 3) -> Table:
    """Audits of logs that have every update."""
    table = Table(
        "Auditing logs",
        ("", *(f"{count(rows)} rows" for rows in sizes)),
        "Seconds of the processor to explain a log of every update by its plan, both read already; "
        "in brackets beside one comparison of all rows with the planned ones.",
    )
    columns = [_audit(rows, rounds) for rows in sizes]
    first = next(iter(columns[0]))
    for name in columns[0]:
        cells = (f"{duration(each[name])} ({times(each[name] / each[first])})" for each in columns)
        table.add(name, *cells)
    return table


def _audit(rows: int, rounds: int) -> dict[str, float]:
    planned = cosine(rows)
    plan = PlannedCurves(np.append(planned, 0.0)[:, None], rows)
    lost = np.isin(np.arange(rows), np.arange(1, 11) * rows // 11)
    logged = {
        "as planned": planned,
        "ten skipped updates": planned[np.arange(rows) - np.cumsum(lost)],
        "restarted from its start": np.concatenate(
            [planned[: rows // 2], planned[: -(-rows // 2)]]
        ),
        "half the peak": planned / 2,
        "unexplained": planned + 1e-5 * (np.arange(rows) % 3),
    }

    def points(values: FloatArray) -> LoggedPoints:
        return LoggedPoints(np.arange(rows), values[:, None], 1e-12 * values[:, None])

    def audit(values: FloatArray) -> Callable[[], object]:
        return lambda: explain_log(points(values), plan, ["all"])

    subjects: dict[str, Callable[[], object]] = {
        "one comparison": lambda: np.abs(planned - planned) <= 1e-12 * planned
    }
    return _least({**subjects, **{name: audit(each) for name, each in logged.items()}}, rounds)
