"""Completion in bash, which splits words at colons: joins the words that belong together.

``recipe:llama1`` comes as three words, and what is offered replaces the last of them. So the words
are joined before the completion is looked up, and the part before the last colon is removed from
each offer.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager, redirect_stdout

_ASKED, _VALUE = "_LRPLAN_COMPLETE", "complete_bash"
_WORDS, _CURRENT = "COMP_WORDS", "COMP_CWORD"
_COLONS = {":"}


@contextmanager
def whole_words(environment: MutableMapping[str, str] = os.environ) -> Iterator[None]:
    """Join the words of bash around colons, if a completion is asked for."""
    current = environment.get(_CURRENT, "")
    if environment.get(_ASKED) != _VALUE or not current.isdecimal():
        yield
        return
    words, position, before = join_around_colons(
        environment.get(_WORDS, "").split("\n"), int(current)
    )
    environment[_WORDS], environment[_CURRENT] = "\n".join(words), str(position)
    offered = io.StringIO()
    try:
        with redirect_stdout(offered):
            yield
    finally:
        for line in offered.getvalue().splitlines(keepends=True):
            sys.stdout.write(line.removeprefix(before))


def join_around_colons(words: Sequence[str], current: int) -> tuple[list[str], int, str]:
    """Join the words around colons.

    Args:
        words: as bash has them.
        current: the index of the word that is completed.

    Returns:
        The words, the index of the one that is completed, and its part before the last colon and
        with it; empty if it was whole.
    """
    whole: list[str] = []
    position, before, is_open = current, "", False
    for index, word in enumerate(words):
        is_colon = bool(word) and set(word) == _COLONS
        # An empty word is a new one, after a space.
        if whole and word and (is_colon or is_open):
            whole[-1] += word
        else:
            whole.append(word)
        if index == current:
            position = len(whole) - 1
            before = whole[-1] if is_colon else whole[-1].removesuffix(word)
        is_open = is_colon
    return whole, position, before
