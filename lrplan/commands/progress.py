"""A progress bar for work that takes some time, on a terminal only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lrplan.text_position import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds of silence before a bar appears."""


@contextmanager
def progress(console: Console, label: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields a function to call with the amount of work just done.

    Nothing is shown when ``console`` is not a terminal, or when the work ends within
    ``PATIENCE`` seconds; the bar goes away when the block ends.
    """
    bar = _LateBar(console, label, total)
    try:
        yield bar.advance if _is_watched(console) else _ignore
    finally:
        bar.close()


def _is_watched(console: Console) -> bool:
    # With FORCE_COLOR rich assumes a terminal, even if the escapes would end up in a file.
    on_terminal = console.is_terminal and console.file is not None and console.file.isatty()
    return on_terminal and not (console.quiet or console.is_dumb_terminal)


class _LateBar:
    def __init__(self, console: Console, label: str, total: int) -> None:
        self._console = console
        self._label = label
        self._total = total
        self._done = 0
        self._due = time.monotonic() + PATIENCE
        self._progress: Progress | None = None

    def advance(self, amount: int) -> None:
        self._done += amount
        if self._progress is not None:
            self._progress.update(self._progress.task_ids[0], completed=self._done)
        elif time.monotonic() > self._due:
            self._show()

    def _show(self) -> None:
        from rich.markup import escape
        from rich.progress import Progress

        self._progress = Progress(console=self._console, transient=True)
        # The label may contain the name of a file, which is not markup.
        label = escape(printable(self._label))
        self._progress.add_task(label, total=self._total, completed=self._done)
        self._progress.start()

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()


def _ignore(_amount: int) -> None:
    pass
