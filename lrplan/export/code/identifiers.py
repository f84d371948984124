"""Identifiers made from names of a spec, which may be any text."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

_LONGEST = 40
# A word starts at a capital after a small letter (cosine|Annealing), and at the last of several
# capitals before a small letter (LR|On): `ReduceLROnPlateau` is `reduce_lr_on_plateau`.
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class UniqueNames:
    """Identifiers of one module: each is given out once.

    Args:
        taken: names that the module uses already; keywords and builtins are never handed out.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {*taken, *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}

    def new(self, preferred: str, otherwise: str) -> str:
        """An unused identifier like ``wish``: ``Head lr`` gives ``head_lr``, then ``head_lr_2``.

        ``otherwise`` is used when ``wish`` has no letter of the identifier's alphabet.
        """
        plain = _plain(preferred) or otherwise
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
