"""Runs of ``lrplan compare`` and ``lrplan lock`` for tests: files in, status and texts out."""

from __future__ import annotations

import io
from typing import NamedTuple

from rich.console import Console

from lrplan.commands.compare import CompareOptions, compare
from lrplan.commands.lock import lock
from lrplan.error_boundary import error_boundary


class Paper:
    """A terminal that keeps what is printed."""

    def __init__(self):
        self.results, self.notes, self.errors = (
            Console(file=io.StringIO(), width=100, highlight=False) for _ in range(3)
        )


class Printed(NamedTuple):
    """The output and the files of a command."""

    status: int
    text: str
    notes: str
    errors: str


def run_compare(*operands, **options):
    return _run(
        lambda paper: compare([str(each) for each in operands], CompareOptions(**options), paper)
    )


def run_lock(spec, *names, **options):
    return _run(lambda paper: lock(str(spec), names, paper, **options))


def _run(command):
    paper = Paper()
    status = error_boundary(lambda: command(paper), paper)
    texts = (console.file.getvalue() for console in (paper.results, paper.notes, paper.errors))
    return Printed(int(status), *texts)


def flat(text):
    """Without line breaks, which depend on how wide a terminal is."""
    return " ".join(text.split())
