"""A CSV that was exported from a chart of Weights & Biases: ``Step`` and a column for each run."""

from __future__ import annotations

from pathlib import Path

from lrplan.logs.csv_table import header_of, read_table
from lrplan.logs.format import ColumnNames, LogFormat
from lrplan.logs.log import Convention, Log

_CONVENTION = Convention(
    "update",
    0,
    "the step is the one that the program handed to wandb, which may count other things than"
    " updates",
)


def _recognizes(head: str) -> bool:
    names = header_of(head)
    return names[:1] == ["Step"] and any(name.endswith("__MIN") for name in names)


def _read(path: Path, wanted: ColumnNames) -> Log:
    return read_table(path, FORMAT.name, wanted, lambda *_: _CONVENTION)


FORMAT = LogFormat(
    name="wandb",
    title="a CSV export of Weights & Biases",
    files=("wandb_export*.csv",),
    recognizes=_recognizes,
    read=_read,
)
