"""``metrics.json`` of Detectron2: a mapping on each line."""

from __future__ import annotations

from pathlib import Path

from lrplan.logs.format import ColumnNames, LogFormat, refuse
from lrplan.logs.json_rows import column_rows, rows_of_lines
from lrplan.logs.log import Convention, Log
from lrplan.logs.rows import columns_of

_CONVENTION = Convention(
    "update",
    0,
    "iterations are counted from 0, and the value is the one that the iteration applied; it is that"
    " of the parameter group with the most parameters",
    "detectron2 0.6",
)


def _recognizes(head: str) -> bool:
    first = head.lstrip().partition("\n")[0]
    return first[:1] == "{" and '"iteration": ' in first and '"data_time": ' in head


def _read(path: Path, wanted: ColumnNames) -> Log:
    names = wanted.lr or ("lr",)
    step = wanted.step or "iteration"
    columns, notes = columns_of(*column_rows(rows_of_lines(path), (step,), names))
    if not columns:
        raise refuse(path, f"no row has {names[0]!r} beside {step!r}")
    return Log(
        path=str(path), format=FORMAT.name, columns=columns, convention=_CONVENTION, notes=notes
    )


FORMAT = LogFormat(
    name="detectron2",
    title="a metrics.json of Detectron2",
    files=("metrics.json",),
    recognizes=_recognizes,
    read=_read,
)
