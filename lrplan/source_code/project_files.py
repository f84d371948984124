"""The files beside a script that it imports from: those of its folder, or of its package."""

# Paths are texts here: one script has hundreds, and pathlib joins them ten times slower.
# ruff: noqa: PTH100, PTH113, PTH116, PTH118, PTH119, PTH120, PTH208

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from lrplan.finding import Finding
from lrplan.input_files import note_input
from lrplan.source_code.package_names import mentions_makers
from lrplan.specfile.files import UnreadableError, is_file, read_file
from lrplan.text_position import InputText

MAX_FILES = 20
"""Other files that are read for one script."""
_MAX_LOOKED_AT = 60
_MAX_CHARACTERS = 100_000
"""Characters of one other file; a longer one is not read."""
_MAX_OF_ALL = 500_000
"""Characters of all other files of a script."""
# The length inside parentheses is limited: a text with many open ones would take quadratic time.
_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+(?P<dots>\.*)[ \t]*(?P<module>[\w.]*)[ \t]+import[ \t]+"
    r"(?P<names>\([^)]{0,2000}\)|[^\n#(]*)|^[ \t]*import[ \t]+(?P<plain>[\w., \t]+)",
    re.MULTILINE,
)
_MATTERS = re.compile(r"lr_sched|optimizer|\.step\(|\bn?_?epochs?\b|\blr\b", re.IGNORECASE)
"""Words that a file has to contain to be read: others say nothing about schedules."""
_TRAINS = re.compile(r"\.step\(|configure_optimizers|__main__|\bepochs?\b|\.(?:fit|learn)\(")
"""Words in a script that trains with code of other files."""
_DEFINED = re.compile(r"^(?:def|class)[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """The files that a script may import from, by their path."""

    folder: str = ""
    """Where the script is."""
    root: str = ""
    """The folder that no file is outside of: the outermost package, or that of the script."""
    texts: Mapping[str, InputText] = field(default_factory=dict)

    def find(self, importing: str, level: int, module: str) -> str | None:
        """The file of ``module``, as ``importing`` names it with ``level`` dots; None: no file.

        Only files that were read are found.
        """
        for path in _candidates(self, importing, level, module):
            if path in self.texts:
                return path
        return None


NO_FILES = ProjectFiles()


def files_beside(source: InputText) -> ProjectFiles:
    """The files that a script imports from, and those that they import from, within limits.

    A file outside of the script's package or folder is not read, nor one that a link leads to
    there. Nothing is run.
    """
    makes = mentions_makers(source.text)
    if not (makes or _TRAINS.search(source.text)) or not is_file(source.name):
        return NO_FILES
    files = _gathered(source)
    if makes:
        return files
    # The script makes no scheduler itself: others matter if it uses a name of one that does.
    makers = [each.text for each in files.texts.values() if mentions_makers(each.text)]
    names = {name for text in makers for name in _DEFINED.findall(text)}
    used = set(re.findall(r"\w+", source.text))
    return files if names & used else NO_FILES


def script_path(name: str) -> str:
    """The path of a script, as its imports are looked up."""
    folder = os.path.realpath(os.path.dirname(os.path.abspath(name)))
    return os.path.join(folder, os.path.basename(name))


def _gathered(source: InputText) -> ProjectFiles:
    script = script_path(source.name)
    folder = os.path.dirname(script)
    texts: dict[str, InputText] = {}
    files = ProjectFiles(folder, _root(folder), texts)
    pending = [(script, source.text)]
    seen = {script}
    left = _MAX_OF_ALL
    for importing, text in pending:
        for path in _imported(files, importing, text):
            if path in seen or len(seen) > _MAX_LOOKED_AT or len(texts) >= MAX_FILES:
                continue
            seen.add(path)
            found = _text_of(path, files.root)
            if found and len(found) <= left and _MATTERS.search(found):
                left -= len(found)
                note_input(path)
                texts[path] = InputText(_name(source.name, folder, path), found)
                pending.append((path, found))
    return files


@lru_cache(maxsize=1024)
def _root(folder: str) -> str:
    """The folder of the outermost package that a folder is in, or the folder itself."""
    outer = os.path.dirname(folder)
    is_inner = all(os.path.isfile(os.path.join(each, "__init__.py")) for each in (folder, outer))
    return _root(outer) if is_inner and outer != folder else folder


@lru_cache(maxsize=1024)
def _names_in(folder: str) -> frozenset[str]:
    """The modules and packages in a folder, by name."""
    try:
        return frozenset(each.removesuffix(".py") for each in os.listdir(folder))
    except OSError:
        return frozenset()


def _imported(files: ProjectFiles, importing: str, text: str) -> Iterator[str]:
    """The files that the imports of a text may mean."""
    for match in _IMPORT.finditer(text):
        if match["plain"] is not None:
            names = [each.split()[0] for each in match["plain"].split(",") if each.split()]
            modules = [(0, name) for name in names]
        else:
            level, module = len(match["dots"]), match["module"]
            words = re.findall(r"\w+", match["names"])
            inner = [f"{module}.{word}" if module else word for word in words]
            modules = [(level, each) for each in (module, *inner)]
        for level, module in modules:
            yield from _candidates(files, importing, level, module)


def _candidates(files: ProjectFiles, importing: str, level: int, module: str) -> Iterator[str]:
    parts = [each for each in module.split(".") if each]
    if level:
        base = os.path.dirname(importing)
        for _ in range(level - 1):
            base = os.path.dirname(base)
        bases = [base]
    else:
        # A script's own folder, and the one around its package: `from package.optim import ...`.
        around = os.path.dirname(files.root)
        bases = [files.folder] if parts and parts[0] in _names_in(files.folder) else []
        bases += [around] if parts[:1] == [os.path.basename(files.root)] else []
    for base in bases:
        path = os.path.join(base, *parts)
        if _is_inside(path, files.root):
            if parts and parts[-1] in _names_in(os.path.dirname(path)):
                yield f"{path}.py"
            yield os.path.join(path, "__init__.py")


def _is_inside(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)


def _text_of(path: str, root: str) -> str:
    """The text of a file; empty where there is no file that may be read."""
    try:
        state = os.stat(path)
        real = os.path.realpath(path)
        if not _is_inside(real, root) or not is_file(real):
            return ""
        return _read(real, state.st_mtime_ns, state.st_size)
    except (OSError, ValueError):
        return ""


@lru_cache(maxsize=256)
def _read(path: str, _changed: int, size: int) -> str:
    if size > _MAX_CHARACTERS:
        return ""
    try:
        return read_file(path)
    except UnreadableError:
        return ""


def _name(script: str, folder: str, path: str) -> str:
    """The path of another file, written as that of the script is."""
    return os.path.normpath(os.path.join(os.path.dirname(script), os.path.relpath(path, folder)))


def texts_named(findings: Iterable[Finding], files: ProjectFiles) -> tuple[InputText, ...]:
    """The texts of those files that findings point into."""
    names = {each.file for each in findings}
    return tuple(text for text in files.texts.values() if text.name in names)


def with_others(source: InputText, files: ProjectFiles) -> InputText:
    """A script with the texts of the files that it imports from, for a digest."""
    if not files.texts:
        return source
    others = [f"{each.name}\n{each.text}" for each in files.texts.values()]
    return InputText(source.name, "\f".join([source.text, *others]))
