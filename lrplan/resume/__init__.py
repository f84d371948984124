"""A run that is interrupted and resumed from a checkpoint: its options and its result."""

from __future__ import annotations

from lrplan.resume.differences import ColumnDifference, differences_between
from lrplan.resume.options import ResumeOptions, parse_resume_options, restored_text, resume_flags
from lrplan.resume.result import ArgumentChange, ResumeResult

__all__ = [
    "ArgumentChange",
    "ColumnDifference",
    "ResumeOptions",
    "ResumeResult",
    "differences_between",
    "parse_resume_options",
    "restored_text",
    "resume_flags",
]
