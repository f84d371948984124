"""Logs in plain text: DeepSpeed's, Megatron's, and lines of any program that name step and rate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lrplan.logs.format import ColumnNames, LogFormat, check_columns, limit_rows, log_text, refuse
from lrplan.logs.log import Convention, Log
from lrplan.logs.precision import Precision
from lrplan.logs.rows import ColumnRows, columns_of, numbers
from lrplan.logs.text_search import pairs_in_lines
from lrplan.text import join_words

_Texts = tuple[list[float], list[str]]
"""The steps of a column, and its values as they are written."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
# Longer ones are not steps: Python converts no integer of thousands of them.
_STEP = r"(\d{1,15})"
_DEEPSPEED = re.compile(rf"\bstep={_STEP}, skipped={_STEP}, lr=\[([^\[\]\n]{{0,30000}})\]")
_MEGATRON_STEP = re.compile(rf"\biteration\s+{_STEP}/\s*{_STEP} \|")
_MEGATRON_LR = re.compile(rf"\blearning rate: ({_NUMBER}) \|")
# `step 10 ... lr 0.1`, `iter: 10/500 ... lr=1e-3`, `[step 10] ... learning_rate: 0.1`, and
# `"update": 0.5, ... "num_updates": "100", ... "lr": "0.1"` of fairseq, whose `update` is not a
# count.
_ANY_STEP = re.compile(
    rf"\b(?:global_step|num_updates|step|iteration|iter|update)\b\W{{1,4}}{_STEP}\b(?!\.\d)",
    re.IGNORECASE,
)
_ANY_LR = re.compile(rf"\b(?:lr|learning[ _-]rate)\b\W{{1,4}}?({_NUMBER})", re.IGNORECASE)

_AFTER = "is written after the update: the value is the one that the next update applies"


def _recognizes_deepspeed(head: str) -> bool:
    return _DEEPSPEED.search(head) is not None


def _recognizes_megatron(head: str) -> bool:
    return any(pairs_in_lines(head, _MEGATRON_STEP, _MEGATRON_LR))


def _recognizes_any(head: str) -> bool:
    # A JSON document may have such a line too; it is read by its keys, or not at all.
    return head.lstrip()[:2] not in ('{"', "{\n", "[{") and any(
        pairs_in_lines(head, _ANY_STEP, _ANY_LR)
    )


def _read_deepspeed(path: Path, wanted: ColumnNames) -> Log:
    texts: dict[str, _Texts] = {}
    skipped: dict[int, int] = {}
    for line in limit_rows(path, _DEEPSPEED.finditer(log_text(path))):
        step, left_out, listed = line.groups()
        skipped[int(step)] = int(left_out)
        check_columns(path, listed.count(",") + 1)
        for index, text in enumerate(listed.split(",")):
            steps, values = texts.setdefault(f"lr[{index}]", ([], []))
            steps.append(float(step))
            # numpy 2 writes `np.float64(0.1)`
            values.append(re.sub(r"^\s*[\w.]+\(|\)\s*$", "", text).strip())
    convention = Convention("update", 0, f"a line {_AFTER}", "deepspeed 0.19.8")
    return _log(path, DEEPSPEED.name, _chosen(path, texts, wanted), convention, skipped=skipped)


def _read_megatron(path: Path, wanted: ColumnNames) -> Log:
    texts, last = _pairs(path, _MEGATRON_STEP, _MEGATRON_LR)
    convention = Convention("update", 0, f"a line {_AFTER}", "Megatron-LM d98e8a64dd")
    planned = None if last is None else int(last[2])
    return _log(path, MEGATRON.name, _chosen(path, texts, wanted), convention, planned=planned)


def _read_any(path: Path, wanted: ColumnNames) -> Log:
    texts, _ = _pairs(path, _ANY_STEP, _ANY_LR)
    sentence = "the value beside a step is taken for the one that this update applies, from 0"
    return _log(path, TEXT.name, _chosen(path, texts, wanted), Convention("update", 0, sentence))


def _pairs(
    path: Path, step: re.Pattern[str], lr: re.Pattern[str]
) -> tuple[dict[str, _Texts], re.Match[str] | None]:
    """The only column of a text, and the last match of its steps."""
    steps: list[float] = []
    values: list[str] = []
    last = None
    for last, value in limit_rows(path, pairs_in_lines(log_text(path), step, lr)):
        steps.append(float(last[1]))
        values.append(value[1])
    return {"lr": (steps, values)}, last


def _chosen(path: Path, texts: Mapping[str, _Texts], wanted: ColumnNames) -> Mapping[str, _Texts]:
    """The columns that the user names, else all."""
    if wanted.step:
        raise refuse(
            path, "the steps of a text have no name: --map lr=NAME chooses among its rates"
        )
    for name in wanted.lr:
        if name not in texts:
            listed = join_words(list(texts)) or "none"
            raise refuse(path, f"there is no learning rate {name!r}; there is {listed}")
    return {name: each for name, each in texts.items() if not wanted.lr or name in wanted.lr}


def _log(
    path: Path,
    name: str,
    texts: Mapping[str, _Texts],
    convention: Convention,
    *,
    skipped: Mapping[int, int] | None = None,
    planned: int | None = None,
) -> Log:
    rows: dict[str, ColumnRows] = {}
    exact: dict[str, Precision] = {}
    for column, (steps, cells) in texts.items():
        values, exact[column] = numbers(cells)
        rows[column] = ColumnRows(steps, values)
    columns, notes = columns_of(rows, exact)
    if not columns:
        raise refuse(path, "no line has a step and a learning rate")
    return Log(
        path=str(path),
        format=name,
        columns=columns,
        convention=convention,
        skipped=skipped or {},
        planned_steps=planned,
        notes=notes,
    )


DEEPSPEED = LogFormat(
    name="deepspeed",
    title="a log of DeepSpeed",
    files=("*.log", "*.out", "*.txt"),
    recognizes=_recognizes_deepspeed,
    read=_read_deepspeed,
)
MEGATRON = LogFormat(
    name="megatron",
    title="a log of Megatron-LM",
    files=("*.log", "*.out", "*.txt"),
    recognizes=_recognizes_megatron,
    read=_read_megatron,
)
TEXT = LogFormat(
    name="text",
    title="a text with lines of steps and learning rates",
    files=("*.log", "*.out", "*.txt"),
    recognizes=_recognizes_any,
    read=_read_any,
)
