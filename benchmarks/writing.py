"""How long pictures, tables and exports take once the values are there."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.measure import best
from benchmarks.report import Table, count, duration, times
from lrplan.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lrplan.arrays import FloatArray

SIZES = ((10_000, 1), (100_000, 1), (1_000_000, 1), (10_000, 100))
TEXT_STEPS = 100_000


def tables(
    sizes: Sequence[tuple[int, int]] = SIZES, text_steps: int = TEXT_STEPS, *, rounds: int = 3
) -> Iterator[Table]:
    """Drawing, then writing."""
    yield drawing(sizes, rounds=rounds)
    yield writing(text_steps, rounds=rounds)


def warm_cosine(steps: int, groups: int) -> Trace:
    """Warm-up and cosine, every group lower than the one before; momentum and weight decay stay."""
    at = np.arange(steps)
    ramp = max(1, steps // 20)
    shape = np.where(at < ramp, at / ramp, 0.5 * (1 + np.cos(np.pi * (at - ramp) / (steps - ramp))))
    names = tuple(f"g{index}" for index in range(groups))
    columns = {
        "lr": {name: shape * 1e-3 * 0.97**index for index, name in enumerate(names)},
        "momentum": {name: np.broadcast_to(0.9, steps) for name in names},
        "weight_decay": {name: np.broadcast_to(0.01, steps) for name in names},
    }
    return Trace(
        name="bench",
        columns=columns,
        next_values={"lr": dict.fromkeys(names, 0.0)},
        groups=names,
        planned_steps=steps,
        epochs=at // 1000,
        steps_per_epoch=1000,
    )


def drawing(sizes: Sequence[tuple[int, int]] = SIZES, *, rounds: int = 3) -> Table:
    """Pictures and tables beside a single pass over the values."""
    table = Table(
        "Drawing",
        ("", *(f"{count(steps)} x {groups}" for steps, groups in sizes)),
        "Seconds to draw steps x groups of a warm-up and cosine as a PNG, and to print its table; "
        "in brackets beside the first column. Finding the smallest and the largest value of every "
        "column is the least that any of them has to do.",
    )
    columns = [_drawn(*size, rounds) for size in sizes]
    for name, first in columns[0].items():
        cells = (f"{duration(each[name])} ({times(each[name] / first)})" for each in columns)
        table.add(name, *cells)
    return table


def _drawn(steps: int, groups: int, rounds: int) -> dict[str, float]:
    from rich.console import Console

    from lrplan.render.picture_options import PictureOptions
    from lrplan.render.schedule_picture import render
    from lrplan.render.table.schedule_table import print_tables

    trace = warm_cosine(steps, groups)
    return best(
        {
            "smallest and largest": lambda: [(row.min(), row.max()) for row in trace.lr.values()],
            "plot": lambda: render([trace], PictureOptions(), format="png"),
            "table": lambda: print_tables([trace], Console(file=io.StringIO(), width=80)),
        },
        rounds,
    )


def writing(steps: int = TEXT_STEPS, *, rounds: int = 3) -> Table:
    """CSV and JSON beside the standard library's writers, numbers in full on both sides."""
    from lrplan.export.csv import to_csv
    from lrplan.export.json import to_json

    trace = warm_cosine(steps, 1)
    subjects: dict[str, Callable[[], object]] = {
        "csv of the standard library": lambda: _csv(trace),
        "lrplan export --format csv": lambda: _drained(to_csv([trace])),
        "json of the standard library": lambda: _json(trace),
        "lrplan export --format json": lambda: _drained(to_json([trace])),
    }
    found = best(subjects, rounds)
    table = Table(
        "Writing",
        ("", "time", "rows a second", "beside the library"),
        f"{count(steps)} steps of one group: learning rate, momentum and weight decay.",
    )
    for name, taken in found.items():
        base = found[f"{'csv' if 'csv' in name else 'json'} of the standard library"]
        table.add(name, duration(taken), f"{steps / taken:,.0f}", times(base / taken))
    return table


def _drained(chunks: Iterator[str]) -> int:
    return sum(map(len, chunks))


def _csv(trace: Trace) -> int:
    stream = io.StringIO()
    steps = range(trace.steps)
    rows = zip(*_lists(trace), strict=True)
    csv.writer(stream).writerows(
        (trace.name, "g0", step, step // 1000, *row) for step, row in zip(steps, rows, strict=True)
    )
    return stream.tell()


def _json(trace: Trace) -> int:
    lr, momentum, weight_decay = _lists(trace)
    group = {"name": "g0", "lr": lr, "momentum": momentum, "weight_decay": weight_decay}
    return len(json.dumps({"schedules": [{"name": trace.name, "groups": [group]}]}))


def _lists(trace: Trace) -> tuple[list[float], list[float], list[float]]:
    def listed(columns: FloatArray) -> list[float]:
        values: list[float] = columns.tolist()
        return values

    return (
        listed(trace.lr["g0"]),
        listed(trace.momentum["g0"]),
        listed(trace.weight_decay["g0"]),
    )
