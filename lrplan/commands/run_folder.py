"""Finds the plan in the folder of a log: a spec, or the config that the framework saved there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lrplan.errors import LrplanError, UsageError
from lrplan.limits import FILE_BYTES
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.specfile.load import looks_like_a_spec
from lrplan.text import join_words
from lrplan.text_position import InputText, printable

_SUFFIXES = (".yaml", ".yml", ".py", ".json", ".toml")
_MOST_FILES = 200
"""Files of a folder that are looked into."""


def plan_beside(log: Path, folder: Path) -> Path | None:
    """The only plan in the folder of a log, or in the next one above that has any; None: none has.

    Args:
        log: the file of the log, or the folder of one that has several files.
        folder: of the run; nothing above it is looked into.

    Raises:
        UsageError: there are several.
    """
    place = log if log.is_dir() else log.parent
    for each in (place, *place.parents):
        found = list(_plans(each))
        if len(found) > 1:
            listed = join_words([path.name for path in found])
            raise UsageError(printable(f"{each} holds {listed}: name the plan with --plan"))
        if found:
            return found[0]
        if each == folder:
            break
    return None


def _plans(folder: Path) -> Iterator[Path]:
    for file in _files(folder):
        if file.suffix.lower() in _SUFFIXES and _is_plan(file):
            yield file


def _is_plan(file: Path) -> bool:
    from lrplan.importers.recognition import foreign_config

    try:
        text = read_file(file, FILE_BYTES)
        return looks_like_a_spec(text) or foreign_config(InputText(str(file), text)) is not None
    except (UnreadableError, LrplanError):
        return False


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(each for each in folder.iterdir() if each.is_file())
    except OSError:
        return []
    return found[:_MOST_FILES]
