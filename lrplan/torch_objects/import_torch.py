"""The first import of torch, which may not be built for the numpy that is installed."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr
from importlib import import_module
from importlib.metadata import version

_BUILT_FOR_NUMPY_1 = "A module that was compiled using NumPy 1.x cannot be run in"
"""The beginning of what numpy 2 writes to standard error, with the stack of the import."""


def import_torch(name: str = "torch") -> None:
    """Import torch, and say in one line what numpy has to say about it.

    torch 2.2 and older are built for numpy 1. Beside numpy 2 they work, but for exchanging arrays,
    which lrplan does not do; numpy writes twenty lines with a stack of calls at every start.
    """
    if name in sys.modules:
        return
    written = io.StringIO()
    try:
        with redirect_stderr(written):
            import_module(name)
    finally:
        text = written.getvalue()
        if _BUILT_FOR_NUMPY_1 in text:
            text = (
                f"warning: {name} {version('torch')} is built for numpy 1, and numpy"
                f" {version('numpy')} is installed: install `numpy<2`, or a newer {name}\n"
            )
        if text and sys.stderr is not None:
            sys.stderr.write(text)
