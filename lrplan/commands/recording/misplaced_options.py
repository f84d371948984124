"""Options of ``record`` that were typed after the script, and are passed to the script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lrplan.specfile.files import UnreadableError, read_file
from lrplan.text import join_words, pluralize
from lrplan.text_position import printable

_OPTIONS: Final = ("--steps", "--epochs", "--set", "--spec", "--report")


def note_of_misplaced(script: str, arguments: Sequence[str]) -> str:
    """A sentence on options of ``record`` that only the script gets; empty if there are none.

    An option whose name is in the text of the script belongs to the script.
    """
    names = (each.partition("=")[0] for each in arguments)
    behind = list(dict.fromkeys(name for name in names if name in _OPTIONS))
    if not behind:
        return ""
    try:
        text = read_file(script)
    except UnreadableError:
        return ""
    unknown = [name for name in behind if name.removeprefix("--") not in text]
    if not unknown:
        return ""
    name = printable(script)
    verb = pluralize("is", len(unknown))
    return (
        f"{join_words(unknown)} after {name} {verb} passed to the script;"
        " options of record come before it"
    )
