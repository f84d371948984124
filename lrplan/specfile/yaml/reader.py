"""Reads the text of a spec, and parses it to a tree of nodes with their lines and columns.

PyYAML only cuts the text into events here; it constructs nothing, so no tag can reach Python. The
tree is put together without recursion, within a budget of values and of depth.
"""

from __future__ import annotations

import re
import sys
from typing import IO, TYPE_CHECKING

import yaml

from lrplan.errors import SpecError
from lrplan.finding import spec_problem
from lrplan.limits import FILE_BYTES
from lrplan.recipes import name_in, text_of
from lrplan.specfile.files import UnreadableError, decode, read_file
from lrplan.specfile.problems import TooManyProblemsError
from lrplan.specfile.yaml.composer import Composer, StopReadingError
from lrplan.specfile.yaml.syntax_errors import explain_syntax_error
from lrplan.text_position import START, InputText, TextPosition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lrplan.node import Node
    from lrplan.specfile.problems import Problems

STDIN = "-"
"""The path that means standard input."""

_UNPRINTABLE = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
# https://yaml.org/spec/1.2.2/#51-character-set; libyaml and PyYAML differ in what they report.


def read_text(path: str | Path, stdin: IO[str] | IO[bytes] | None = None) -> InputText:
    """The text of a spec.

    Args:
        path: a regular file, ``recipe:NAME``, or ``-`` for standard input.
        stdin: what ``-`` reads, binary or text; ``sys.stdin`` unless given.

    Raises:
        SpecError: it cannot be read, is not text, or is larger than ``limits.FILE_BYTES``. UTF-8 is
            expected; UTF-16 and UTF-32 are read when they begin with a byte order mark.
        UsageError: there is no such recipe.
    """
    if (recipe := name_in(path)) is not None:
        return InputText(str(path), text_of(recipe))
    piped = str(path) == STDIN
    name = "<stdin>" if piped else str(path)
    try:
        return InputText(name, _read_stdin(stdin or sys.stdin) if piped else read_file(path))
    except UnreadableError as error:
        line, column = error.position
        place = TextPosition(line, column, line, column + 1)
        finding = spec_problem(error.name, str(error), place=place, file=name)
        raise SpecError([finding]) from None


def parse(source: InputText, problems: Problems) -> Node | None:
    """The tree of a text; None when it is empty or cannot be read to its end.

    Every problem goes to ``problems``. A tree may come back although there are some: of a key given
    twice the first value counts, and a scalar without a value (an unknown tag, 1e999) is null.
    """
    text = source.text.removeprefix("\ufeff")
    if unprintable := _UNPRINTABLE.search(text):
        message = f"the character U+{ord(unprintable[0]):04X} is not allowed in YAML"
        problems.add("yaml-syntax", _end(text[: unprintable.start()]), message)
        return None
    composer = Composer(problems)
    try:
        for event in _events(text):
            composer.feed(event)
    except (StopReadingError, TooManyProblemsError):
        return None
    except yaml.YAMLError as error:
        problem = explain_syntax_error(error, source)
        problems.add("yaml-syntax", problem.place, problem.message, fix=problem.fix)
        return None
    if composer.root is None or (composer.root.value is None and not problems):
        fix = "`lrplan init` writes a spec to start from"
        problems.add("yaml-syntax", START, "the spec is empty", fix=fix)
        return None
    return composer.root


def _events(text: str) -> Iterator[yaml.Event]:
    # libyaml, where PyYAML was built with it: about ten times faster.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from yaml.parse(text, Loader=loader)
    except (ValueError, OverflowError) as error:
        # PyYAML's own scanner lets chr() fail on escapes such as "\UFFFFFFFF".
        raise yaml.YAMLError(f"a character that does not exist ({error})") from None


def _read_stdin(stdin: IO[str] | IO[bytes] | None) -> str:
    if stdin is None:
        raise UnreadableError("standard input is closed")
    try:
        data = getattr(stdin, "buffer", stdin).read(FILE_BYTES.now + 1)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"standard input cannot be read: {error}") from None
    # A pipe that does not block gives None when nothing has arrived.
    return decode(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data or b"")


def _end(text: str) -> TextPosition:
    # The "|" stands for the character after the text, so that a final line break begins a new line.
    lines = (text + "|").splitlines()
    return TextPosition(len(lines), len(lines[-1]), len(lines), len(lines[-1]) + 1)
