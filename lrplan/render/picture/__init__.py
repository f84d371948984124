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
    # If its configuration folder cannot be written, matplotlib logs four lines and uses a temporary
    # folder. That is no problem for lrplan, so the lines are suppressed.
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


with _quiet():
    _load()
