"""Durations that are added and taken away: ``100% - 2000st``, ``rest - 5ep``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lrplan.clock.duration import LONGEST, ClockError, Duration, Unit, parse_duration

REST = "rest"
"""The word for the whole length of a scheduler: of the run, or of its phase inside another one."""

# A sign is part of a number only after its exponent: `1e-3ep` is one duration.
_SIGN = re.compile(r"\s*(?<!\d[eE])([+-])\s*")
_NO_UNIT = re.compile(r"[0-9][0-9_.]*")


@dataclass(frozen=True, slots=True)
class Term:
    """A duration that is added, or with ``sign`` -1 taken away."""

    sign: int
    duration: Duration | None
    """None: ``rest``."""


def parse_terms(text: str, default: Unit = "ep") -> tuple[Term, ...]:
    """Read a duration, ``rest``, or several of them with ``+`` or ``-`` in between.

    ``100% - 2000st`` gives 100 percent with sign 1, and 2000 steps with sign -1.

    Args:
        text: the duration as written in a spec.
        default: the unit to suggest where there is none.

    Raises:
        ClockError: a part is no duration; ``fix`` names the nearest right spelling.
    """
    if len(text) > LONGEST or text.lstrip().startswith("-"):
        return (Term(1, parse_duration(text, default)),)  # raises
    parts = _SIGN.split(text.strip())
    signs = ["+", *parts[1::2]]
    return tuple(
        Term(1 if sign == "+" else -1, _read(part, text, default, alone=len(signs) == 1))
        for sign, part in zip(signs, parts[::2], strict=True)
    )


def _read(part: str, text: str, default: Unit, *, alone: bool) -> Duration | None:
    if part == REST:
        return None
    if not alone and not part:
        message = f'"{text}" lacks a duration beside a sign'
        raise ClockError(message, fix="write a difference as in 100% - 2000st")
    if not alone and _NO_UNIT.fullmatch(part):
        raise ClockError(f'"{part}" has no unit', fix=f"give one, as in {part}{default}")
    return parse_duration(text if alone else part, default)
