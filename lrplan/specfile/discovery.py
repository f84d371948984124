"""The spec files that command-line arguments stand for: names, patterns, and folders to search."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from glob import has_magic
from pathlib import Path

from lrplan.errors import UsageError
from lrplan.limits import ENTRIES, FILES
from lrplan.specfile.files import UnreadableError, is_file, is_folder, read_head
from lrplan.text_position import printable

SUFFIXES = (".yaml", ".yml")
_SKIPPED = re.compile(r"^(\..+|__pycache__|node_modules)$")
_LOOKS_LIKE_A_SPEC = re.compile(rb"^schedules[ \t]*:", re.MULTILINE)
_HEAD = 1_000_000
_ANY_DEPTH = "**"
_ENDS = ("", os.sep, "/")


@dataclass(frozen=True, slots=True)
class FolderSearch:
    """The search of a folder: files that are taken, and files that are passed over.

    Args:
        suffixes: of the files that are looked into.
        is_wanted: True for a file that is not a spec, but another source that is wanted.
        wanted: what is looked for, in words.
        taken: the files that were looked into and taken.
        passed_over: those that were not.
    """

    suffixes: tuple[str, ...] = SUFFIXES
    is_wanted: Callable[[str], bool] = lambda _: False
    wanted: str = "spec"
    taken: set[str] = field(default_factory=set)
    passed_over: set[str] = field(default_factory=set)

    def takes(self, path: str) -> bool:
        """Return True for a file that is wanted; any other is noted."""
        is_wanted = _looks_like_a_spec(path) or self.is_wanted(path)
        (self.taken if is_wanted else self.passed_over).add(path)
        return is_wanted


def find_specs(paths: Sequence[str], search: FolderSearch | None = None) -> list[str]:
    """The files that ``paths`` stand for, each once, in that order; ``-`` stays as it is.

    A pattern (``configs/**/*.yaml``) stands for what it matches, a folder for the YAML files
    below it that have a ``schedules`` key at the top level; hidden folders are not entered, nor,
    by a folder or ``**``, links to folders.

    Args:
        paths: files, patterns and folders.
        search: what is taken of a folder, where that is not specs alone.

    Raises:
        UsageError: a pattern or a folder that means no file, or more than the limits allow.
    """
    search = search or FolderSearch()
    unique: dict[str, None] = {}
    named: set[str] = set()
    for path in paths:
        files = _files_of(path, search)
        if not is_folder(path):
            named.update(files)
        if not files:
            hint = "" if not search.passed_over else f"; `lrplan sources {path}` says what is there"
            raise UsageError(printable(f"there is no {search.wanted} in {path}{hint}"))
        unique.update(dict.fromkeys(files))
    # What is named beside its folder counts as named.
    search.passed_over.difference_update(unique)
    search.taken.difference_update(named)
    return list(unique)


def find_files(paths: Sequence[str], suffixes: tuple[str, ...]) -> list[str]:
    """The files at ``paths``: those named, and those below folders that end in ``suffixes``.

    Hidden folders are not entered, nor links to folders.

    Raises:
        UsageError: more files than the limits allow.
    """
    unique: dict[str, None] = {}
    for path in paths:
        found = _Search(path).files(path, suffixes) if is_folder(path) else [path]
        unique.update(dict.fromkeys(found))
    return list(unique)


def _files_of(path: str, search: FolderSearch) -> list[str]:
    if path == "-" or is_file(path):
        return [path]
    if is_folder(path):
        return _Search(path).files_below(path, search)
    return _Search(path).matching(path) if has_magic(path) else [path]


class _Search:
    """A search through folders for one argument; it stops at the limits.

    Args:
        argument: the path or pattern as the user wrote it, for messages.
    """

    def __init__(self, argument: str) -> None:
        self._argument = argument
        self._seen = 0

    def files_below(self, folder: str, search: FolderSearch) -> list[str]:
        """The wanted files of ``folder`` and the folders in it."""
        found = (str(Path(path)) for path in self._named(folder, search.suffixes))
        return self._sorted(path for path in found if search.takes(path))

    def files(self, folder: str, suffixes: tuple[str, ...]) -> list[str]:
        """The files in ``folder`` and the folders in it that end in ``suffixes``."""
        return self._sorted(str(Path(path)) for path in self._named(folder, suffixes))

    def matching(self, pattern: str) -> list[str]:
        """The files that ``pattern`` matches."""
        drive, rest = os.path.splitdrive(pattern)
        parts = [part for part in re.split(r"[/\\]" if os.sep == "\\" else "/", rest) if part]
        absolute = rest[:1] in ("/", os.sep)
        start = drive + os.sep if absolute else drive
        return self._sorted(path for path in self._matched(start, parts) if is_file(path))

    def _sorted(self, paths: Iterator[str]) -> list[str]:
        unique: dict[str, None] = {}
        for path in paths:
            unique[path] = None
            if len(unique) > FILES.value:
                raise self._too_many(f"{FILES.value:,} specs", FILES.hint)
        return sorted(unique)

    def _named(self, folder: str, suffixes: tuple[str, ...]) -> Iterator[str]:
        for entry in self._entries(folder):
            if _is_own_folder(entry):
                if not _SKIPPED.match(entry.name):
                    yield from self._named(entry.path, suffixes)
            elif entry.name.endswith(suffixes):
                yield entry.path

    def _matched(self, base: str, parts: Sequence[str]) -> Iterator[str]:
        # One part of the pattern at a time, so that limits hold while the search goes on:
        # configs/**/*.yaml enters `configs`, then each folder below it for `**`, and in each of
        # them looks for `*.yaml`.
        if not parts:
            yield base
            return
        first, rest = parts[0], parts[1:]
        if first == _ANY_DEPTH:
            yield from self._at_any_depth(base, rest)
        elif has_magic(first):
            for entry in self._entries(base):
                hidden = entry.name.startswith(".") and not first.startswith(".")
                if not hidden and fnmatchcase(entry.name, first):
                    yield from self._matched(_path(base, entry), rest)
        else:
            yield from self._matched(f"{base}{'' if base[-1:] in _ENDS else os.sep}{first}", rest)

    def _at_any_depth(self, base: str, rest: Sequence[str]) -> Iterator[str]:
        if rest:
            yield from self._matched(base, rest)
        for entry in self._entries(base):
            if _is_own_folder(entry) and not entry.name.startswith("."):
                yield from self._at_any_depth(_path(base, entry), rest)
            elif not rest:
                yield _path(base, entry)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder or ".") as scanned:
                entries = [self._counted(entry) for entry in scanned]
        except (OSError, ValueError):
            return []
        return sorted(entries, key=lambda entry: entry.name)

    def _counted(self, entry: os.DirEntry[str]) -> os.DirEntry[str]:
        self._seen += 1
        if self._seen > ENTRIES.value:
            raise self._too_many(f"{ENTRIES.value:,} files and folders to look at", ENTRIES.hint)
        return entry

    def _too_many(self, limit: str, hint: str) -> UsageError:
        argument = printable(self._argument)
        return UsageError(f"{argument} stands for more than {limit}: name a smaller folder; {hint}")


def _path(base: str, entry: os.DirEntry[str]) -> str:
    """The path of ``entry`` without the ``./`` that scanning the working directory adds."""
    return entry.path if base else entry.name


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    """Return True for a folder that is not a link: links may go round in a circle."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _looks_like_a_spec(path: str) -> bool:
    with suppress(UnreadableError):
        return _LOOKS_LIKE_A_SPEC.search(read_head(path, _HEAD)) is not None
    return False
