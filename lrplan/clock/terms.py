"""Durations that are added and taken away: ``100% - 2000st``, ``rest - 5ep``, ``100% - warmup``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from lrplan.clock.duration import LARGEST, LONGEST, ClockError, Duration, Unit, parse_duration

REST = "rest"
"""The word for the whole length of a scheduler: of the run, or of its phase inside another one."""

# A sign is part of a number only after its exponent: `1e-3ep` is one duration.
_SIGN = re.compile(r"\s*(?<!\d[eE])([+-])\s*")
_NO_UNIT = re.compile(r"[0-9][0-9_.]*")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """A duration that is added, or with ``sign`` -1 taken away."""

    sign: int
    duration: Duration | None
    """None: ``rest``."""


Names: TypeAlias = "Mapping[str, tuple[Term, ...]]"
"""Lengths that a spec gives names to."""


def parse_terms(text: str, default: Unit = "ep", names: Names | None = None) -> tuple[Term, ...]:
    """Read a duration, ``rest``, a name, or several of them with ``+`` or ``-`` in between.

    ``100% - 2000st`` gives 100 percent with sign 1, and 2000 steps with sign -1.

    Args:
        text: the duration as written in a spec.
        default: the unit to suggest if there is none.
        names: what may stand for a duration; None if nothing has a name.

    Raises:
        ClockError: a part is no duration; ``fix`` names the nearest right spelling.
    """
    if len(text) > LONGEST or text.lstrip().startswith("-"):
        return (Term(1, parse_duration(text, default)),)  # raises
    parts = _SIGN.split(text.strip())
    signs = ["+", *parts[1::2]]
    terms: list[Term] = []
    for sign, part in zip(signs, parts[::2], strict=True):
        factor = 1 if sign == "+" else -1
        if names is not None and part in names:
            terms += (Term(factor * each.sign, each.duration) for each in names[part])
            continue
        if names is not None and part != REST and _NAME.fullmatch(part):
            raise _unknown(part, names, alone=len(signs) == 1)
        terms.append(Term(factor, _read(part, text, default, alone=len(signs) == 1)))
    return tuple(terms)


def add_up(terms: Sequence[Term]) -> tuple[Term, ...]:
    """The same length with one term for each unit: ``5ep - 2ep + 3st`` is ``3ep + 3st``.

    A name may stand for a sum of names, and each of these for another: added up, it stays short.

    Raises:
        ClockError: a number that is too large for any run.
    """
    return tuple(_sums(terms))


def _sums(terms: Sequence[Term]) -> Iterator[Term]:
    amounts: dict[Unit, Fraction] = {}
    for term in terms:
        if term.duration is not None:
            before = amounts.get(term.duration.unit, Fraction(0))
            amounts[term.duration.unit] = before + term.sign * term.duration.amount
    for unit, amount in amounts.items():
        if abs(amount) > LARGEST:
            raise ClockError("it is too long for any run", fix="check the numbers")
        yield Term(1 if amount >= 0 else -1, Duration(abs(amount), unit))


def _unknown(name: str, names: Names, *, alone: bool) -> ClockError:
    close = difflib.get_close_matches(name, names, n=1)
    fix = f"`let` has {', '.join(names)}" if names else "names stand above what uses them"
    if not close:
        return ClockError(f"there is no length `{name}`", fix=fix)
    new = close[0] if alone else ""
    return ClockError(f"there is no length `{name}`", fix=f"did you mean `{close[0]}`?", new=new)


def _read(part: str, text: str, default: Unit, *, alone: bool) -> Duration | None:
    if part == REST:
        return None
    if not alone and not part:
        message = f'"{text}" lacks a duration before or after a sign'
        raise ClockError(message, fix="write a difference as in 100% - 2000st")
    if not alone and _NO_UNIT.fullmatch(part):
        raise ClockError(f'"{part}" has no unit', fix=f"give one, as in {part}{default}")
    return parse_duration(text if alone else part, default)
