"""JSON of any program, a row on each line or in a list: rows that have a step and a rate."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain, islice
from pathlib import Path

from lrplan.logs.format import (
    HEAD,
    LR_NAME,
    STEP_NAMES,
    ColumnNames,
    LogFormat,
    check_columns,
    refuse,
)
from lrplan.logs.json_rows import chosen, column_rows, rows_of_lines
from lrplan.logs.log import Convention, Log
from lrplan.logs.rows import columns_of
from lrplan.text import join_words

_ROWS_LOOKED_AT = 1_000


def _recognizes(head: str) -> bool:
    begin = head.lstrip("\ufeff \t\r\n")
    first, newline, _ = begin.partition("\n")
    # A first line that is longer than the head is taken for one of many: a document that is a
    # single line of that length has no rows, and the reader says so.
    is_cut = not newline and len(head) >= HEAD
    is_row = first[:1] == "{" and (first.rstrip()[-1:] == "}" or is_cut)
    is_list = re.match(r"\[\s*\{", begin) is not None and '"step"' in begin
    return (is_row or is_list) and LR_NAME.search(head) is not None


def _read(path: Path, wanted: ColumnNames) -> Log:
    further = rows_of_lines(path)
    first = list(islice(further, _ROWS_LOOKED_AT))
    names = dict.fromkeys(name for row in first for name in row)
    steps = _step_names(names, wanted)
    lrs = chosen(path, wanted, STEP_NAMES[:3], [name for name in names if LR_NAME.search(name)]).lr
    check_columns(path, len(lrs))
    columns, notes = columns_of(*column_rows(chain(first, further), steps, lrs))
    if not columns:
        raise refuse(path, f"no row has {join_words(lrs[:3], 'or')} beside a step")
    return Log(
        path=str(path),
        format=FORMAT.name,
        columns=columns,
        convention=_convention(steps, first),
        notes=notes,
    )


def _step_names(names: Mapping[str, None], wanted: ColumnNames) -> tuple[str, ...]:
    if wanted.step:
        return (wanted.step,)
    known = tuple(name for name in STEP_NAMES if name in names)
    return known or ("epoch",)


def _convention(steps: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Convention:
    if steps == ("epoch",):
        return Convention("epoch", 0, "the epochs are taken as counted from 0")
    if "num_updates" in steps and any("train_wps" in row or "wps" in row for row in rows[:5]):
        # fairseq: `lr_step_update` runs after the update, and the logger reads what it set.
        sentence = "fairseq writes, after an update, the value that the next one applies"
        return Convention("update", 0, sentence, "fairseq 0.12")
    sentence = "the value beside a step is taken for the one that this update applies, from 0"
    return Convention("update", 0, sentence)


FORMAT = LogFormat(
    name="jsonl",
    title="JSON lines of steps and learning rates",
    files=("*.jsonl",),
    recognizes=_recognizes,
    read=_read,
)
