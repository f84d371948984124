"""The files that a foreign config names: bases of it, and files beside it.

A config may come from a stranger. So only files of its own project are read: below the root of the
repository, or below the config's folder where there is none, wherever links lead. What is wrong
inside such a file is reported without a line of it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lrplan.config import project_folders
from lrplan.importers.foreign_config import ForeignConfig, Format
from lrplan.importers.foreign_text import FORMATS, parse_foreign
from lrplan.input_files import note_input
from lrplan.node import Node
from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text_position import InputText, TextPosition

MAX_DEPTH = 20
"""Files that name one another, at most."""
MAX_FILES = 200
"""Files that are read for one config, at most."""
_NO_REPOSITORY = (
    "run `git init` in the project's root: without a repository, the config's folder is the limit"
)
_REMOTE = re.compile(r"\w+:|//|\\\\")


class OtherFileError(Exception):
    """A file that a config names and that is not read; the text says why.

    Args:
        message: the text.
        fix: what to do about it, where there is something.
    """

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class OtherFile:
    """A file that a config names.

    Args:
        config: its tree.
        path: where it is, links resolved.
        chain: the files that lead to it, itself last.
    """

    config: ForeignConfig
    path: Path
    chain: tuple[Path, ...]


class OtherFiles:
    """The files that one config names, and the files that those name.

    Args:
        folder: of the config.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.read: list[Path] = []
        """Every file that was read."""

    def open(
        self, name: str, beside: OtherFile | None = None, formats: tuple[Format, ...] = FORMATS
    ) -> OtherFile:
        """The file that is called ``name`` in the config, or in the file ``beside``.

        Raises:
            OtherFileError: it is remote, outside the project, unreadable, or part of a circle.
        """
        if _REMOTE.match(name):
            raise OtherFileError(f"{name!r} is not a local path: lrplan reads local files only")
        chain = () if beside is None else beside.chain
        folder = self._folder if beside is None else beside.path.parent
        path = self._resolve(folder / name, name)
        if path in chain:
            raise OtherFileError(f"{name!r} leads back to itself")
        if len(chain) >= MAX_DEPTH:
            raise OtherFileError(f"{name!r} is more than {MAX_DEPTH} files away from the config")
        if len(self.read) >= MAX_FILES:
            raise OtherFileError(f"{name!r} is one of more than {MAX_FILES} files")
        note_input(path)
        try:
            text = read_file(path)
        except UnreadableError as error:
            raise OtherFileError(f"{name!r} cannot be read: {error}") from None
        self.read.append(path)
        config = parse_foreign(InputText(path.name, text), formats)
        if config.root is None:
            first = next(iter(config.problems.findings), None)
            where = "" if first is None else f", line {first.line}"
            raise OtherFileError(f"{name!r} cannot be understood{where}")
        return OtherFile(config, path, (*chain, path))

    def _resolve(self, path: Path, name: str) -> Path:
        try:
            found, root = path.resolve(), self._root()
        except (OSError, RuntimeError, ValueError):  # a circle of links, a NUL in the name
            raise OtherFileError(f"{name!r} is not the name of a file") from None
        if not found.is_relative_to(root):
            message = f"{name!r} is outside the project, {str(root)!r}: it is not read"
            raise OtherFileError(message, "" if _is_repository(root) else _NO_REPOSITORY)
        return found

    def _root(self) -> Path:
        """The root of the repository that the config is in, or else its folder."""
        folder = self._folder.resolve()
        return next((each for each in project_folders(folder) if _is_repository(each)), folder)


def _is_repository(folder: Path) -> bool:
    return os.path.lexists(folder / ".git")


def at_place(node: Node, place: TextPosition) -> Node:
    """``node``, which is in another file, as if all of it were at ``place``.

    A position is one of the file that the user named: a value of a base is reported where the base
    is named.
    """
    value = node.value
    if isinstance(value, Mapping):
        value = {key: at_place(each, place) for key, each in value.items()}
    elif isinstance(value, tuple):
        value = tuple(at_place(each, place) for each in value)
    return replace(node, value=value, place=place, key_place=place)
