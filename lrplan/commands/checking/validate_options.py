"""The options of ``lrplan validate`` that decide what is found and how it is reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from lrplan.lint.torch_release import Version
from lrplan.request import DEFAULT_REQUEST, Request

if TYPE_CHECKING:
    from lrplan.resume import ResumeOptions

FixMode = Literal["none", "diff", "fix"]
"""The uses of fixes: they are only reported, shown as a diff, or written into the files."""
TEXT = "text"
"""The default of ``--format``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """Options of ``validate``.

    Args:
        output_format: a key of ``render.report.REPORTS``.
        output: path of the report; None or ``-`` for standard output.
        static: run only the rules that need no curve, without importing torch.
        torch: the release of torch to check against; None: the installed one.
        statistics: also count findings by rule.
        locked: also compare the curves with the lock beside each spec.
        request: how curves are obtained.
        resume: how every run is interrupted and resumed, for the rules about that.
        fixes: what is done with fixes.
        unsafe_fixes: also those that need a review.
        baseline: a file of findings that are not reported; None: there is none.
        write_baseline: write what is found into that file.
        exclude: patterns of files that are left out, if a folder or a pattern means them.
        exit_zero: findings do not fail the run.
        stdin_filename: the name of the file whose text comes from standard input; empty: none.
    """

    output_format: str = TEXT
    output: str | None = None
    static: bool = False
    torch: Version | None = None
    statistics: bool = False
    locked: bool = False
    request: Request = DEFAULT_REQUEST
    resume: ResumeOptions | None = None
    fixes: FixMode = "none"
    unsafe_fixes: bool = False
    baseline: str | None = None
    write_baseline: bool = False
    exclude: tuple[str, ...] = ()
    exit_zero: bool = False
    stdin_filename: str = ""
