"""References to the user's own code: ``package.module:Class`` and ``./file.py:Class``.

Reading one runs nothing, and looks at nothing but whether the file is there. Without ``--trust``
it does not even do that: a spec from a stranger learns nothing about the machine.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from lrplan.plan import UserCode
from lrplan.specfile.files import is_file

if TYPE_CHECKING:
    from pathlib import Path

    from lrplan.node import Node
    from lrplan.specfile.problem_scope import Scope

PATTERN = r"^.*[^:]:[^\W\d]\w*(\.[^\W\d]\w*)*$"
"""What a reference looks like, for the JSON Schema."""

FIX = "run again with `--trust` if you trust this spec and the code that it names"
"""What lets code run: the person who types the command, and nothing else."""

_SEPARATORS = re.compile(r"[/\\]")
_SHAPE = "write package.module:NAME or ./file.py:NAME"


class BadReferenceError(ValueError):
    """A text is no reference to code; the text of this says why."""

    def __init__(self, message: str, fix: str = _SHAPE) -> None:
        super().__init__(message)
        self.fix = fix


def read_code(node: Node, scope: Scope, path: str) -> UserCode | None:
    """The code that ``node`` names, or None after reporting why it cannot be used."""
    if not scope.trust:
        message = f"`{node.value}` names code, which is only run with `--trust`"
        scope.value("untrusted-code", node, path, message, FIX)
        return None
    try:
        return parse(str(node.value), scope.directory)
    except BadReferenceError as error:
        scope.value("bad-value", node, path, str(error), error.fix)
        return None


def parse(text: str, directory: Path) -> UserCode:
    """The code that ``text`` names; a relative file is looked up in ``directory``.

    Raises:
        BadReferenceError: it does not name any, or the file is not there.
    """
    place, colon, name = text.rpartition(":")
    if not colon or not place or not name or _is_file_name(name):
        bare = text.rstrip(":")
        fix = f"write {bare}:NAME" if _is_file_name(bare) else _SHAPE
        raise BadReferenceError(f"`{text}` does not name a class or function", fix)
    for part in name.split("."):
        _check_identifier(part, name, text)
    if not _is_file_name(place):
        for part in place.split("."):
            _check_identifier(part, place, text)
        return UserCode(text, name, None, place, directory)
    file = directory / place
    if file.suffix != ".py":
        raise BadReferenceError(f"`{place}` is not a Python file: its name must end with .py")
    if not is_file(file):
        raise BadReferenceError(f"there is no file `{file}`", _where(file))
    return UserCode(text, name, file, "", directory)


def _is_file_name(text: str) -> bool:
    return bool(_SEPARATORS.search(text)) or text.endswith(".py")


def _check_identifier(part: str, whole: str, text: str) -> None:
    if not part.isidentifier() or keyword.iskeyword(part):
        raise BadReferenceError(f"`{whole}` in `{text}` is not a name that Python code can have")


def _where(file: Path) -> str:
    """Why a file may not be found where it was looked up."""
    if "\\" in str(file) and file.anchor == "" and "/" not in str(file):
        return "write / between folders, which works on every system"
    return "" if file.is_absolute() else "it is looked up in the folder of the spec"
