"""Restores the working folder, ``sys.path`` and streams that a command was started with.

A program that runs in the same process may change all of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


class WorkingEnvironment:
    """The folder, the path of imports and the standard streams of this moment."""

    def __init__(self) -> None:
        self.folder = Path.cwd()
        # Without the folder that `python -m lrplan` was started in, which belongs to the user.
        self._imports = [each for each in sys.path if each not in {"", str(self.folder)}]
        self._streams = sys.stdout, sys.stderr

    @contextmanager
    def imports(self) -> Iterator[None]:
        """Let what is imported in the block come from where lrplan was started."""
        kept, sys.path = sys.path, self._imports
        try:
            yield
        finally:
            sys.path = kept

    @contextmanager
    def restore(self) -> Iterator[None]:
        """Restore all of it for the time of a block; streams only if they are still open."""
        streams, folder = (sys.stdout, sys.stderr), _current_folder()
        sys.stdout, sys.stderr = (
            now if getattr(then, "closed", True) else then
            for then, now in zip(self._streams, streams, strict=True)
        )
        with suppress(OSError):
            os.chdir(self.folder)
        try:
            with self.imports():
                yield
        finally:
            sys.stdout, sys.stderr = streams
            with suppress(OSError):
                os.chdir(folder)

    def display_path(self, path: Path) -> str:
        """``path`` as the user would write it: relative to the folder if it is below it."""
        with suppress(ValueError):
            return str(path.relative_to(self.folder))
        return str(path)


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:  # the program has removed it
        return Path("/")
