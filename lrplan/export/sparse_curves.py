"""Curves that a file has at some steps only, as JSON, CSV or Markdown.

The shapes are those of exported schedules. Groups need not have the same steps: a schedule has the
steps of all its groups, and a value that is not known is ``null``, or an empty cell.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from lrplan._version import __version__
from lrplan.arrays import FloatArray, IntArray
from lrplan.comparison import RunCurve, RunCurves
from lrplan.export.columns import chunks, integer_texts, number_texts
from lrplan.export.csv import cell, check_names
from lrplan.export.markdown import inline_code
from lrplan.trace import STANDARD_FIELDS
from lrplan.workflow_commands import escape_json, escape_text

_MOST_ROWS = 12


def points_to_json(runs: Sequence[RunCurves], every: int) -> Iterator[str]:
    """A JSON document in pieces; ``step`` (or ``epoch``) lists what the values belong to."""
    head = {"lrplan": __version__, "torch": "", "device": ""}
    yield f'{_dumps(head)[:-1]},\n "schedules": ['
    for index, run in enumerate(runs):
        yield "," if index else ""
        yield from _schedule(run, every)
    yield "]}\n"


def _schedule(run: RunCurves, every: int) -> Iterator[str]:
    shown = _shown(run, every)
    head: dict[str, object] = {"name": run.name}
    if run.unit == "step":
        # Updates may follow the last row of a log: then their number is unknown.
        steps = None if run.hidden else run.steps
        head |= {"steps": steps, "steps_per_epoch": run.steps_per_epoch}
    yield f"\n  {_dumps(head)[:-1]},\n   {_dumps(run.unit)}: ["
    yield from _pieces(shown, integer_texts)
    yield '],\n   "groups": ['
    for index, group in enumerate(run.groups):
        yield f'{"," if index else ""}\n    {{"name": {_dumps(group)}'
        for field, curve in _curves_of(run, group).items():
            yield f", {_dumps(field)}: ["
            yield from _pieces(_at(curve, shown), lambda part: number_texts(part, _null))
            yield "]"
        yield "}"
    yield '],\n   "resolved": {}}'


def points_to_csv(runs: Sequence[RunCurves], every: int) -> Iterator[str]:
    """The header, then pieces of many rows; a row for each value of a group."""
    others = dict.fromkeys(
        field for run in runs for field in run.columns if field not in STANDARD_FIELDS
    )
    fields = (*STANDARD_FIELDS, *others)
    yield ",".join(["schedule", "group", "step", "epoch", *map(cell, fields)]) + "\n"
    for run in runs:
        for group in run.groups:
            yield from _rows(run, group, fields, every)


def _rows(run: RunCurves, group: str, fields: Sequence[str], every: int) -> Iterator[str]:
    curves = _curves_of(run, group)
    shown = _chosen(next(iter(curves.values())).at, every) if curves else np.empty(0, np.int64)
    lead = f"{cell(run.name)},{cell(group)},"
    for piece in chunks(len(shown)):
        steps = shown[piece]
        columns = [integer_texts(steps), _epochs(run, steps)]
        if run.unit == "epoch":
            columns = [[""] * len(steps), integer_texts(steps)]
        columns += [
            number_texts(_at(curves[field], steps), _empty)
            if field in curves
            else [""] * len(steps)
            for field in fields
        ]
        yield "\n".join(lead + ",".join(row) for row in zip(*columns, strict=True)) + "\n"


def points_to_markdown(runs: Sequence[RunCurves], kind: str) -> Iterator[str]:
    """A heading and a table of some rows for each run."""
    for index, run in enumerate(runs):
        shown = _shown(run, 1)
        picked = np.unique(np.linspace(0, len(shown) - 1, _MOST_ROWS).round().astype(np.int64))
        columns = {
            group if field == "lr" else f"{group} {field}": _at(curve, shown[picked])
            for group in run.groups
            for field, curve in _curves_of(run, group).items()
        }
        head = (run.unit, *map(inline_code, columns))
        rule = "|".join(["", *("---:" for _ in head), ""])
        body = [
            "| "
            + " | ".join([str(step), *(_six_digits(column[row]) for column in columns.values())])
            + " |"
            for row, step in enumerate(shown[picked].tolist())
        ]
        lines = [
            f"### {inline_code(run.name)}",
            "",
            f"- {kind}, {len(shown):,} rows",
            "",
            _row(head),
            rule,
            *body,
            "",
            f"<sub>lrplan {__version__}</sub>",
        ]
        yield ("\n" if index else "") + escape_text("\n".join(lines)) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def check_printable_points(runs: Sequence[RunCurves]) -> None:
    """Refuse names that a CI runner would obey as commands, as ``export.csv`` does.

    Raises:
        UsageError: there is such a name.
    """
    names = [name for run in runs for name in (run.name, *run.groups, *run.columns)]
    check_names(names)


def _shown(run: RunCurves, every: int) -> IntArray:
    """Every step at which some group has a value, thinned."""
    steps = [curve.at for groups in run.columns.values() for curve in groups.values()]
    return _chosen(np.unique(np.concatenate(steps)), every)


def _chosen(steps: IntArray, every: int) -> IntArray:
    return steps if every == 1 else np.union1d(steps[steps % every == 0], steps[-1:])


def _curves_of(run: RunCurves, group: str) -> Mapping[str, RunCurve]:
    return {field: groups[group] for field, groups in run.columns.items() if group in groups}


def _at(curve: RunCurve, steps: IntArray) -> FloatArray:
    """The values at some steps; NaN where the file has none."""
    at = curve.at
    places = np.minimum(np.searchsorted(at, steps), at.size - 1)
    values: FloatArray = np.where(at[places] == steps, curve.values[places], np.nan)
    return values


def _epochs(run: RunCurves, steps: IntArray) -> list[str]:
    if run.steps_per_epoch is None:
        return [""] * len(steps)
    return integer_texts(steps // run.steps_per_epoch)


def _pieces(column: FloatArray | IntArray, texts: Callable[..., list[str]]) -> Iterator[str]:
    for piece in chunks(len(column)):
        yield ", " if piece.start else ""
        yield ", ".join(texts(column[piece]))


def _six_digits(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _null(_: float) -> str:
    return "null"


def _empty(value: float) -> str:
    return "" if math.isnan(value) else repr(value)


def _dumps(value: object) -> str:
    return escape_json(json.dumps(value))
