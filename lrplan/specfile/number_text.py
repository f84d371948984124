"""Texts that are meant as a number: ``"50,000"``, ``10%``, ``"1e-3"``."""

from __future__ import annotations

import math
import re

_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_DECIMAL_COMMA = re.compile(r"[-+]?[0-9]+,[0-9]+(?:[eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")


def number_in(text: str) -> float | None:
    """The number that ``text`` stands for: ``1e-3``, ``10%``, ``50,000``, ``0,1``; None for others.

    A comma before three digits separates thousands, any other one is a decimal comma.
    """
    plain = text.strip().replace("_", "")
    share = plain.endswith("%")
    plain = plain.removesuffix("%").rstrip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif _DECIMAL_COMMA.fullmatch(plain):
        plain = plain.replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if share:
        return float(f"{number / 100:.12g}")
    return int(number) if _INTEGER.fullmatch(plain) else number
