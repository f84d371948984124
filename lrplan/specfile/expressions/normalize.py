"""What can be said of an expression's text without a tree: before it is parsed, or instead."""

from __future__ import annotations

import re

from lrplan.specfile.expressions.grammar import ExpressionError

MAX_LENGTH = 1000
"""Characters of an expression."""
MAX_PARENTHESES = 50
"""Parentheses inside one another."""

_ALLOWED = re.compile(r"[^A-Za-z0-9_ .,+\-*/%()<>=!&|^~@:\[\]]")
_SIGNS = frozenset("+-*/%<>=!&|^~@:,.")
_INSTEAD = {
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
    plain = re.sub(r"\s", " ", text)
    if not plain.strip():
        raise ExpressionError("the expression is empty", fix='write "1" for a constant factor')
    if foreign := _ALLOWED.search(plain):
        raise _foreign(foreign[0], foreign.start())
    _check_parentheses(plain)
    return plain


def unreadable(text: str, offset: int) -> ExpressionError:
    """What is wrong with a text that Python's parser refused at index ``offset``."""
    before, rest = text[:offset].rstrip(), text[offset:].strip()
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
    elif re.match(r"\d+[A-Za-z(]", rest) or (before and rest[0] not in _SIGNS):
        fix = "write * for a product"
    return ExpressionError(f"this is not arithmetic, from `{rest[:20]}` on", offset, fix)


def _foreign(character: str, offset: int) -> ExpressionError:
    if character in "'\"`":
        return ExpressionError("an expression holds no text in quotes", offset, "remove the quotes")
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    fix = _INSTEAD.get(character, "")
    return ExpressionError(f"the character {shown} means nothing here", offset, fix)


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
