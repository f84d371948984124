"""Values and comments as Python source, safe for any text of a spec."""

from __future__ import annotations

import textwrap

from lrplan.errors import LrplanError
from lrplan.text_position import printable
from lrplan.workflow_commands import escape_quoted

WIDTH = 88
"""Columns of the generated code: ruff's own default."""


def literal(value: object) -> str:
    """``value`` as a Python literal that reads back as the same value.

    Args:
        value: a string, a number, a boolean, None, or a tuple of these.

    Raises:
        LrplanError: anything else: an exporter met an argument that it does not know.
    """
    if isinstance(value, str):
        return string_literal(value)
    if isinstance(value, tuple) and len(value) > 1:
        return f"({', '.join(map(literal, value))})"
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    raise LrplanError(f"no literal for {type(value).__name__}")


def string_literal(text: str) -> str:
    """``text`` as a string literal of printable characters on one line.

    Double quotes, unless single quotes need fewer escapes, as formatters have it. Characters that
    are not printable (line ends, marks that reorder text, lone surrogates) are escaped.
    """
    # it's -> "it's", say "hi" -> 'say "hi"': the quote that needs fewer backslashes.
    quote = "'" if text.count('"') > text.count("'") else '"'
    inside = "".join(_escaped(character, quote) for character in text)
    return quote + escape_quoted(inside) + quote


def _escaped(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return f"\\{character}"
    return character if character.isprintable() else repr(character)[1:-1]


def remark(text: str) -> str:
    """``text`` on one line, as it may follow a ``#``."""
    return " ".join(printable(text).split())


def comment(text: str, indent: int = 0) -> list[str]:
    """``text`` as lines of comments; an empty text is an empty comment."""
    margin = " " * indent + "# "
    lines = textwrap.wrap(remark(text), WIDTH - len(margin)) or [""]
    return [f"{margin}{line}".rstrip() for line in lines]
