"""``summary.csv`` of timm's training script: a row for each epoch."""

from __future__ import annotations

from pathlib import Path

from lrplan.logs.csv_table import header_of, read_table
from lrplan.logs.format import ColumnNames, LogFormat
from lrplan.logs.log import Convention, Log

_CONVENTION = Convention(
    "epoch",
    0,
    "timm writes the mean over the parameter groups at the end of an epoch, which is counted from"
    " 0: the value of its last update",
    "timm 1.0.31",
    mean_of_groups=True,
)


def _recognizes(head: str) -> bool:
    names = header_of(head)
    return names[:1] == ["epoch"] and "train_loss" in names and "lr" in names


def _read(path: Path, wanted: ColumnNames) -> Log:
    return read_table(path, FORMAT.name, wanted, lambda *_: _CONVENTION)


FORMAT = LogFormat(
    name="timm",
    title="a summary.csv of timm",
    files=("summary.csv",),
    recognizes=_recognizes,
    read=_read,
)
