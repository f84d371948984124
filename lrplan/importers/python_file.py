"""A Python file as data: the names that it assigns at its top level, each with its place.

Configs of MMEngine and nanoGPT are Python files that hold little but assignments of literals. They
are parsed and never run. What cannot be read leaves out the names that depend on it, and no more::

    max_epochs = 300
    mean = [103.5, 116.3][::-1]                    # unread: a slice
    pipeline = [dict(type="Normalize", mean=mean)]  # unread: it depends on `mean`
    train_cfg = dict(max_epochs=max_epochs)        # read: {max_epochs: 300}
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from lrplan.importers.python_statements import BaseReader, Statements
from lrplan.importers.python_values import TooLargeError
from lrplan.limits import NODES
from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.text_position import START, InputText, TextPosition

_MAX_SYNTAX_NODES = 400_000
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class PythonFile:
    """The names that a Python file assigns at its top level."""

    root: Node
    """A mapping of the names that could be read."""
    unread: Mapping[str, TextPosition]
    """The other names, with the place of what could not be read last."""
    bases: tuple[Node, ...] = ()
    """The files that ``_base_`` names, in its order."""


def parse_python(
    source: InputText, problems: Problems, base: BaseReader | None = None
) -> PythonFile | None:
    """The names that a Python file assigns, without running it.

    Args:
        source: the file.
        problems: takes syntax errors, and values beyond the limits.
        base: reads the files that ``_base_`` or ``with read_base():`` names; None: they are left
            out, and so is what depends on them.

    Returns:
        None if the file cannot be parsed; the reason is among the problems.
    """
    lines = _LINE_END.split(source.text.removeprefix("\ufeff"))
    tree = _parse("\n".join(lines), problems)
    if tree is None:
        return None
    reader = Statements(lines, base)
    try:
        for statement in tree.body:
            reader.take(statement)
    except TooLargeError:
        message = f"the config holds more than {NODES.value:,} values, names counted in full"
        problems.add("over-budget", START, message, fix=NODES.hint)
        return None
    root = Node(dict(reader.names), START)
    return PythonFile(root, reader.unread, tuple(reader.bases))


def _parse(text: str, problems: Problems) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the file: an invalid escape in a pattern
            tree = ast.parse(text)
    except SyntaxError as error:
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        place = TextPosition(line, column, line, column + 1)
        problems.add("config-syntax", place, f"this is not Python: {error.msg}")
        return None
    except (ValueError, RecursionError, MemoryError) as error:
        # A null byte, or brackets nested thousands deep.
        problems.add("config-syntax", START, f"this cannot be read as Python: {_reason(error)}")
        return None
    if sum(1 for _ in ast.walk(tree)) > _MAX_SYNTAX_NODES:
        message = f"the config has more than {_MAX_SYNTAX_NODES:,} parts"
        problems.add("over-budget", START, message)
        return None
    return tree


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "it is nested too deep"
