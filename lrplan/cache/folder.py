"""The folder of the cache, and checks that it may be used."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

FOLDER_VARIABLE: Final = "LRPLAN_CACHE_DIR"
"""The environment variable that names another folder."""

OFF_VARIABLE: Final = "LRPLAN_NO_CACHE"
"""The environment variable that acts like ``--no-cache``, unless it is empty or 0."""

_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def is_disabled() -> bool:
    """Return True if the environment says that no cache is to be used."""
    return os.environ.get(OFF_VARIABLE, "").strip() not in ("", "0")


def folder() -> Path | None:
    """The folder of the cached curves, which need not exist; None if no folder can be used."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    try:
        base = Path(named).expanduser().absolute() if named else _default_folder()
    except (OSError, RuntimeError, ValueError):  # no home, no working directory, an invalid name
        return None
    # Without a home the system's folder may come out relative to wherever we are.
    return base / "curves" if base.is_absolute() else None


def _default_folder() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415  # not needed if the folder is named

    return user_cache_path("lrplan", appauthor=False)


def is_private(path: Path) -> bool:
    """Return True if ``path`` is a folder that nobody else can put files into."""
    try:
        status = os.stat(path)  # noqa: PTH116  # at every file: that of Path takes twice as long
    except (OSError, ValueError):
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    # A file that another user puts there could have a wrong curve for any key: none is read.
    if os.name == "nt":
        return True  # access lists decide there, which the mode does not show
    return status.st_uid == os.getuid() and not status.st_mode & _WRITABLE_BY_OTHERS


def make_private(path: Path) -> bool:
    """Make ``path`` a folder for the user alone if it is missing; return True if it is private."""
    if is_private(path):
        return True
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError):
        return False
    return is_private(path)
