"""Formats counts, lists and numbers for messages, and values as YAML."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fractions import Fraction

_KEY_AND_VALUE = re.compile(r"(?<=[,:] )(\S+) (\S+?)(?=,|\.?$)")
_HELD = "\0"
"""Replaces a space at which no line may be broken; printable text has no such character."""
_PLURALS = {
    "fix": "fixes",
    "batch": "batches",
    "process": "processes",
    "has": "have",
    "is": "are",
    "was": "were",
    "differs": "differ",
}
"""Plurals that are not the word and an s: nouns, and the verbs that follow one."""

_GROUPED = re.compile(
    r"[-+]?(?=[0-9.]*_)[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?(?:[eE][-+]?[0-9]{1,3})?"
)
_PLAIN = re.compile(
    r"(?!(?i:true|false|null)\Z)[A-Za-z_][\w.]*|\d[\d_]*(?:\.\d+)?(?:ep|st|ba|sp|tok|%)", re.ASCII
)
"""Strings that YAML takes as strings without quotes."""


class GroupedNumber(str):
    """A number with underscores between its digits, such as ``1_000_000``, and not in quotes.

    It is text in YAML 1.2, so a name may be written like that. Whatever takes a number asks
    ``number_or_text`` for it.
    """

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> str:
        """``text`` as a ``GroupedNumber``; unchanged if it is none, or too large for a float."""
        is_one = _GROUPED.fullmatch(text) is not None and math.isfinite(float(text))
        return cls(text) if is_one else text

    @property
    def number(self) -> float:
        """The number: an integer if it is written as one."""
        return int(self) if self.lstrip("+-").replace("_", "").isdigit() else float(self)


def pluralize(word: str, count: float | Fraction) -> str:
    """The form of a noun or verb for ``count``: ``step`` for 1, ``steps`` otherwise."""
    return word if count == 1 else _PLURALS.get(word, f"{word}s")


def with_commas(number: float) -> str:
    """``9,000``, ``12.5``: without the noise that arithmetic leaves in the last digits."""
    return f"{number:,.12g}" if isinstance(number, float) else f"{number:,}"


def without_commas(number: float) -> str:
    """``9000``, ``12.5``: the same as it is written in a spec."""
    return with_commas(number).replace(",", "")


def quantity(count: float, noun: str) -> str:
    """A number with its noun, thousands separated: ``1 step``, ``9,000 steps``."""
    return f"{with_commas(count)} {pluralize(noun, count)}"


def join_words(words: Sequence[str], conjunction: str = "and") -> str:
    """A list as a sentence has it: ``a``, ``a and b``, ``a, b and c``; empty for no words."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def join_first(words: Sequence[str], most: int, noun: str = "") -> str:
    """The first ``most`` words and how many are left: ``a, b and 3 more``, or ``3 more groups``."""
    left = len(words) - most
    if left <= 0:
        return ", ".join(words)
    more = f"{left} more {pluralize(noun, left)}" if noun else f"{left} more"
    return f"{', '.join(words[:most])} and {more}"


def join_equal(groups: Sequence[str]) -> str:
    """A common name for groups with equal curves: ``a = b``, or ``a … z (5 groups)``."""
    if len(groups) <= 3:
        return " = ".join(map(group_name, groups))
    return f"{group_name(groups[0])} … {group_name(groups[-1])} ({len(groups)} groups)"


def group_name(group: str) -> str:
    """The name of a parameter group for people: ``group 0`` if it is only a number."""
    return f"group {group}" if group.isdecimal() else group


def wrap_list(text: str, width: int, indent: str) -> list[str]:
    """``text`` in lines of at most ``width`` columns, broken at blanks; a longer word stays whole.

    A key and its value between commas stay on one line, as in `assumed: epochs 3, nesterov false`.

    Args:
        text: printable, without line breaks.
        width: of a line.
        indent: what every line but the first begins with.
    """
    lines: list[str] = []
    for word in _KEY_AND_VALUE.sub(rf"\1{_HELD}\2", text).split(" "):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{indent}{word}" if lines else word)
    return [line.replace(_HELD, " ") for line in lines]


def format_number(value: float, digits: int = 6) -> str:
    """``value`` in at most ``digits`` significant digits; whole numbers below 1e15 in full.

    A value that is not finite is ``nan``, ``inf`` or ``-inf``.
    """
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else f"{value:.{digits}g}"


def format_percent(ratio: float) -> str:
    """A ratio as a percentage in three digits: ``49.5%``, ``0.1%``, ``1050%``."""
    percent = 100 * ratio
    return f"{percent:.0f}%" if 99.95 <= percent < 1e7 else f"{percent:.3g}%"


def format_ticks(ticks: object) -> str:
    """A duration of a scheduler, or a list of them, in ticks: ``1 tick``, ``30, 60 ticks``.

    Texts, which are expressions with such numbers in them, stay as they are.
    """
    values = ticks if isinstance(ticks, (list, tuple)) else (ticks,)
    text = ", ".join(map(str, values))
    if any(isinstance(each, str) for each in values):
        return text
    return f"{text} {'tick' if text == '1' else 'ticks'}"


def yaml_flow(value: object) -> str:
    """``value`` as a spec has it on one line: ``true``, ``1e-05``, ``[30ep, 60ep]``, ``{a: 1}``.

    Numbers keep all of their digits.
    """
    if isinstance(value, Mapping):
        entries = (f"{yaml_flow(key)}: {yaml_flow(item)}" for key, item in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, str):
        is_plain = isinstance(value, GroupedNumber) or _PLAIN.fullmatch(value)
        return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Sequence):
        return "[" + ", ".join(yaml_flow(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value).replace("inf", ".inf").replace("nan", ".nan")
    return repr(value)
