"""The files beside a script that it imports from: those of its folder, or of its package."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lrplan.finding import Finding
from lrplan.specfile.files import UnreadableError, is_file, read_file
from lrplan.text_position import InputText

MAX_FILES = 20
"""Other files that are read for one script."""
_MAX_LOOKED_AT = 60
_MAX_CHARACTERS = 300_000
"""Characters of one other file; a longer one is not read."""
_IMPORT = re.compile(
    r"^[ \t]*from[ \t]+(?P<dots>\.*)[ \t]*(?P<module>[\w.]*)[ \t]+import[ \t]+"
    r"(?P<names>\([^)]*\)|[^\n#(]*)|^[ \t]*import[ \t]+(?P<plain>[\w., \t]+)",
    re.MULTILINE,
)
_MATTERS = re.compile(r"optim|sched|epoch|\.step\(", re.IGNORECASE)
"""What a file has to mention to be read: others can tell nothing about schedules."""
_USES = re.compile(r"\.step\(|optim|sched", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """The files that a script may import from, by their path."""

    folder: Path = field(default_factory=Path)
    """Where the script is."""
    root: Path = field(default_factory=Path)
    """The folder that no file is outside of: the outermost package, or that of the script."""
    texts: Mapping[Path, InputText] = field(default_factory=dict)

    def find(self, importing: Path, level: int, module: str) -> Path | None:
        """The file of ``module``, as ``importing`` names it with ``level`` dots; None: it is none.

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
    if not _USES.search(source.text) or not is_file(source.name):
        return NO_FILES
    folder = Path(source.name).absolute().parent.resolve()
    script = folder / Path(source.name).name
    texts: dict[Path, InputText] = {}
    files = ProjectFiles(folder, _root(folder), texts)
    pending = [(script, source.text)]
    seen = {script}
    for importing, text in pending:
        for path in _imported(files, importing, text):
            if path in seen or len(seen) > _MAX_LOOKED_AT or len(texts) >= MAX_FILES:
                continue
            seen.add(path)
            found = _text_of(path, files.root)
            if found and _MATTERS.search(found):
                texts[path] = InputText(_name(source.name, folder, path), found)
                pending.append((path, found))
    return files


def _root(folder: Path) -> Path:
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        if not (folder.parent / "__init__.py").is_file():
            break
        folder = folder.parent
    return folder


def _imported(files: ProjectFiles, importing: Path, text: str) -> Iterator[Path]:
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


def _candidates(files: ProjectFiles, importing: Path, level: int, module: str) -> Iterator[Path]:
    parts = [each for each in module.split(".") if each]
    if level:
        base = importing.parent
        for _ in range(level - 1):
            base = base.parent
        bases = [base]
    else:
        # A script's own folder, and the one around its package: `from package.optim import ...`.
        bases = [files.folder, files.root.parent] if parts else []
    for base in bases:
        path = base.joinpath(*parts)
        if path.is_relative_to(files.root):
            if parts:
                yield path.with_name(f"{path.name}.py")
            yield path / "__init__.py"


def _text_of(path: Path, root: Path) -> str:
    """The text of a file; empty where there is none that may be read."""
    try:
        real = path.resolve()
        if not real.is_relative_to(root) or not is_file(real):
            return ""
        state = real.stat()
        return _read(real, state.st_mtime_ns, state.st_size)
    except OSError:
        return ""


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, size: int) -> str:
    if size > _MAX_CHARACTERS:
        return ""
    try:
        return read_file(path)
    except UnreadableError:
        return ""


def _name(script: str, folder: Path, path: Path) -> str:
    """The path of another file, written as that of the script is."""
    return os.path.normpath(Path(script).parent / os.path.relpath(path, folder))


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
