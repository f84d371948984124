"""``metrics.csv`` of Lightning's CSVLogger, with the columns of a LearningRateMonitor."""

from __future__ import annotations

from pathlib import Path

from lrplan.logs.csv_table import header_of, read_table
from lrplan.logs.format import ColumnNames, LogFormat
from lrplan.logs.log import Convention, Log

_CONVENTION = Convention(
    "update",
    0,
    "LearningRateMonitor writes at the start of a batch: `step` counts the updates done, and the"
    " value is the one that the next update applies",
    "lightning 2.6.6",
)


def _recognizes(head: str) -> bool:
    names = header_of(head)
    return "step" in names and any(name.startswith("lr-") for name in names)


def _read(path: Path, wanted: ColumnNames) -> Log:
    return read_table(path, FORMAT.name, wanted, lambda *_: _CONVENTION)


FORMAT = LogFormat(
    name="lightning",
    title="a metrics.csv of Lightning",
    files=("metrics.csv",),
    recognizes=_recognizes,
    read=_read,
)
