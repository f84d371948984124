"""Identifiers for what a spec names freely."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 40
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Names:
    """Hands out identifiers, each of them once.

    Args:
        taken: names that the module uses already; keywords and builtins are never handed out.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}

    def new(self, wish: str, otherwise: str) -> str:
        """An identifier close to ``wish``; to ``otherwise`` when nothing of it is left."""
        plain = _plain(wish) or otherwise
        name, count = plain, 1
        while name in self._taken:
            count += 1
            name = f"{plain}_{count}"
        self._taken.add(name)
        return name


def snake_case(name: str) -> str:
    """``CosineAnnealingLR`` as ``cosine_annealing_lr``."""
    return _WORD_STARTS.sub("_", name).lower()


def _plain(text: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", text[: 4 * _LONGEST].lower()).strip("_")
    return "" if words[:1].isdigit() else words[:_LONGEST].rstrip("_")
