"""The name that was probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST_PART = 3


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that ``name`` was probably meant to be, or None.

    Case does not count. A name spelled almost alike wins; failing that, the shortest one that
    contains ``name`` as a part (three letters at least).
    """
    wanted = name.casefold()
    folded = {candidate.casefold(): candidate for candidate in names}
    if close := get_close_matches(wanted, folded, n=1):
        return folded[close[0]]
    if len(wanted) < _SHORTEST_PART:
        return None
    return min((full for part, full in folded.items() if wanted in part), key=len, default=None)
