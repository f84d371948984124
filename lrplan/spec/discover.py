"""Which files a command is meant to read: names, patterns, and folders to search."""

from __future__ import annotations

import re
from glob import glob, has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from lrplan.errors import UsageError
from lrplan.source import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SUFFIXES = (".yaml", ".yml")
_SKIPPED = re.compile(r"^(\..+|__pycache__|node_modules)$")
_LOOKS_LIKE_A_SPEC = re.compile(rb"^schedules[ \t]*:", re.MULTILINE)
_HEAD = 1_000_000


def discover(paths: Sequence[str]) -> list[str]:
    """The files meant by ``paths``, each once, in the order given; ``-`` stays as it is.

    A pattern (``configs/**/*.yaml``) stands for what it matches, a folder for the YAML files
    below it that have a ``schedules`` key at the top level; hidden folders are not entered.

    Raises:
        UsageError: a pattern or a folder that means no file.
    """
    found: dict[str, None] = {}
    for path in paths:
        files = list(_meant_by(path))
        if not files:
            raise UsageError(f"there is no spec in {printable(path)}")
        found.update(dict.fromkeys(files))
    return list(found)


def _meant_by(path: str) -> Iterator[str]:
    if path == "-" or Path(path).is_file():
        yield path
    elif Path(path).is_dir():
        yield from (str(file) for file in sorted(_below(Path(path))))
    elif has_magic(path):
        yield from sorted(name for name in glob(path, recursive=True) if Path(name).is_file())  # noqa: PTH207
    else:
        yield path


def _below(folder: Path) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink() and not _SKIPPED.match(entry.name):
            yield from _below(entry)
        elif entry.suffix in SUFFIXES and entry.is_file() and _looks_like_a_spec(entry):
            yield entry


def _looks_like_a_spec(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _LOOKS_LIKE_A_SPEC.search(file.read(_HEAD)) is not None
    except OSError:
        return False
