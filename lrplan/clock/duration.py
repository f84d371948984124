"""Durations with a unit: ``5ep``, ``500st``, ``100ba``, ``1_000sp``, ``2_000_000tok``, ``10%``.

This module only parses them. ``Clock.resolve`` in ``clock.py`` converts them into calls of a
scheduler: ``Batching.to_ticks`` gives the exact number of ticks; divided by the scheduler's
frequency, that is the number of calls. Loops that count otherwise are in ``loops/``.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Literal, get_args

Unit = Literal["ep", "st", "ba", "sp", "tok", "%"]

UNITS: Mapping[Unit, str] = MappingProxyType(
    {
        "ep": "epochs",
        "st": "optimizer steps",
        "ba": "batches",
        "sp": "samples",
        "tok": "tokens",
        "%": "percent of the run",
    }
)
"""Every unit, and what it counts."""

LARGEST = 10**18
"""The largest amount of a unit."""
LONGEST = 80
"""Characters of a duration."""

# An `e` is an exponent only after a digit and before one, or before a sign and one: `2e6tok` is
# 2000000 tokens and `2ep` 2 epochs. The pattern also takes no number at all (`ep`), which is
# refused where it is used.
_NUMBER = re.compile(
    r"(?P<number>(?:\d+(?:_\d+)*)?(?:\.\d+(?:_\d+)*)?(?:(?<=\d)[eE][+-]?\d{1,3}(?!\d))?)"
    r"\s*(?P<unit>.*)",
    re.ASCII,
)

_MAGNITUDES: Mapping[str, str] = MappingProxyType(
    {"k": "e3", "K": "e3", "M": "e6", "G": "e9", "B": "e9", "T": "e12"}
)

_WORDS: Mapping[str, Unit] = MappingProxyType(
    {
        **dict.fromkeys(("e", "ep", "eps", "epoch", "epochs"), "ep"),
        **dict.fromkeys(("st", "step", "steps", "update", "updates"), "st"),
        **dict.fromkeys(("it", "its", "iter", "iters", "iteration", "iterations"), "st"),
        **dict.fromkeys(("b", "ba", "batch", "batches", "minibatch", "microbatches"), "ba"),
        **dict.fromkeys(("sp", "sample", "samples", "example", "examples"), "sp"),
        **dict.fromkeys(("img", "imgs", "image", "images"), "sp"),
        **dict.fromkeys(("t", "tok", "toks", "token", "tokens"), "tok"),
        **dict.fromkeys(("%", "pct", "percent", "per cent"), "%"),
    }
)

_EXAMPLES = (
    "a whole number of ticks, or a number and a unit: 5ep, 500st, 100ba, 1_000sp, 2e6tok, 10%"
)


class ClockError(ValueError):
    """A training timeline, or a duration in it, that cannot be computed.

    Args:
        message: what is wrong, without the place.
        key: the key of ``training`` that is wrong or missing; empty when it is the duration.
        fix: what to write instead.
        new: the value to write, if only one can be meant.
    """

    def __init__(self, message: str, *, key: str = "", fix: str = "", new: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.key = key
        self.fix = fix
        self.new = new


@dataclass(frozen=True, slots=True)
class Duration:
    """An exact amount (not negative) of a unit."""

    amount: Fraction
    unit: Unit


def parse_duration(text: str, default: Unit = "ep") -> Duration:
    """Read a duration: a decimal number, optional spaces, and one of ``UNITS``.

    The number may have underscores, a fraction and an exponent (``2_000tok``, ``2.4ep``,
    ``1e6tok``); nothing is rounded.

    Args:
        text: the duration as written in a spec.
        default: the unit to suggest if there is none.

    Returns:
        The exact amount and its unit.

    Raises:
        ClockError: no number, no unit, an unknown unit, a negative or an absurdly large amount;
            ``fix`` names the nearest right spelling.
    """
    stripped = text.strip()
    if stripped.startswith("-"):
        raise ClockError(f"{_quoted(text)} is negative", fix="durations count forward from 0")
    match = _NUMBER.fullmatch(stripped) if len(stripped) <= LONGEST else None
    if match is None or not match["number"]:
        raise ClockError(f"{_quoted(text)} is not a duration", fix=f"write {_EXAMPLES}")
    unit = next((unit for unit in get_args(Unit) if unit == match["unit"]), None)
    if unit is None:
        raise _wrong_unit(text, match["number"], match["unit"], default)
    amount = Fraction(match["number"].replace("_", ""))
    if amount > LARGEST:
        raise ClockError(f"{_quoted(text)} is too long for any run", fix="check the number")
    return Duration(amount, unit)


def whole_ticks(value: float, default: Unit = "ep") -> int:
    """``value`` as a whole number of ticks: an integer as it is, ``30.0`` as 30.

    Args:
        value: a number without a unit.
        default: the unit to suggest for one with a fraction.

    Raises:
        ClockError: a boolean, an infinity, not a number, or a number with a fraction.
    """
    if isinstance(value, bool):
        raise ClockError(f"{value} is not a number of ticks", fix=f"write {_EXAMPLES}")
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        raise ClockError(f"{value} is not a number of ticks", fix=f"write {_EXAMPLES}")
    if value.is_integer():
        return int(value)
    message = f"{value:g} is not a whole number of ticks"
    if 0 < value < 1:
        share = f"{100 * value:.12g}%"
        raise ClockError(message, fix=f"write {share} for that share of the run", new=share)
    whole = f"{math.floor(value)} or {math.ceil(value)}"
    raise ClockError(message, fix=f"write {whole}, or give a unit as in {value:g}{default}")


def nearest(value: Fraction) -> int:
    """The whole number nearest to ``value``, halves up."""
    # round() would take halves to the even neighbor: 2.5 to 2, but 3.5 to 4.
    return math.floor(value + Fraction(1, 2))


def _wrong_unit(text: str, number: str, unit: str, default: Unit) -> ClockError:
    quoted = _quoted(text)
    if not unit:
        return _no_unit(quoted, number, default)
    if not (unit[0].isalpha() or unit[0] == "%"):
        return ClockError(f"{quoted} is not a duration", fix=f"write {_EXAMPLES}")
    # Words come before magnitudes: `5B` is 5 batches in capitals, while `5Btok` can only be 5e9tok.
    # Short words are near to anything, so only the longer ones are guessed: `5epoks` is 5ep.
    lower = unit.lower()
    if lower in _WORDS:
        new = f"{number}{_WORDS[lower]}"
        return ClockError(f"{quoted} has the unit {unit!r}", fix=f"write {new}", new=new)
    magnitude, rest = _MAGNITUDES.get(unit[0]), unit[1:].strip().lower()
    if magnitude and (not rest or rest in _WORDS):
        fix = _magnified(number, magnitude, _WORDS.get(rest))
        return ClockError(f"{quoted} has the suffix {unit[0]!r}", fix=fix)
    close = difflib.get_close_matches(lower, [word for word in _WORDS if len(word) > 3], n=1)
    table = ", ".join(f"{unit} ({meaning})" for unit, meaning in UNITS.items())
    new = f"{number}{_WORDS[close[0]]}" if close else ""
    fix = f"write {new}" if close else f"units are {table}"
    return ClockError(f"{quoted} has the unknown unit {unit!r}", fix=fix, new=new)


def _no_unit(quoted: str, number: str, default: Unit) -> ClockError:
    message, amount = f"{quoted} has no unit", Fraction(number.replace("_", ""))
    if amount.denominator > 1 or amount > LARGEST:
        return ClockError(message, fix=f"give a unit, as in {number}{default}")
    counted = "" if default == "st" else " for ticks"
    fix = f"write {amount} without quotes{counted}, or give a unit, as in {number}{default}"
    return ClockError(message, fix=fix, new=str(amount))


def _magnified(number: str, exponent: str, unit: Unit | None) -> str:
    if "e" in number.lower():
        return "write the number out"
    return (
        f"write {number}{exponent}{unit}"
        if unit
        else f"write {number}{exponent}st, or with another unit"
    )


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= LONGEST else f'"{text[: LONGEST - 3]}..."'
