"""The user's program, which ``__main__`` runs after the command line of lrplan has returned.

The program must find the process as Python would have made it. So `lrplan record` only leaves it
here, and ``__main__`` runs it when nothing of the command line is left on the stack.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

_pending: list[Callable[[], None]] = []


def set_pending_program(program: Callable[[], None]) -> None:
    """Let ``__main__`` call ``program`` at the end of the command."""
    _pending.append(program)


def is_program_pending() -> bool:
    """Return True if a program is still to run."""
    return bool(_pending)


def take_pending_program() -> Callable[[], None]:
    """The program that was left."""
    return _pending.pop()


class ProcessState:
    """The parts of a process that the command line changes: loaded modules, and streams."""

    def __init__(self) -> None:
        self._modules = set(sys.modules)
        self._excepthook = sys.excepthook
        self._errors = [
            (stream, stream.errors)
            for stream in (sys.stdout, sys.stderr)
            if hasattr(stream, "reconfigure")
        ]

    def restore(self) -> None:
        """Unload the packages loaded since then, and restore the streams and ``sys.excepthook``.

        Otherwise a file of the user's with the name of such a package could not be imported.
        Modules of the standard library and of lrplan stay, and what is written in C: numpy cannot
        be loaded twice.
        """
        for name in set(sys.modules) - self._modules:
            # Looking at an attribute of numpy would load it, if it is not loaded yet.
            is_numpy = name.partition(".")[0] == "numpy"
            is_unloaded = type(sys.modules[name]).__name__ == "_Deferred"
            if is_unloaded or (not is_numpy and _is_foreign(name)):
                del sys.modules[name]
        sys.excepthook = self._excepthook  # Typer has one of its own
        for stream, errors in self._errors:
            stream.reconfigure(errors=errors)


def _is_foreign(name: str) -> bool:
    top = name.partition(".")[0]
    if top in sys.stdlib_module_names or top == "lrplan":
        return False
    return not str(getattr(sys.modules[name], "__file__", "") or "").endswith((".so", ".pyd"))
