"""``scalars.json`` and ``*.log`` of MMEngine, and of the OpenMMLab projects that use it."""

from __future__ import annotations

import re
from pathlib import Path

from lrplan.logs.format import ColumnNames, LogFormat, log_text, refuse
from lrplan.logs.json_rows import chosen, column_rows, rows_of_lines
from lrplan.logs.log import Convention, Log
from lrplan.logs.precision import Precision
from lrplan.logs.rows import ColumnRows, columns_of

_LRS = ("lr", "base_lr")
_CONVENTION = Convention(
    "update",
    -1,
    "iterations are counted from 1, and the value is the one that the iteration applied; it is that"
    " of the first parameter group",
    "mmengine 0.10.7",
)
_BY_EPOCH = re.compile(r"Epoch\(train\)\s+\[(\d+)\]\[\s*(\d+)/(\d+)\].*?\blr:\s*([\d.]+e[+-]\d+)")
_BY_ITERATION = re.compile(r"Iter\(train\)\s+\[\s*(\d+)/(\d+)\].*?\blr:\s*([\d.]+e[+-]\d+)")
_TEXT_DIGITS = Precision("digits", 5)
"""The text has ``1.0000e-02``."""


def _recognizes_scalars(head: str) -> bool:
    return bool(re.match(r'\s*\{"(?:base_)?lr": ', head)) and '"iter": ' in head


def _recognizes_text(head: str) -> bool:
    return "mmengine - INFO" in head or "mmengine - \x1b" in head


def _read_scalars(path: Path, wanted: ColumnNames) -> Log:
    rows = list(rows_of_lines(path))
    # `iter` counts iterations. `step` is the same in training, and the epoch beside a validation.
    names = [name for name in _LRS if any(name in row for row in rows)]
    names_wanted = chosen(path, wanted, ("iter",), names)
    step = (wanted.step,) if wanted.step else ("iter", "step")
    columns, notes = columns_of(*column_rows(rows, step, names_wanted.lr))
    if not columns:
        raise refuse(path, f"no row has {names_wanted.lr[0]!r} beside an iteration")
    return Log(
        path=str(path),
        format=SCALARS.name,
        columns=columns,
        convention=_CONVENTION,
        notes=notes,
    )


def _read_text(path: Path, _: ColumnNames) -> Log:
    rows, planned = ColumnRows(), None
    text = log_text(path)
    for epoch, index, length, lr in _BY_EPOCH.findall(text):
        # `[2][ 10/50]`: iteration 10 of the second epoch of 50.
        rows.append((int(epoch) - 1) * int(length) + int(index), float(lr))
    for iteration, total, lr in _BY_ITERATION.findall(text):
        rows.append(int(iteration), float(lr))
        planned = int(total)
    columns, notes = columns_of({"lr": rows}, _TEXT_DIGITS)
    if not columns:
        raise refuse(path, "no line of training has `lr:`")
    return Log(
        path=str(path),
        format=TEXT.name,
        columns=columns,
        convention=_CONVENTION,
        planned_steps=planned,
        notes=notes,
    )


SCALARS = LogFormat(
    name="mmengine",
    title="a scalars.json of MMEngine",
    files=("vis_data/scalars.json", "*/vis_data/scalars.json"),
    recognizes=_recognizes_scalars,
    read=_read_scalars,
)
TEXT = LogFormat(
    name="mmengine-log",
    title="a log of MMEngine",
    files=("*.log",),
    recognizes=_recognizes_text,
    read=_read_text,
)
