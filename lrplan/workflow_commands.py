r"""Escapes text so that no CI runner takes it for a command.

A runner reads every line that a step prints, on standard output and on standard error. GitHub's
obeys a line that begins with ``::name::``, blanks before it or not, and ``##[name]`` anywhere in a
line; the agent of Azure Pipelines obeys ``##vso[...]`` anywhere, TeamCity ``##teamcity[...]``.
Names, paths and messages come from strangers: what lrplan prints of them must stay text.

People get a backslash in front: ``\::error``, ``#\#[error]``. Programs get the escape of their
format, so that what they read is exactly what the spec says.
Sources: ``ActionCommand.cs`` of actions/runner, ``Command.cs`` of microsoft/azure-pipelines-agent.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, TextIO, cast

_UNSEEN = r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
"""Characters that .NET, in which the runners are written, passes over when it compares texts."""
_WHITE = (
    r"[\x00-\x09\x0b\x0c\x0e-\x20\x7f\x85\xa0\xad\u1680"
    r"\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)
"""The same and white space within a line, as one class: two that overlap would be very slow."""
_STYLE = r"\x1b\[[0-9;]*m"
_BLANK = rf"(?:{_STYLE}|{_WHITE})*"
_LINE_START = r"(?:\A|(?<=[\r\n]))"
_AT_START = rf"{_LINE_START}{_BLANK}(?=:{_UNSEEN}*:)"
_ANYWHERE = rf"#{_UNSEEN}*(?=#{_UNSEEN}*[A-Za-z]{{0,16}}{_UNSEEN}*\[)"
_COMMAND = re.compile(rf"{_AT_START}|{_ANYWHERE}")
"""The text in front of the position at which a backslash is inserted."""
_INSIDE = re.compile(_ANYWHERE)
_COLONS = re.compile(rf"(?P<before>{_LINE_START}[ \t]*):(?=:)")
_HASHES = re.compile(r"#(?=#[A-Za-z]{0,16}\[)")
_ONLY_BLANK = re.compile(rf"{_BLANK}(?P<colon>(?::{_UNSEEN}*)?)\Z")
_TAIL = 32
"""Characters at the end of an unfinished line in which a command may have begun."""


def has_command(text: str) -> bool:
    """Return True if a runner might take a line of ``text`` for a command."""
    return ("::" in text or "#" in text or not text.isascii()) and bool(_COMMAND.search(text))


def escape_text(text: str) -> str:
    """``text`` for people, with a backslash in everything that looks like a command."""
    return _COMMAND.sub(r"\g<0>\\", text) if has_command(text) else text


def escape_within_line(text: str) -> str:
    """``escape_text`` for text that is never the beginning of a line."""
    return _INSIDE.sub(r"\g<0>\\", text)


def escape_json(document: str) -> str:
    r"""A JSON document that says the same with no command in it: ``#`` is ``\u0023`` there.

    Its lines begin with a brace, a bracket, a quote or a number, so ``::`` begins none.
    """
    return _HASHES.sub(r"\\u0023", document)


def escape_quoted(literal: str) -> str:
    r"""``escape_json`` for a string in the quotes of Python or YAML: ``#`` is ``\x23`` there."""
    return _HASHES.sub(r"\\x23", literal)


def escape_xml(document: str) -> str:
    """``escape_json`` for XML without comments and CDATA."""
    return _COLONS.sub(r"\g<before>&#58;", _HASHES.sub("&#35;", document))


class EscapingStream:
    """A text stream in which commands are escaped, even if they are written in parts.

    Everything else (``flush``, ``isatty``, ``buffer``, ``encoding``) is that of the stream below.

    Args:
        stream: where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._line = ""

    def write(self, text: str) -> int:
        """Write ``text`` and return how many of its characters were taken: all."""
        line = self._line
        whole = line + text
        written = text
        if has_command(whole):
            # A command that began in the part before is broken up where this part begins.
            cuts = {max(match.end(), len(line)) for match in _COMMAND.finditer(whole)}
            # `:` and then `:error::x` are written as `:` and `\:error::x`: the first colon is out
            # already, so that the cut moves from before it to the start of this part.
            bounds = [len(line), *sorted(cuts), len(whole)]
            pieces = [whole[start:end] for start, end in pairwise(bounds)]
            written = "\\".join(pieces)
        self.stream.write(written)
        self._line = _unfinished(line + written)
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write every one of ``lines``."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _unfinished(text: str) -> str:
    """The last line of ``text``, or as much of its end as says whether a command has begun."""
    line = text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]
    if len(line) <= _TAIL:
        return line
    # The kept end must not count as the beginning of a line, unless all before it is blank.
    blank = _ONLY_BLANK.match(line)
    return "-" + line[-_TAIL:] if blank is None else blank["colon"]


@contextmanager
def standard_streams_escaped() -> Iterator[None]:
    """Escape commands in all text that is printed in this context.

    Bytes that are written to the ``buffer`` of standard output, as results for programs are, pass
    as they are.
    """
    kept = {"stdout": sys.stdout, "stderr": sys.stderr}
    escaping = {
        name: cast("TextIO", EscapingStream(stream))
        for name, stream in kept.items()
        if stream is not None
    }
    for name, stream in escaping.items():
        setattr(sys, name, stream)
    try:
        yield
    finally:
        for name, stream in escaping.items():
            # Typer puts a stream of its own in place of one that takes no more.
            if getattr(sys, name) is stream:
                setattr(sys, name, kept[name])
