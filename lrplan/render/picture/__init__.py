"""Drawing with matplotlib's object interface, never pyplot.

Importing this package imports matplotlib, so every module in it may simply do the same.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


def _load() -> None:
    # An MPLBACKEND that matplotlib does not know makes its import raise ValueError, although a
    # picture written to a file needs no backend; one that it knows is handed over afterwards.
    if "matplotlib" in sys.modules:
        return
    backend = os.environ.pop("MPLBACKEND", None)
    try:
        importlib.import_module("matplotlib.font_manager")
    finally:
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
    if backend:
        with suppress(ValueError):
            sys.modules["matplotlib"].rcParams["backend"] = backend


@contextmanager
def _quiet() -> Iterator[None]:
    # A configuration folder that cannot be written is worth four lines of log to matplotlib;
    # it goes on with a temporary one, and so do we.
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


with _quiet():
    _load()
