"""References to the user's own code: ``package.module:Class`` and ``./file.py:Class``.

Reading a reference runs no code, and only checks whether the file exists. Without ``--trust`` it
does not even do that: a spec from a stranger learns nothing about the machine.
"""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from lrplan.node import Node
from lrplan.plan import UserCode
from lrplan.specfile.files import is_file
from lrplan.specfile.problem_scope import ProblemScope

PATTERN = r"^.*[^:]:[^\W\d]\w*(\.[^\W\d]\w*)*$"
"""The form of a reference, for the JSON Schema."""

FIX = "run again with `--trust` if you trust this spec and the code that it names"
"""Only the person who types the command can let code run."""

_SEPARATORS = re.compile(r"[/\\]")
_SHAPE = "write package.module:NAME or ./file.py:NAME"


class BadReferenceError(ValueError):
    """A text does not refer to code; the message says why."""

    def __init__(self, message: str, fix: str = _SHAPE) -> None:
        super().__init__(message)
        self.fix = fix


def read_code(node: Node, scope: ProblemScope, path: str) -> UserCode | None:
    """The code that ``node`` names, or None after reporting why it cannot be used."""
    if not scope.trust:
        message = f"`{node.value}` names code, which is only run with `--trust`"
        scope.problem_at_value("untrusted-code", node, path, message, FIX)
        return None
    try:
        return parse(str(node.value), scope.directory)
    except BadReferenceError as error:
        scope.problem_at_value("bad-value", node, path, str(error), error.fix)
        return None


def parse(text: str, directory: Path) -> UserCode:
    """The code that ``text`` names; a relative file is looked up in ``directory``.

    Raises:
        BadReferenceError: it does not name any, or the file is not there.
    """
    # The last colon counts: `C:\code\train.py:make` is the file before it and the name after.
    target, colon, name = text.rpartition(":")
    if not colon or not target or not name or _is_file_name(name):
        bare = text.rstrip(":")
        fix = f"write {bare}:NAME" if _is_file_name(bare) else _SHAPE
        raise BadReferenceError(f"`{text}` does not name a class or function", fix)
    for part in name.split("."):
        _check_identifier(part, name, text)
    if not _is_file_name(target):
        for part in target.split("."):
            _check_identifier(part, target, text)
        return UserCode(text, name, None, target, directory)
    file = directory / target
    if file.suffix != ".py":
        raise BadReferenceError(f"`{target}` is not a Python file: its name must end with .py")
    if not is_file(file):
        raise BadReferenceError(f"there is no file `{file}`", _missing_file_hint(file))
    return UserCode(text, name, file, "", directory)


def _is_file_name(text: str) -> bool:
    return bool(_SEPARATORS.search(text)) or text.endswith(".py")


def _check_identifier(part: str, name: str, text: str) -> None:
    if not part.isidentifier() or keyword.iskeyword(part):
        raise BadReferenceError(f"`{name}` in `{text}` is not a name that Python code can have")


def _missing_file_hint(file: Path) -> str:
    """The hint for a file that is not where it was looked up."""
    if "\\" in str(file) and file.anchor == "" and "/" not in str(file):
        return "write / between folders, which works on every system"
    return "" if file.is_absolute() else "it is looked up in the folder of the spec"
