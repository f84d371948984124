"""JSON with comments as text that the YAML reader takes, every value at its own place."""

from __future__ import annotations

import re

# A comment without an end goes to the end of the text: a search for `*/` from each of a million
# `/*` would take for ever.
_PART = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z))|(?P<comma>,(?=\s*[}\]]))|(?P<tab>\t)',
    re.DOTALL,
)
_HEAD = 20_000


def without_comments(text: str) -> str:
    """``text`` with spaces in place of comments, tabs and a last comma.

    JSON is YAML but for these, so that one reader finds the line and column of every value. No
    character moves: ``{"lr": 1, // peak`` keeps its columns.
    """
    return _PART.sub(_blank, text)


def begins_json(text: str) -> bool:
    """Return True if the first thing in ``text``, comments aside, is a brace."""
    return without_comments(text[:_HEAD]).lstrip().startswith("{")


def _blank(match: re.Match[str]) -> str:
    if match.lastgroup is None:  # a string: what is in it stays
        return match[0]
    return re.sub(r"[^\n]", " ", match[0])
