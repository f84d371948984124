"""Finds pairs of texts in a line, such as a step and its rate, in time linear in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_REACH = 2_000
"""Characters of a line between the two."""


def pairs_in_lines(
    text: str, first: re.Pattern[str], second: re.Pattern[str]
) -> Iterator[tuple[re.Match[str], re.Match[str]]]:
    """Each match of ``first`` with the next one of ``second`` in its line, without overlaps.

    One pattern for both would look through the rest of the line again at each match of ``first``:
    a line of nothing else would take hours. Here every character is searched once for each.
    """
    following = second.search(text)
    begin = 0
    for match in first.finditer(text):
        if match.start() < begin:
            continue
        if following is not None and following.start() < match.end():
            following = second.search(text, match.end())
        if following is None:
            return
        near = following.start() - match.end() <= _REACH
        if near and "\n" not in text[match.end() : following.start()]:
            yield match, following
            begin = following.end()
