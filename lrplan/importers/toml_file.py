"""TOML as a tree of nodes, every value at its own place.

``tomllib`` reads the values, and refuses what is not TOML. It does not say where they are: that is
found by a second pass over the text, which is known to be valid by then.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from lrplan.config import toml_document
from lrplan.limits import NODES
from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.text_position import START, InputText, TextPosition

Path: TypeAlias = tuple["str | int", ...]
"""The keys and indices that lead to a value."""

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^\']|\'(?!\'\'))*\'{3,5}'
    r'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_BARE_KEY = re.compile(r"[\w-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]*")
_MAX_INT = 10**308
"""Whole numbers from here on have no float."""
_MAX_DEPTH = 100
_LONG_KEY = re.compile(rf"(?<![\w\"'-])(?:[\w\"'-]+[ \t]*\.[ \t]*){{{_MAX_DEPTH}}}")
"""A key with more parts than that: ``a.a.a. ...``."""


def parse_toml(source: InputText, problems: Problems) -> Node | None:
    """The tree of a TOML text; None where it cannot be read, after reporting why."""
    text = source.text.removeprefix("\ufeff")
    try:
        # tomllib takes minutes for a key of 100,000 parts.
        is_deep = _LONG_KEY.search(text) is not None
        document = {} if is_deep else toml_document(text)
        is_deep = is_deep or _is_deep(document)
    except RecursionError:
        is_deep = True
    except ValueError as error:
        problems.add("config-syntax", _place_of(error, text), f"this is not TOML: {_words(error)}")
        return None
    if is_deep:
        problems.add("over-budget", START, f"the config has more than {_MAX_DEPTH} levels")
        return None
    budget = _Budget(problems)
    root = budget.node(document, (), _Places(text).all(), START)
    if budget.left < 0:
        message = f"the config holds more than {NODES.value:,} values"
        problems.add("over-budget", START, message, fix=NODES.hint)
        return None
    return root


def _is_deep(document: object) -> bool:
    """Return True for more levels than a spec may have; `a.b.c = 1` has three."""
    level: list[Any] = [document]
    for _ in range(_MAX_DEPTH + 1):
        level = [
            each
            for outer in level
            for each in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(each, (dict, list))
        ]
        if not level:
            return False
    return True


def _words(error: ValueError) -> str:
    text = _AT.sub("", str(error))
    return text[:1].lower() + text[1:]


def _place_of(error: ValueError, text: str) -> TextPosition:
    match = _AT.search(str(error))
    if match is None:
        return START
    if match[1] is None:
        lines = text.split("\n")
        return TextPosition(len(lines), len(lines[-1]) + 1, len(lines), len(lines[-1]) + 2)
    line, column = int(match[1]), int(match[2])
    return TextPosition(line, column, line, column + 1)


class _Budget:
    """Makes nodes of values, and counts them.

    Args:
        problems: takes numbers that are too large.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.left = NODES.value

    def node(
        self,
        value: object,
        path: Path,
        places: Mapping[Path, tuple[TextPosition, TextPosition]],
        around: TextPosition,
    ) -> Node:
        """The node of a value.

        Args:
            value: as ``tomllib`` gives it.
            path: where it is.
            places: of keys and values that the text has.
            around: the place of what it is in, for a table without a line of its own.
        """
        self.left -= 1
        key, own = places.get(path, (around, around))
        if isinstance(value, dict):
            entries = {
                name: self.node(each, (*path, name), places, own) for name, each in value.items()
            }
            return Node(entries, own, key)
        if isinstance(value, list):
            items = (
                self.node(each, (*path, index), places, own) for index, each in enumerate(value)
            )
            return Node(tuple(items), own, key)
        if isinstance(value, int) and abs(value) >= _MAX_INT:
            name = ".".join(map(str, path))
            message = "the number has more than 308 digits"
            self._problems.add("bad-value", own, message, path=name)
            return Node(None, own, key)
        if isinstance(value, (bool, int, float, str)):
            return Node(value, own, key, quoted=isinstance(value, str))
        return Node(str(value), own, key)  # a date or a time, which YAML has as text too


class _Places:
    """Finds the keys and values in a valid TOML text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._places: dict[Path, tuple[TextPosition, TextPosition]] = {}
        self._tables: dict[Path, int] = {}
        """How many tables each array of tables (``[[a]]``) has so far."""

    def all(self) -> Mapping[Path, tuple[TextPosition, TextPosition]]:
        """The place of the key and of the value, by the path of each value."""
        prefix: Path = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                prefix = self._header()
            else:
                self._entry(prefix)
            self._skip(_BLANK)
        return self._places

    def _header(self) -> Path:
        """Read ``[a.b]`` or ``[[a.b]]``; the path of the table."""
        begin = self._at
        is_array = self._text.startswith("[[", begin)
        self._at += 2 if is_array else 1
        *parents, last = self._keys()
        path: Path = ()
        for key in parents:
            path = (*path, key)
            if path in self._tables:  # a table in the last one of an array
                path = (*path, self._tables[path] - 1)
        path = (*path, last)
        if is_array:
            self._tables[path] = self._tables.get(path, 0) + 1
            path = (*path, self._tables[path] - 1)
        self._at = self._text.index("]", self._at) + (2 if is_array else 1)
        place = self._position(begin, self._at)
        self._places[path] = place, place
        return path

    def _entry(self, prefix: Path) -> None:
        """Read ``a.b = value``, in a table or in braces."""
        begin = self._at
        path = (*prefix, *self._keys())
        key = self._position(begin, self._at)
        self._skip(_SPACE)
        self._at += 1  # the =
        self._skip(_SPACE)
        self._value(path, key)

    def _value(self, path: Path, key: TextPosition | None = None) -> None:
        begin = self._at
        first = self._text[begin]
        string = _STRING.match(self._text, begin)
        if string is not None:
            self._at = string.end()
        elif first == "[":
            for index in self._items("]"):
                self._value((*path, index))
        elif first == "{":
            for _ in self._items("}"):
                self._entry(path)
        else:
            scalar = _SCALAR.match(self._text, begin)
            self._at = begin if scalar is None else begin + len(scalar[0].rstrip())
        place = self._position(begin, self._at)
        self._places[path] = key or place, place

    def _items(self, end: str) -> Iterator[int]:
        """Move to each item of a list or of a table in braces, and at the end behind it."""
        self._at += 1
        index = 0
        while True:
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
            elif self._text[self._at] == end:
                self._at += 1
                return
            else:
                yield index
                index += 1

    def _keys(self) -> Sequence[str]:
        """Read ``a."b c".d``."""
        keys = []
        while True:
            self._skip(_SPACE)
            string = _STRING.match(self._text, self._at)
            found = string or _BARE_KEY.match(self._text, self._at)
            text = "" if found is None else found[0]
            keys.append(text if string is None else str(toml_document(f"key = {text}")["key"]))
            self._at += len(text)
            end = self._at
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                self._at = end
                return keys
            self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        self._at = self._at if match is None else match.end()

    def _position(self, begin: int, end: int) -> TextPosition:
        first, last = (bisect_right(self._lines, at) for at in (begin, max(begin, end - 1)))
        column = begin - self._lines[first - 1] + 1
        return TextPosition(first, column, last, end - self._lines[last - 1] + 1)
