"""``results.csv`` of Ultralytics YOLO: a row for each epoch, ``lr/pg0`` and so on."""

from __future__ import annotations

from pathlib import Path

from lrplan.logs.csv_table import TableLayout, header_of, read_table
from lrplan.logs.format import ColumnNames, LogFormat
from lrplan.logs.log import Convention, Log


def _convention(_: TableLayout, first: float) -> Convention:
    # Older releases count epochs from 0 and pad the names; newer ones count from 1.
    counted = "from 1" if first >= 1 else "from 0"
    sentence = f"Ultralytics writes at the end of an epoch, counted {counted}: its last update"
    return Convention("epoch", -1 if first >= 1 else 0, sentence, "ultralytics 8")


def _recognizes(head: str) -> bool:
    names = header_of(head)
    return "epoch" in names and any(name.startswith("lr/pg") for name in names)


def _read(path: Path, wanted: ColumnNames) -> Log:
    return read_table(path, FORMAT.name, wanted, _convention)


FORMAT = LogFormat(
    name="ultralytics",
    title="a results.csv of Ultralytics YOLO",
    files=("results.csv",),
    recognizes=_recognizes,
    read=_read,
)
