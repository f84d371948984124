"""A table of any program, with columns for the step and for learning rates."""

from __future__ import annotations

from pathlib import Path

from lrplan.logs.csv_table import TableLayout, header_of, read_table
from lrplan.logs.format import LR_NAME, ColumnNames, LogFormat
from lrplan.logs.log import Convention, Log


def _convention(layout: TableLayout, _: float) -> Convention:
    if layout.step.lower() == "epoch":
        return Convention("epoch", 0, "the epochs are taken as counted from 0")
    sentence = "the value beside a step is taken for the one that this update applies, from 0"
    return Convention("update", 0, sentence)


def _recognizes(head: str) -> bool:
    if head.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return False
    return any(LR_NAME.search(name) for name in header_of(head)) and "," in head.partition("\n")[0]


def _read(path: Path, wanted: ColumnNames) -> Log:
    return read_table(path, FORMAT.name, wanted, _convention)


FORMAT = LogFormat(
    name="csv",
    title="a table of steps and learning rates",
    files=("*.csv",),
    recognizes=_recognizes,
    read=_read,
)
