"""Lists and mappings of a YAML text while they are being read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

from lrplan.node import Node
from lrplan.text_position import START, TextPosition

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class ComposedNode:
    """A finished value, and what it costs to repeat it.

    Args:
        node: the value.
        size: how many values it holds, itself counted.
        height: levels of nesting, itself counted.
        end: line and column where its text ends; for an alias, where the alias ends.
    """

    node: Node
    size: int = 1
    height: int = 1
    end: tuple[int, int] = (1, 1)


@dataclass(slots=True)
class Frame:
    """A list or mapping whose end has not come yet."""

    event: yaml.CollectionStartEvent
    is_key: bool
    """It stands where a key should; it is read, reported and dropped."""
    key: str | None = None
    """The key whose value comes next; None while a key is expected."""
    key_place: TextPosition | None = None
    merging: bool = False
    """The key is ``<<``."""
    dropping: bool = False
    """The key was refused, its value goes nowhere."""
    size: int = 1
    height: int = 0
    end: tuple[int, int] | None = None
    _elements: list[Node] = field(default_factory=list)
    _entries: dict[str, Node] = field(default_factory=dict)
    _merged: dict[str, Node] = field(default_factory=dict)
    _seen: dict[str, TextPosition] = field(default_factory=dict)

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping; a list otherwise."""
        return isinstance(self.event, yaml.MappingStartEvent)

    @property
    def wants_key(self) -> bool:
        """Whether the next value is a key."""
        return self.is_mapping and self.key is None

    @property
    def step(self) -> str:
        """How a path goes on from here: ``.key`` or ``[index]``."""
        if not self.is_mapping:
            return f"[{len(self._elements)}]"
        return "" if self.key is None else f".{self.key}"

    def take_key(self, text: str, place: TextPosition, *, merging: bool) -> TextPosition | None:
        """Expect the value of a key; gives the place where the same key stood before, if it did."""
        self.key, self.key_place, self.merging = text, place, merging
        first = self._seen.setdefault(text, place)
        self.dropping = first is not place
        return first if self.dropping else None

    def refuse_key(self) -> None:
        """Read the next value, but drop it."""
        self.key, self.dropping = "", True

    def put(self, built: ComposedNode) -> None:
        """Take a finished element, or the finished value of the key."""
        self.size += built.size
        self.height = max(self.height, built.height)
        self.end = built.end
        if not self.is_mapping:
            self._elements.append(built.node)
            return
        if self.key is not None and not (self.dropping or self.merging):
            self._entries[self.key] = built.node
        self.key, self.key_place, self.merging, self.dropping = None, None, False, False

    def merge(self, node: Node) -> Iterator[Node]:
        """Take the value of ``<<``: of several mappings the first that has a key gives its value.

        Yields what is no mapping.
        """
        for part in node.elements() if node.is_list else (node,):
            if not part.is_mapping:
                yield part
            for key, value in part.items():
                self._merged.setdefault(key, value)

    def finish(self, end: yaml.Event, key_place: TextPosition | None) -> ComposedNode:
        """The finished list or mapping. A block ends where its last value does."""
        start, stop = place_of(self.event), place_of(end)
        flow = (stop.end_line, stop.end_column)
        block = self.end or (start.end_line, start.end_column)
        last = flow if self.event.flow_style else block
        entries = {**self._merged, **self._entries}
        value = entries if self.is_mapping else tuple(self._elements)
        node = Node(value, TextPosition(start.line, start.column, *last), key_place)
        return ComposedNode(node, self.size, self.height + 1, last)


def place_of(event: yaml.Event) -> TextPosition:
    """The place of an event; PyYAML counts from 0."""
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return START
    return TextPosition(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
