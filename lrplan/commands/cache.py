"""``lrplan cache``: print the folder of cached curves and findings, count and remove them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lrplan.cache.folder import FOLDER_VARIABLE, OFF_VARIABLE, folder, is_disabled, is_private
from lrplan.cache.store import FINDINGS, MAX_AGE_DAYS, MAX_BYTES, CacheEntry, Store
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, LrplanError
from lrplan.output import write_stdout
from lrplan.text import quantity
from lrplan.text_position import printable


def directory() -> ExitStatus:
    """Print the folder, whether it exists or not.

    Raises:
        LrplanError: no folder for a cache was found.
    """
    write_stdout(f"{_folder()}\n")
    return ExitStatus.OK


def info() -> ExitStatus:
    """Print the folder, the number and size of its curves, and its limits.

    Raises:
        LrplanError: no folder for a cache was found.
    """
    path = _folder()
    lines = (
        f"folder  {printable(str(path))}",
        f"holds   {_amount(Store(path).entries())}",
        f"bounds  {_size(MAX_BYTES)}, and {MAX_AGE_DAYS} days since the last use",
        f"in use  {_use(path)}",
    )
    write_stdout("".join(f"{line}\n" for line in lines))
    return ExitStatus.OK


def clear(terminal: Terminal) -> ExitStatus:
    """Remove all curves and findings that are kept, and nothing else.

    Raises:
        LrplanError: no folder for a cache was found, or curves cannot be removed.
    """
    path = _folder()
    store = Store(path)
    gone = store.clear()
    if left := store.entries():
        raise LrplanError(f"{printable(str(path))}: {_amount(left)} cannot be removed")
    terminal.notes.print(f"removed {_amount(gone)}", markup=False, highlight=False)
    return ExitStatus.OK


def _use(path: Path) -> str:
    if is_disabled():
        return f"no: {OFF_VARIABLE} is set"
    if path.exists() and not is_private(path):
        return "no: other users can write to the folder, or own it"
    if path.exists() and not os.access(path, os.W_OK):
        return "only for reading: the folder cannot be written to"
    return "yes"


def _folder() -> Path:
    path = folder()
    if path is None:
        raise LrplanError(f"no folder for a cache was found; name one in {FOLDER_VARIABLE}")
    return path


def _amount(entries: Sequence[CacheEntry]) -> str:
    size = sum(entry.size for entry in entries)
    of_specs = sum(entry.name.endswith(FINDINGS) for entry in entries)
    findings = f" and the findings of {quantity(of_specs, 'spec')}" if of_specs else ""
    return f"{quantity(len(entries) - of_specs, 'curve')}{findings}, {_size(size)}"


def _size(count: int) -> str:
    """A number of bytes for people: ``532 kB``."""
    if count < 1000:
        return f"{count} bytes"
    # Three digits round 999,500 bytes up to 1000 kB, which `.3g` writes as 1e+03: MB begin there.
    amount, unit = (count / 1e6, "MB") if count >= 999_500 else (count / 1e3, "kB")
    return f"{amount:.3g} {unit}" if amount < 999.5 else f"{amount:,.0f} {unit}"
