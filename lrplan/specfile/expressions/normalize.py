"""Checks on an expression's text before it is parsed, and messages when it cannot be."""

from __future__ import annotations

import re

from lrplan.specfile.expressions.grammar import ExpressionError

MAX_LENGTH = 1000
"""Characters of an expression."""
MAX_PARENTHESES = 50
"""Parentheses inside one another."""

_FOREIGN = re.compile(r"[^A-Za-z0-9_ .,+\-*/%()<>=!&|^~@:\[\]]")
_SIGNS = frozenset("+-*/%<>=!&|^~@:,.")
_REPLACEMENTS = {
    "#": "an expression has no comments",
    "²": "write **2 for a square",
    "³": "write **3 for a cube",
    "\N{MULTIPLICATION SIGN}": "write * for a product",
    "·": "write * for a product",
    "÷": "write / for a quotient",
    "\N{MINUS SIGN}": "write the plain minus sign -",
    "\N{EN DASH}": "write the plain minus sign -",
    "π": "write pi",
    "≤": "write <=",
    "≥": "write >=",
    "≠": "write !=",
}


def normalize(text: str) -> str:
    """``text`` with every kind of white space as a space, so that each index stays the same.

    Raises:
        ExpressionError: it is empty or too long, or holds a character that no expression has, or
            parentheses that do not match.
    """
    if len(text) > MAX_LENGTH:
        message = f"the expression is longer than {MAX_LENGTH} characters"
        raise ExpressionError(message, MAX_LENGTH)
    # One space for each white character, not one for several: offsets of errors stay those of the
    # text in the file, and a line break inside an expression does not end it for Python's parser.
    plain = re.sub(r"\s", " ", text)
    if not plain.strip():
        raise ExpressionError("the expression is empty", fix='write "1" for a constant factor')
    if foreign := _FOREIGN.search(plain):
        raise _foreign_character(foreign[0], foreign.start())
    _check_parentheses(plain)
    return plain


def syntax_error(text: str, offset: int) -> ExpressionError:
    """The error for a text that Python's parser refused at index ``offset``.

    Python's own message is about Python. Here the likely cause is guessed from the text around the
    offset: ``2x`` and ``2 cos(x)`` lack a ``*``, ``1 +`` ends too early, ``x = 1`` needs ``==``.
    """
    preceding, rest = text[:offset].rstrip(), text[offset:].strip()
    last = len(text.rstrip()) - 1
    if not rest or text[last] in "+-*/%<>=":
        return ExpressionError("the expression ends too early", last)
    if rest.startswith("=") and not rest.startswith("=="):
        return ExpressionError("= means nothing here", offset, "write == to compare")
    if re.search(r"\bif\b", text) and not re.search(r"\belse\b", text):
        return ExpressionError("`if` has no `else`", offset, "write `a if condition else b`")
    fix = ""
    if re.match(r"0\d", rest):
        fix = "leave out the zeros at the beginning"
    elif re.match(r"\d+[A-Za-z(]", rest) or (preceding and rest[0] not in _SIGNS):
        fix = "write * for a product"
    return ExpressionError(f"this is not arithmetic, from `{rest[:20]}` on", offset, fix)


def _foreign_character(character: str, offset: int) -> ExpressionError:
    if character in "'\"`":
        return ExpressionError("an expression holds no text in quotes", offset, "remove the quotes")
    name = character if character.isprintable() else f"U+{ord(character):04X}"
    fix = _REPLACEMENTS.get(character, "")
    return ExpressionError(f"the character {name} means nothing here", offset, fix)


def _check_parentheses(text: str) -> None:
    opened: list[int] = []
    for offset, character in enumerate(text):
        if character == "(":
            opened.append(offset)
        elif character == ")" and not opened:
            raise ExpressionError("this ) closes nothing", offset, "remove it")
        elif character == ")":
            opened.pop()
        if len(opened) > MAX_PARENTHESES:
            message = f"more than {MAX_PARENTHESES} parentheses inside one another"
            raise ExpressionError(message, offset)
    if opened:
        raise ExpressionError("this ( is never closed", opened[-1], "add a )")
