"""Arguments of the form ``PATH`` or ``PATH:NAME``: a file, and a schedule in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lrplan.commands.typed_schedule.schedule import typed_schedule_words
from lrplan.recipes import PREFIX, name_in
from lrplan.specfile.files import is_file

_DRIVE = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Operand:
    """A file, and a schedule in it when one is named."""

    path: str
    name: str | None = None


def operand_of(text: str) -> Operand:
    r"""Split ``PATH`` or ``PATH:NAME``: the longest part that is a file is the path.

    So a path may hold colons, and so may a name: of ``C:\runs\a.yaml:b:c`` the path is
    ``C:\runs\a.yaml`` and the name ``b:c``. If nothing is a file, the part before the last colon is
    the path, unless it is the letter of a drive. ``recipe:llama1`` is a path, and
    ``recipe:llama1:run`` a schedule of it. A schedule that is typed in one argument is whole.
    """
    if (recipe := name_in(text)) is not None:
        recipe, _, name = recipe.partition(":")
        return Operand(f"{PREFIX}{recipe}", name or None)
    cuts = [index for index, character in enumerate(text) if character == ":"]
    for cut in (len(text), *reversed(cuts)):
        if text[:cut] == "-" or is_file(text[:cut]):
            return Operand(text[:cut], text[cut + 1 :] or None)
    if typed_schedule_words(text):
        return Operand(text)
    if not cuts or _DRIVE.fullmatch(text[: cuts[-1]]):
        return Operand(text)
    return Operand(text[: cuts[-1]], text[cuts[-1] + 1 :] or None)
