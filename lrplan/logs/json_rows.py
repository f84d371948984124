"""Logs in JSON: a list of mappings, or a mapping on each line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf, isfinite
from pathlib import Path

from lrplan.logs.format import ColumnNames, check_rows, log_text, refuse
from lrplan.logs.precision import Precision, precision_of_texts
from lrplan.logs.rows import ColumnRows
from lrplan.text import join_words

_SAMPLES = 5_000
"""Values of a column that are looked at to find how they are rounded."""


def rows_of_lines(path: Path) -> Iterator[Mapping[str, object]]:
    """The mappings of a file that has one on each line, or a list of them.

    A last line that is cut off is left out.

    Raises:
        LrplanError: the file cannot be read, or another line is not JSON.
    """
    text = log_text(path)
    if text.lstrip()[:1] == "[":
        yield from _rows_of_list(path, text)
        return
    # Not `splitlines`: a text in JSON may hold other characters that end a line.
    text = text.rstrip("\n")
    check_rows(path, text.count("\n") + 1)  # counted before a list of them fills the memory
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            if number == len(lines):
                return  # the program was stopped while it wrote
            raise refuse(path, f"this is not JSON: {str(error)[:80]}", number) from None
        if isinstance(row, dict):
            yield row


def _rows_of_list(path: Path, text: str) -> Iterator[Mapping[str, object]]:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refuse(path, f"this is not JSON: {str(error)[:80]}") from None
    check_rows(path, len(rows))
    yield from (row for row in rows if isinstance(row, dict))


def column_rows(
    rows: Iterable[Mapping[str, object]], step: Sequence[str], lrs: Sequence[str]
) -> tuple[dict[str, ColumnRows], dict[str, Precision]]:
    """The columns ``lrs`` of rows that have a step.

    Args:
        rows: mappings; those without a step or a rate are left out, as rows of other metrics.
        step: names of the step; the first that a row has counts.
        lrs: names of learning rates.
    """
    columns = {name: ColumnRows() for name in lrs}
    texts: dict[str, list[str]] = {name: [] for name in lrs}
    for row in rows:
        number = _number(next((row[name] for name in step if name in row), None))
        if number is None:
            continue
        for name in lrs:
            value = _number(row.get(name))
            if value is not None:
                columns[name].append(number, value)
                if len(texts[name]) < _SAMPLES and isfinite(value):
                    texts[name].append(str(row[name]))
    return columns, {name: precision_of_texts(found) for name, found in texts.items()}


def chosen(path: Path, wanted: ColumnNames, step: Sequence[str], lrs: Sequence[str]) -> ColumnNames:
    """The columns that the user names, else those of the format.

    Raises:
        LrplanError: there are none.
    """
    names = wanted.lr or tuple(lrs)
    if not names:
        hint = "--map lr=COLUMN and --map step=COLUMN name them"
        raise refuse(path, f"no row has a learning rate beside a {join_words(step, 'or')}; {hint}")
    return ColumnNames(names, wanted.step)


def _number(value: object) -> float | None:
    """``value`` as a number, also where it is a text of one, as fairseq writes them."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits; its text would be infinite too
        return inf
    except ValueError:
        return None
