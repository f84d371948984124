"""A table that any program wrote, with columns for the step and for learning rates.

``csv_table`` finds these columns: those that the user names, else those whose names match
``STEP_NAMES`` and ``LR_NAME`` of ``format``. Here is decided what the steps of such a table mean.
"""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from lrplan.logs.csv_table import TableLayout, header_of, read_table
from lrplan.logs.format import LR_NAME, STEP_NAMES, ColumnNames, LogFormat
from lrplan.logs.log import Convention, Log
from lrplan.logs.rows import number


def _convention(layout: TableLayout, _: float) -> Convention:
    if layout.step.lower() == "epoch":
        return Convention("epoch", 0, "the epochs are taken as counted from 0")
    sentence = "the value beside a step is taken for the one that this update applies, from 0"
    return Convention("update", 0, sentence)


def _recognizes(head: str) -> bool:
    lines = head.lstrip("\ufeff \t\r\n").splitlines()
    if not lines or lines[0][:1] in ("{", "["):
        return False
    names = header_of(lines[0])
    lrs = [index for index, name in enumerate(names) if LR_NAME.search(name)]
    if len(names) < 2 or not lrs:
        return False
    # `step 10, lr 0.1` is a line of a text, and has no names: a table has numbers below them.
    counts = {name.lower() for name in names} & {*STEP_NAMES, "epoch"}
    first = header_of(lines[1]) if len(lines) > 1 else []
    return bool(counts) or any(
        index < len(first) and isfinite(number(first[index])) for index in lrs
    )


def _read(path: Path, wanted: ColumnNames) -> Log:
    return read_table(path, FORMAT.name, wanted, _convention)


FORMAT = LogFormat(
    name="csv",
    title="a table of steps and learning rates",
    files=("*.csv",),
    recognizes=_recognizes,
    read=_read,
)
