"""Reads the log of a run: a file, the log in a run's folder, or a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lrplan.errors import LrplanError
from lrplan.logs.format import ColumnNames
from lrplan.logs.formats import read_log
from lrplan.logs.log import Convention, Log, LogColumn
from lrplan.logs.precision import FLOAT64
from lrplan.recordings import read
from lrplan.recordings.file_kind import SUFFIX, is_recording
from lrplan.specfile.files import is_folder
from lrplan.text import join_words
from lrplan.text_position import printable
from lrplan.trace import Trace


def read_run(path: str, format_: str = "", columns: ColumnNames | None = None) -> Log:
    """The log at ``path``, or the recording there as a log of every update.

    Args:
        path: a log, the folder of a run, or a recording.
        format_: the name of the log's format; empty: recognised by its content.
        columns: the columns that the user names.

    Raises:
        LrplanError: there is none; or a recording of several optimizers.
    """
    if not format_ and is_folder(path) and (found := _recording_in(Path(path))) is not None:
        path = str(found)
    if not is_recording(path):
        return _of_one_run(read_log(path, format_, columns))
    trained = [each.trace for each in read(path).optimizers if each.trace is not None]
    if len(trained) != 1:
        names = join_words([trace.name for trace in trained]) or "none"
        message = f"{path} has the optimizers {names}; only a recording of one can be explained"
        raise LrplanError(printable(message))
    return log_of_trace(trained[0], path)


def _of_one_run(log: Log) -> Log:
    """A log, unless it is an export of wandb with the columns of several runs, ``run - lr``."""
    runs = dict.fromkeys(column.name.rpartition(" - ")[0] for column in log.columns)
    if log.format == "wandb" and len(runs) > 1:
        listed = join_words(list(runs)[:8])
        message = f"{log.path} has the runs {listed}: --map lr=COLUMN names a column of one"
        raise LrplanError(printable(message))
    return log


def log_of_trace(trace: Trace, path: str) -> Log:
    """The values that a run applied, as a log of every update.

    Args:
        trace: of a recorded run.
        path: its name in messages.
    """
    updates = np.arange(trace.steps)
    return Log(
        path=path,
        format="recording",
        columns=tuple(
            LogColumn(name, updates, np.asarray(values), FLOAT64)
            for name, values in trace.lr.items()
        ),
        convention=Convention("update", 0, "a value is the one that the update applied"),
    )


def _recording_in(folder: Path) -> Path | None:
    """The recording in a folder, if there is one alone."""
    try:
        found = [each for each in folder.iterdir() if each.suffix == SUFFIX and is_recording(each)]
    except OSError:
        return None
    return found[0] if len(found) == 1 else None
