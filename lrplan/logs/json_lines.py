"""JSON lines of any program: rows that have a step and a learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lrplan.logs.format import LR_NAME, STEP_NAMES, ColumnNames, LogFormat, check_columns, refuse
from lrplan.logs.json_rows import chosen, column_rows, rows_of_lines
from lrplan.logs.log import Convention, Log
from lrplan.logs.rows import columns_of
from lrplan.text import join_words

_ROWS_LOOKED_AT = 1_000


def _recognizes(head: str) -> bool:
    first = head.lstrip("\ufeff \t\r\n").partition("\n")[0].rstrip()
    return first[:1] == "{" and first[-1:] == "}" and LR_NAME.search(head) is not None


def _read(path: Path, wanted: ColumnNames) -> Log:
    rows = list(rows_of_lines(path))
    names = dict.fromkeys(name for row in rows[:_ROWS_LOOKED_AT] for name in row)
    steps = _step_names(names, wanted)
    lrs = chosen(path, wanted, STEP_NAMES[:3], [name for name in names if LR_NAME.search(name)]).lr
    check_columns(path, len(lrs))
    columns, notes = columns_of(*column_rows(rows, steps, lrs))
    if not columns:
        raise refuse(path, f"no row has {join_words(lrs[:3], 'or')} beside a step")
    return Log(
        path=str(path),
        format=FORMAT.name,
        columns=columns,
        convention=_convention(steps, rows),
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
