"""The nearest name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

_SHORTEST_PART = 3
_LONGEST = 100
_MOST = 1000
# difflib's comparison takes quadratic time: a hostile spec could make it long without these limits.


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of ``names`` that ``name`` was probably meant to be, or None.

    Case does not count. A name spelled almost alike wins; failing that, the shortest one that
    contains ``name`` as a part (three letters at least), hyphens and underscores aside.
    """
    if len(name) > _LONGEST:
        return None
    wanted = name.casefold()
    candidates = (each for each in islice(names, _MOST) if len(each) <= _LONGEST)
    folded = {candidate.casefold(): candidate for candidate in candidates}
    # `CosinAnnealingLR` is spelled almost like CosineAnnealingLR. `cosine` is too short to be like
    # it, but is a part of it and of CosineAnnealingWarmRestarts: the shorter one is suggested.
    if close := get_close_matches(wanted, folded, n=1):
        return folded[close[0]]
    wanted = _letters(wanted)
    if len(wanted) < _SHORTEST_PART:
        return None
    containing = (full for whole, full in folded.items() if wanted in _letters(whole))
    return min(containing, key=len, default=None)


def _letters(name: str) -> str:
    """``gpt3`` of ``gpt-3``."""
    return name.replace("-", "").replace("_", "")
