"""Where the cache is, and whether it can be used."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

PLACE: Final = "LRPLAN_CACHE_DIR"
"""The environment variable that names another folder."""

OFF: Final = "LRPLAN_NO_CACHE"
"""The environment variable that does what ``--no-cache`` does, unless it is empty or 0."""

_SHARED = stat.S_IWGRP | stat.S_IWOTH


def switched_off() -> bool:
    """Whether the environment says that no cache is to be used."""
    return os.environ.get(OFF, "").strip() not in ("", "0")


def folder() -> Path | None:
    """Where curves are kept, whether it exists or not; None where there is no place for them."""
    named = os.environ.get(PLACE, "").strip()
    try:
        base = Path(named).expanduser().absolute() if named else _of_the_system()
    except (OSError, RuntimeError, ValueError):  # no home, no working directory, no name of a file
        return None
    # Without a home the system's folder may come out relative to wherever we are.
    return base / "curves" if base.is_absolute() else None


def _of_the_system() -> Path:
    from platformdirs import user_cache_path  # noqa: PLC0415  # not where the folder is named

    return user_cache_path("lrplan", appauthor=False)


def is_private(path: Path) -> bool:
    """Whether ``path`` is a folder that nobody else can put files into: theirs are not believed."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return False
    if not stat.S_ISDIR(status.st_mode):
        return False
    if os.name == "nt":
        return True  # access is governed by lists that the mode does not show
    return status.st_uid == os.getuid() and not status.st_mode & _SHARED


def made_private(path: Path) -> bool:
    """Make the folder ``path`` where it is missing, for the user alone; whether it can be used."""
    if is_private(path):
        return True
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, ValueError):
        return False
    return is_private(path)
