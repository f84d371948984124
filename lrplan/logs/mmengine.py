"""``scalars.json`` and ``*.log`` of MMEngine, and of the OpenMMLab projects that use it."""

from __future__ import annotations

import re
from itertools import chain, islice
from pathlib import Path

from lrplan.logs.format import ColumnNames, LogFormat, limit_rows, log_text, refuse
from lrplan.logs.json_rows import chosen, column_rows, rows_of_lines
from lrplan.logs.log import Convention, Log
from lrplan.logs.precision import Precision
from lrplan.logs.rows import ColumnRows, columns_of
from lrplan.logs.text_search import pairs_in_lines

_ROWS_LOOKED_AT = 1_000
_LRS = ("lr", "base_lr")
_CONVENTION = Convention(
    "update",
    -1,
    "iterations are counted from 1, and the value is the one that the iteration applied; it is that"
    " of the first parameter group",
    "mmengine 0.10.7",
)
_COUNT = r"(\d{1,15})"
_BY_EPOCH = re.compile(rf"Epoch\(train\)\s+\[{_COUNT}\]\[\s*{_COUNT}/{_COUNT}\]")
_BY_ITERATION = re.compile(rf"Iter\(train\)\s+\[\s*{_COUNT}/{_COUNT}\]")
_LR = re.compile(r"\blr:\s*(\d+(?:\.\d*)?e[+-]\d+)")
_TEXT_DIGITS = Precision("digits", 5)
"""The text has ``1.0000e-02``."""


def _recognizes_scalars(head: str) -> bool:
    return bool(re.match(r'\s*\{"(?:base_)?lr": ', head)) and '"iter": ' in head


def _recognizes_text(head: str) -> bool:
    return "mmengine - INFO" in head or "mmengine - \x1b" in head


def _read_scalars(path: Path, wanted: ColumnNames) -> Log:
    further = rows_of_lines(path)
    first = list(islice(further, _ROWS_LOOKED_AT))
    # `iter` counts iterations. `step` is the same in training, and the epoch beside a validation.
    names = [name for name in _LRS if any(name in row for row in first)]
    names_wanted = chosen(path, wanted, ("iter",), names)
    step = (wanted.step,) if wanted.step else ("iter", "step")
    columns, notes = columns_of(*column_rows(chain(first, further), step, names_wanted.lr))
    if not columns:
        raise refuse(path, f"no row has {names_wanted.lr[0]!r} beside an iteration")
    return Log(
        path=str(path),
        format=SCALARS.name,
        columns=columns,
        convention=_CONVENTION,
        notes=notes,
    )


def _read_text(path: Path, wanted: ColumnNames) -> Log:
    if wanted.step or wanted.lr not in ((), ("lr",)):
        raise refuse(path, "a log of MMEngine has one learning rate, `lr`, and its own steps")
    rows, planned = ColumnRows(), None
    text = log_text(path)
    for place, lr in limit_rows(path, pairs_in_lines(text, _BY_EPOCH, _LR)):
        # `[2][ 10/50]`: iteration 10 of the second epoch of 50.
        epoch, index, length = map(int, place.groups())
        rows.append((epoch - 1) * length + index, float(lr[1]))
    for place, lr in limit_rows(path, pairs_in_lines(text, _BY_ITERATION, _LR)):
        iteration, planned = map(int, place.groups())
        rows.append(iteration, float(lr[1]))
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
