"""Errors for options that do not fit the file they are given for: a plan, or curves only."""

from __future__ import annotations

from collections.abc import Sequence

from lrplan.errors import UnusedSettingError, UsageError
from lrplan.request import Request
from lrplan.resume import ResumeOptions
from lrplan.text_position import printable


def not_a_log_error(path: str, mapping: Sequence[str], kind: str) -> UsageError:
    """The error for ``--map`` without a log.

    Args:
        path: of the source.
        mapping: what ``--map`` names.
        kind: what the source is, with its article.
    """
    text = f"--map {mapping[0]}: it names a column of a log, and {path} is {kind}"
    return UsageError(printable(text))


def refuse_plan_options(path: str, request: Request, resume: ResumeOptions | None) -> None:
    """Refuse options that change a plan, if a file has curves only.

    Raises:
        UsageError: one is given.
    """
    for text in request.source.settings:
        message = f"--set {printable(text)}: {printable(path)} has curves only"
        raise UnusedSettingError(text, message)
    if resume is not None:
        raise UsageError(f"--resume-at resumes a plan, and {printable(path)} has curves only")
    if request.get_lr:
        raise UsageError(f"--get-lr runs a scheduler, and {printable(path)} has curves only")
