"""A spec as a tree of nodes, each with the line and column of its value and of its key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from lrplan.text import GroupedNumber
from lrplan.text_position import TextPosition

__all__ = ["GroupedNumber", "Node", "Scalar", "merge", "number_or_text"]
Scalar: TypeAlias = bool | int | float | str | None
"""A value of a spec that is neither a list nor a mapping."""

INDEX = re.compile(r"\.?\[([0-9]{1,9})\]")


def number_or_text(value: object) -> object:
    """``1_000`` as the number 1000; every other value as it is."""
    return value.number if isinstance(value, GroupedNumber) else value


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a spec. Treat it as immutable: an anchor and its aliases share their nodes.

    Args:
        value: a scalar as a Python value, a tuple of nodes for a list, a dict for a mapping.
        place: position of the value; of the anchored value, if an alias repeats it.
        key_place: position of its key, when it is the value of a mapping.
        quoted: written in quotes (or as a block scalar), so it is a string on purpose.
    """

    value: Scalar | tuple[Node, ...] | Mapping[str, Node]
    place: TextPosition
    key_place: TextPosition | None = None
    quoted: bool = False

    @property
    def is_mapping(self) -> bool:
        """True for a mapping."""
        return isinstance(self.value, Mapping)

    @property
    def is_list(self) -> bool:
        """True for a list."""
        return isinstance(self.value, tuple)

    @property
    def is_scalar(self) -> bool:
        """True for a value that is neither a list nor a mapping."""
        return not isinstance(self.value, (tuple, Mapping))

    @property
    def number(self) -> float | None:
        """The number that it is, also with underscores (``1_000``); None for anything else."""
        value = self.value.number if isinstance(self.value, GroupedNumber) else self.value
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    @property
    def kind(self) -> str:
        """The type, for messages: ``a mapping``, ``a list``, ``a string``, ..."""
        value = self.value
        if value is None:
            return "nothing"
        if isinstance(value, bool):
            return "a boolean"
        if isinstance(value, (int, float)):
            return "a number"
        if isinstance(value, str):
            return "a string"
        return "a mapping" if isinstance(value, Mapping) else "a list"

    def items(self) -> tuple[tuple[str, Node], ...]:
        """Keys and values of a mapping, in order; empty for anything else."""
        return tuple(self.value.items()) if isinstance(self.value, Mapping) else ()

    def elements(self) -> tuple[Node, ...]:
        """The elements of a list, in order; empty for anything else."""
        return self.value if isinstance(self.value, tuple) else ()

    def element(self, index: int) -> Node | None:
        """The element at ``index`` (from 0) of a list; None when there is none."""
        elements = self.elements()
        return elements[index] if 0 <= index < len(elements) else None

    def keys(self) -> tuple[str, ...]:
        """The keys of a mapping, in order; empty for anything else."""
        return tuple(self.value) if isinstance(self.value, Mapping) else ()

    def get(self, key: str) -> Node | None:
        """The value under ``key``; None when there is none, or this is not a mapping."""
        return self.value.get(key) if isinstance(self.value, Mapping) else None

    def to_python(self) -> object:
        """The value as new dicts, lists and scalars, without positions."""
        if isinstance(self.value, Mapping):
            return {key: node.to_python() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.to_python() for node in self.value]
        return self.value

    def walk(self) -> Iterator[Node]:
        """Yield this node and all nodes below it, in the order of the text."""
        yield self
        children = (node for _, node in self.items()) if self.is_mapping else self.elements()
        for child in children:
            yield from child.walk()

    def find(self, path: Sequence[str | int]) -> Node | None:
        """The node at ``path``, a key or an index (from 0) for each level; None if there is none.

        ``node.find(["scheduler", "schedulers", 0, "T_max"])``
        """
        node: Node | None = self
        for key in path:
            if node is None:
                return None
            node = node.get(key) if isinstance(key, str) else node.element(key)
        return node

    def nearest(self, path: str) -> Node:
        """The deepest existing node on the way to ``path``.

        Args:
            path: ``scheduler.schedulers[0].T_max``. Keys may hold dots and brackets themselves:
                if several keys fit, the longest is taken.
        """
        node, rest = self, path
        while rest:
            child, rest = node._enter(rest)
            if child is None:
                return node
            node = child
        return node

    def place_at(self, offset: int, length: int = 1) -> TextPosition:
        """The position of a part of this string, ``length`` characters from index ``offset``.

        It is the position of the whole value if its text has escapes or several lines.
        """
        # `expr: "cos(y)"` takes 8 columns for 6 characters: with the quotes that is one column a
        # character, so index 4 is 5 columns on. If the widths differ, there are escapes or several
        # lines in between, and no column is certain.
        place = self.place
        width = place.end_column - place.column
        quote = 1 if self.quoted else 0
        is_verbatim = isinstance(self.value, str) and width == len(self.value) + 2 * quote
        if not is_verbatim or place.line != place.end_line:
            return place
        start = min(place.column + quote + max(offset, 0), place.end_column - 1)
        return TextPosition(place.line, start, place.line, min(start + length, place.end_column))

    def _enter(self, path: str) -> tuple[Node | None, str]:
        """The child that ``path`` enters, and what is left of the path."""
        if self.is_list:
            index = INDEX.match(path)
            return (self.element(int(index[1])), path[index.end() :]) if index else (None, path)
        path = path.removeprefix(".")
        fitting = [key for key in self.keys() if _enters(path, key)]
        if not fitting:
            return None, path
        # With the schedules `v1` and `v1.2`, the path `v1.2.scheduler` fits both keys: the longest
        # is meant, since `v1` has no key `2`. A key has to end where a dot, a bracket or the end
        # follows, so that `T` does not enter `T_max`.
        key = max(fitting, key=len)
        return self.get(key), path[len(key) :]


def merge(defaults: Node | None, own: Node | None) -> Node | None:
    """``own`` on top of ``defaults``: two mappings are merged key by key, one level deep.

    Keys of ``own`` win. An ``own`` that is null (a key with nothing after it) overrides nothing;
    anything else that is not a mapping replaces ``defaults``.
    """
    # Every value keeps its place: with `training: {epochs: 3, steps: 9}` at the top of a file and
    # `training: {epochs: 0}` in a schedule, the 0 is reported in the schedule, and a wrong `steps`
    # at the top. The merged mapping itself has the place of the schedule's, for problems that only
    # both together have.
    if own is None or defaults is None:
        return own or defaults
    if own.value is None:
        return defaults
    if not (isinstance(own.value, Mapping) and isinstance(defaults.value, Mapping)):
        return own
    return replace(own, value={**defaults.value, **own.value})


def _enters(path: str, key: str) -> bool:
    return path.startswith(key) and path[len(key) : len(key) + 1] in {"", ".", "["}
