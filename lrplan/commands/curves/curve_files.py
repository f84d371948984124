"""Files that have curves and no plan: logs, exports of lrplan and locks, as runs to show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.commands.curves.unfit_options import refuse_plan_options
from lrplan.errors import UsageError
from lrplan.input_files import note_input
from lrplan.recipes import name_in
from lrplan.request import Request
from lrplan.text import join_words
from lrplan.text_position import printable

if TYPE_CHECKING:
    from lrplan.comparison import RunCurves
    from lrplan.resume import ResumeOptions

PLAN_SUFFIXES = (".yaml", ".yml", ".py", ".toml", ".ipynb")
"""Endings of files that have plans."""


@dataclass(frozen=True, slots=True)
class CurveFile:
    """The curves of a file, known at the steps that it has."""

    runs: tuple[RunCurves, ...]
    title: str
    """The kind of the file, with its article: ``a metrics.csv of Lightning``."""
    notes: tuple[str, ...] = ()
    """Sentences on what a step and a value of the file mean, and on rows that were left out."""


def curves_of_file(
    path: str, names: Sequence[str], request: Request, resume: ResumeOptions | None = None
) -> CurveFile | None:
    """The curves in the log, export or lock at ``path``; None if it is another file.

    Args:
        path: of any file, or the folder of a run.
        names: of schedules; all when empty. A log has one, with the name of the file.
        request: must not change a plan, as there is none; ``--as`` may name the format of a log,
            and ``--map`` its columns.
        resume: likewise.

    Raises:
        LrplanError: the file cannot be read.
        UsageError: it has no such schedule, or an option needs a plan.
    """
    if path == "-" or name_in(path) is not None or path.lower().endswith(PLAN_SUFFIXES):
        return None
    # What knows the formats of logs is imported here and no earlier: a spec needs none of it.
    from lrplan.commands.curves.read_curve_file import read_curve_file

    found = read_curve_file(path, request.source.family, request.source.columns)
    if found is None:
        return None
    note_input(path)
    refuse_plan_options(path, request, resume)
    known = {run.name: run for run in found.runs}
    for name in names:
        if name not in known:
            listed = join_words(list(known)[:5])
            raise UsageError(printable(f"{path} has no schedule `{name}`; there is {listed}"))
    runs = tuple(known[name] for name in names) if names else found.runs
    return CurveFile(runs, found.title, found.notes)
