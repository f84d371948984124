"""The words of a typed schedule, each a key and the value that it has in a spec.

The command line itself is the text of the source: the value of a word is read at the column where
it stands, so that a finding is shown below the word that it is about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lrplan.errors import UsageError
from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText, TextPosition, printable

_WORD = re.compile(r"(?P<key>[^\s=]+)=(?P<value>[^\n\r]*)")
_BEFORE = "v: "
"""The text before a value when it is read. A word is never at the first columns: there is room
for it."""
_FUNCTION = re.compile(r"lambda\b")
_NAME = re.compile(r"[A-Za-z_][\w.]*")
_MOST = 200
_OPTION = "--"


@dataclass(frozen=True, slots=True)
class Word:
    """``KEY=VALUE``.

    Args:
        key: as it was typed.
        value: the value, with its place in the command line.
        is_option: it was typed as an option, such as ``--epochs 90``.
    """

    key: str
    value: Node
    is_option: bool = False


def place_of_type(words: Sequence[str]) -> TextPosition:
    """The place of the first word."""
    return TextPosition(1, 1, 1, 1 + max(len(words[0]), 1))


def read_words(source: InputText, words: Sequence[str], problems: Problems) -> Iterator[Word]:
    """Yield the words behind the first; a value that is not YAML goes to ``problems``.

    Raises:
        UsageError: a word is not ``KEY=VALUE``, or there are too many.
    """
    if len(words) > _MOST:
        raise UsageError(f"a schedule of more than {_MOST} words belongs in a file")
    column = len(words[0]) + 2
    for word in words[1:]:
        match = _WORD.fullmatch(word)
        if match is None:
            raise UsageError(f"{printable(word)!r}: {_as_assignment(word, words)}")
        key = match["key"]
        begins = column + match.start("value")
        # What follows its colon would be a value in YAML; the reader of expressions knows better.
        is_function = _FUNCTION.match(match["value"]) is not None
        value_text = json.dumps(match["value"]) if is_function else match["value"]
        blanks = begins - 1 - len(_BEFORE) - is_function  # for the quote
        text = f"{' ' * blanks}{_BEFORE}{value_text}"
        parsed = parse(InputText(source.name, text), problems)
        value = None if parsed is None else parsed.get(_BEFORE[0])
        if value is not None:
            here = TextPosition(1, column, 1, column + len(key))
            placed = Node(value.value, value.place, here, value.quoted)
            if key.startswith(_OPTION):
                yield Word(key.removeprefix(_OPTION).replace("-", "_"), placed, is_option=True)
            else:
                yield Word(key, placed)
        column += len(word) + 1


def _as_assignment(word: str, words: Sequence[str]) -> str:
    """A hint for ``word``, which has no ``=``: joined with the next word if it has none either."""
    behind = words[words.index(word) + 1 :][:1]
    if _NAME.fullmatch(word) and behind and "=" not in behind[0]:
        return printable(f"write {word}={behind[0]}")
    return "write KEY=VALUE, such as lr=0.1"
