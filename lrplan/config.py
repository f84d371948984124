"""``[tool.lrplan]`` of the nearest pyproject.toml: which rules are reported, and which fail."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import dataclass

from lrplan.errors import LrplanError
from lrplan.input_files import note_input

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from lrplan.text import yaml_flow

_MAX_BYTES = 1_000_000

KEYS = ("select", "ignore", "fail-on", "sources", "files")
_FILE_KEYS = ("files", "as", "set", "ignore")


@dataclass(frozen=True, slots=True)
class FileSettings:
    """The settings of a project for some of its files; they can never grant trust.

    Args:
        pattern: the files, relative to the folder of the settings; ``**`` is any depth.
        family: the family of the configs, as for ``--as``; empty: recognised by their content.
        settings: ``KEY=VALUE`` as ``--set`` takes it.
        ignore: rules that are not reported for them.
    """

    pattern: str
    family: str = ""
    settings: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of a project; they can never grant trust.

    Args:
        origin: the file they come from, for messages; empty if there is none.
        select: rules that are reported.
        ignore: rules that are not.
        fail_on: the least severity that fails, as written.
        files: settings for some files.
        sources: what ``validate`` looks for in folders besides specs: families of configs, and
            ``source`` for training scripts.
    """

    origin: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    files: tuple[FileSettings, ...] = ()
    sources: tuple[str, ...] = ()

    def settings_of_file(self, path: str) -> Iterator[FileSettings]:
        """The settings for the file at ``path``, in their order."""
        if not self.files:
            return
        try:
            folder = Path(self.origin).resolve().parent
            parts = Path(path).resolve().relative_to(folder).parts
        except (OSError, RuntimeError, ValueError):  # it is outside the project
            return
        for each in self.files:
            if _matches(parts, tuple(each.pattern.split("/"))):
                yield each


def find_config(directory: Path) -> Config:
    """The settings for ``directory``, from the nearest pyproject.toml there or above that has some.

    Folders above are searched as far as they belong to the same project, see ``project_folders``.

    Raises:
        LrplanError: the file cannot be read, or has a setting that does not exist.
    """
    for folder in project_folders(directory):
        path = folder / "pyproject.toml"
        if os.path.isfile(path):  # noqa: PTH113  # that of Path raises where it may not look
            table = _table(path)
            if table is not None:
                return _config(table, str(path))
    return Config()


def read_config(path: str) -> Config:
    """The settings in the file at ``path``: a ``[tool.lrplan]``, or the same keys without a table.

    Raises:
        LrplanError: the file cannot be read, or has a setting that does not exist.
    """
    table = _table(Path(path), whole=True)
    return Config(origin=path) if table is None else _config(table, path)


def project_folders(directory: Path) -> Iterator[Path]:
    """``directory`` and the folders above it, up to the root of its repository.

    A folder of another user, or one that everybody may write to, is not searched, nor is what is
    above it: whoever puts a file into ``/tmp`` decides nothing in ``/tmp/mine``.
    """
    for folder in (directory, *directory.parents):
        if folder != directory and not _is_of_same_owner(folder, directory):
            return
        yield folder
        if os.path.lexists(folder / ".git"):
            return


def _is_of_same_owner(folder: Path, other: Path) -> bool:
    if os.name == "nt":  # owners and permissions are not in what stat() returns
        return True
    try:
        status, other_status = folder.stat(), other.stat()
    except OSError:
        return False
    return status.st_uid == other_status.st_uid and not status.st_mode & stat.S_IWOTH


def toml_document(text: str) -> Mapping[str, object]:
    """The values of a TOML text.

    Raises:
        ValueError: it is no TOML; the message says where.
        RecursionError: it is nested too deep.
    """
    document: dict[str, object] = tomllib.loads(text)
    return document


_settings_document = lru_cache(maxsize=1)(toml_document)
"""The settings of the last text: a command asks several times, and they are only read."""


def _table(path: Path, *, whole: bool = False) -> Mapping[str, object] | None:
    """The table ``[tool.lrplan]``; with ``whole``, the whole document if it has no ``[tool]``."""
    note_input(path)
    try:
        document = _settings_document(_text(path))
    except RecursionError:
        raise LrplanError(f"cannot read {path}: it is nested too deep") from None
    except FileNotFoundError:
        raise LrplanError(f"cannot read {path}: there is no such file") from None
    except (OSError, ValueError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise LrplanError(f"cannot read {path}: {error}") from error
    if whole and "tool" not in document:
        return document
    tool = document.get("tool")
    table = tool.get("lrplan") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise LrplanError(f"{path}: [tool.lrplan] must be a table")
    return table


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError(f"it is larger than {_MAX_BYTES / 1e6:g} MB")
    return data.decode("utf-8")


def _config(table: Mapping[str, object], origin: str) -> Config:
    for key in table:
        if key not in KEYS:
            raise LrplanError(
                f"{origin}: [tool.lrplan] has no setting `{key}`; it has {', '.join(KEYS)}"
            )
    fail_on = table.get("fail-on")
    if fail_on is not None and not isinstance(fail_on, str):
        raise LrplanError(f"{origin}: `fail-on` must be error, warning or info")
    select, ignore = _names(table, "select", origin), _names(table, "ignore", origin)
    files = tuple(_files(table.get("files", []), origin))
    what = "families, as `lrplan sources` lists them, and `source` for scripts"
    sources = _names(table, "sources", origin, what)
    return Config(origin, select, ignore, fail_on, files, sources)


def _files(rows: object, origin: str) -> Iterator[FileSettings]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise LrplanError(f"{origin}: write [[tool.lrplan.files]], in two brackets")
    for row in rows:
        for key in row:
            if key not in _FILE_KEYS:
                known = ", ".join(_FILE_KEYS)
                message = f"[[tool.lrplan.files]] has no setting `{key}`; it has {known}"
                raise LrplanError(f"{origin}: {message}")
        pattern, family, facts = row.get("files"), row.get("as", ""), row.get("set", {})
        if not isinstance(pattern, str) or not isinstance(family, str):
            raise LrplanError(f"{origin}: `files` and `as` of [[tool.lrplan.files]] must be texts")
        if not isinstance(facts, dict):
            raise LrplanError(f"{origin}: `set` must be a table, as {{dataset_size = 50000}}")
        settings = tuple(f"{name}={_value(value, origin)}" for name, value in facts.items())
        yield FileSettings(pattern, family, settings, _names(row, "ignore", origin))


def _value(value: object, origin: str) -> str:
    """A TOML value, written as YAML."""
    if not isinstance(value, (bool, int, float, str)):
        raise LrplanError(f"{origin}: `set` takes numbers, texts and booleans")
    return yaml_flow(value)


def _matches(parts: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Return True if the parts of a path match the parts of ``pattern``."""
    if not pattern or not parts:
        return not parts and set(pattern) <= {"**"}
    if pattern[0] == "**":
        return _matches(parts, pattern[1:]) or _matches(parts[1:], pattern)
    return fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def _names(
    table: Mapping[str, object], key: str, origin: str, what: str = "names or codes of rules"
) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise LrplanError(f"{origin}: `{key}` must be a list of {what}")
    return tuple(value)
