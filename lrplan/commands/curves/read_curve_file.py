"""Reads the curves of logs, exports of lrplan and locks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import NamedTuple

from lrplan.commands.curves.logged_curves import is_any_log, is_export, run_in_own_steps
from lrplan.commands.curves.unfit_options import not_a_log_error
from lrplan.comparison import RunCurves
from lrplan.lock import SUFFIX, locked_run, read_lock
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import FORMATS, logs_in, read_log, recognize
from lrplan.logs.log import Log
from lrplan.readers.csv import read_csv
from lrplan.readers.json import read_json
from lrplan.specfile.files import is_file, is_folder
from lrplan.text_position import printable

_LOCK, _EXPORT = "a lock", "an export of lrplan"


class FileCurves(NamedTuple):
    """The runs of a file, what it is, and what a step and a value of it mean."""

    runs: tuple[RunCurves, ...]
    title: str
    notes: tuple[str, ...] = ()


def read_curve_file(path: str, family: str, mapping: Sequence[str] = ()) -> FileCurves | None:
    """The curves at ``path``; None if it is no log, no export and no lock.

    Args:
        path: of any file, or the folder of a run.
        family: what ``--as`` names; empty: recognised by the content.
        mapping: what ``--map`` names, for logs.

    Raises:
        LrplanError: the file cannot be read.
        UsageError: ``mapping`` is wrong, or the file is an export or a lock.
    """
    wanted = ColumnNames.parse(mapping)
    if family and not _names_a_log(path, family):
        return None
    if family or is_any_log(path, named=bool(wanted)) or _has_a_log(path):
        return _log(read_log(path, family, wanted))
    if not is_file(path):
        return None
    if wanted and (kind := kind_of(path)):
        raise not_a_log_error(path, mapping, kind)
    if path.lower().endswith(SUFFIX):
        schedules = read_lock(path).schedules.values()
        return FileCurves(tuple(locked_run(each, each.name) for each in schedules), _LOCK)
    if is_export(path):
        read = read_json if path.lower().endswith(".json") else read_csv
        return FileCurves(tuple(read(path)), _EXPORT)
    return None


def kind_of(path: str) -> str:
    """The kind of a file of curves, with its article; empty for any other file."""
    if is_any_log(path):
        found = recognize(path)
        return "" if found is None else found.title
    if path.lower().endswith(SUFFIX):
        return _LOCK
    return _EXPORT if is_export(path) else ""


def _log(log: Log) -> FileCurves:
    release = f" (as in {log.convention.release})" if log.convention.release else ""
    meaning = f"{log.convention.sentence}{release}"
    # Many logs are called `metrics.csv`: the folder around them says which one it is.
    label = printable("/".join(PurePath(log.path).parts[-2:]))
    run = replace(run_in_own_steps(log), label=label)
    return FileCurves((run,), FORMATS[log.format].title, (meaning, *log.notes))


def _names_a_log(path: str, family: str) -> bool:
    """Return True if ``--as`` names the format of a log; some names are those of configs too."""
    if family not in FORMATS:
        return False
    from lrplan.importers.families import FAMILIES

    if family not in FAMILIES:
        return True
    found = recognize(path) if is_file(path) else None
    return found is not None and found.name == family


def _has_a_log(path: str) -> bool:
    return is_folder(path) and any(True for _ in logs_in(Path(path)))
