"""Detects misspellings that are certain enough to be corrected without asking."""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONG = 8
_LONGEST = 100
_WORDS = re.compile(r"[^\W_]+")


def misspelt(name: str, names: Iterable[str]) -> str | None:
    """The one of ``names`` that ``name`` is a misspelling of; None if none or several are."""
    if len(name) > _LONGEST:
        return None
    found = [each for each in names if is_misspelling(name, each)]
    return found[0] if len(found) == 1 else None


def is_misspelling(name: str, right: str) -> bool:
    """Return True if ``name`` is ``right`` apart from case, separators and slips of the keyboard.

    One letter may be wrong, missing, added or swapped with the next, and two in a name of eight
    letters. A word more or less (``eval_steps``, ``steps``) or another word (``min_lr``,
    ``max_lr``) is another name.
    """
    words, right_words = (_WORDS.findall(each.casefold()) for each in (name, right))
    letters, right_letters = "".join(words), "".join(right_words)
    if letters == right_letters:
        return True
    most = 2 if len(right_letters) >= _LONG else 1
    if abs(len(letters) - len(right_letters)) > most or _distance(letters, right_letters) > most:
        return False
    if len(words) != len(right_words):
        return not (set(words) <= set(right_words) or set(right_words) <= set(words))
    # Two letters of three are another word (`min`, `max`), two of seven are a slip.
    return all(
        2 * _distance(word, other) < max(len(word), len(other))
        for word, other in zip(words, right_words, strict=True)
        if word != other
    )


def _distance(first: str, second: str) -> int:
    """The number of letters to change, add, remove or swap with the next one."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, letter in enumerate(first, 1):
        previous, row = row, [i]
        for j, other in enumerate(second, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == second[j - 2] and first[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = previous
    return row[-1]
