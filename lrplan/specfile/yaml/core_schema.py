"""Scalars of a spec as Python values, by the core schema of YAML 1.2.

``on``, ``off``, ``yes``, ``no``, dates, ``1_000`` and ``12:30`` are strings (``1_000`` is one that
knows its number: ``node.GroupedNumber``), ``0777`` is the number 777, ``1e-4`` is a float. PyYAML's
own resolvers follow YAML 1.1, which reads all of these differently.

Source: YAML 1.2.2, section 10.3.2 (https://yaml.org/spec/1.2.2/#1032-tag-resolution).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from lrplan.node import GroupedNumber, Scalar

CORE = "tag:yaml.org,2002:"
"""The prefix of YAML's own tags, written ``!!``."""

_MAX_DIGITS = 308
# Any integer of that many digits still fits a float.

_CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_NUMBER_STARTS = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class ScalarError(ValueError):
    """A scalar has no value; the message says why."""


def resolve(text: str) -> Scalar:
    """The value of an unquoted scalar.

    Raises:
        ScalarError: a number too large for a float.
    """
    # YAML 1.2, not the 1.1 of PyYAML: `1e-3` is the number 0.001 and not text, `on` and `yes` are
    # text and not true, `012` is 12 and not the octal 10, which is written `0o12`.
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _INTEGER.fullmatch(text):
        return _integer(text, 10)
    if _OCTAL_OR_HEX.fullmatch(text):
        return _integer(text, 8 if text[1] == "o" else 16)
    if _FLOAT.fullmatch(text):
        return _float(text)
    # Python reads 4300 digits, and no number of a spec needs that many.
    return GroupedNumber.of(text) if "_" in text and len(text) <= _MAX_DIGITS else text


def convert(text: str, tag: str) -> Scalar:
    """The value of a scalar with an explicit tag, such as ``!!float 5``.

    Args:
        text: the scalar without its quotes.
        tag: the tag in full, e.g. ``tag:yaml.org,2002:float``.

    Raises:
        ScalarError: the tag is not one of YAML's own, or the text is not of its kind.
    """
    reader = _TAGGED.get(tag.removeprefix(CORE)) if tag.startswith(CORE) else None
    if reader is None:
        raise ScalarError(f"the tag {short_tag(tag)} means nothing here")
    try:
        return reader(text)
    except TypeError:
        raise ScalarError(f"{clip(text)!r} is not {short_tag(tag)}") from None


def short_tag(tag: str) -> str:
    """A tag as people write it: ``!!int``, ``!mine``."""
    return clip(f"!!{tag.removeprefix(CORE)}" if tag.startswith(CORE) else tag)


def clip(text: str, width: int = 40) -> str:
    """``text``, cut to ``width`` characters for a message."""
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _integer(text: str, base: int) -> int:
    # "-0042", "0o17" and "0x2a" without sign, leading zeros and prefix: "42", "17", "2a". They are
    # counted before int() reads them: it takes quadratic time, and Python refuses 4300 digits.
    digits = text.lstrip("+-0").lstrip("ox0")
    if len(digits) > _MAX_DIGITS:
        raise ScalarError(
            f"{clip(text)} has {len(digits)} digits, more than a floating-point number holds"
        )
    value = int(digits or "0", base)
    return -value if text[0] == "-" else value


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ScalarError(f"{clip(text)} is too large for a floating-point number")
    return value


def _of(*types: type) -> Callable[[str], Scalar]:
    def read(text: str) -> Scalar:
        value = resolve(text)
        if type(value) not in types:
            raise TypeError
        return value

    return read


def _tagged_float(text: str) -> float:
    value = resolve(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


_TAGGED: dict[str, Callable[[str], Scalar]] = {
    "str": str,
    "int": _of(int),
    "float": _tagged_float,
    "bool": _of(bool),
    "null": _of(type(None)),
}
