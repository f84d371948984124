"""Lists and mappings of a YAML text while they are being read, with merge keys (``<<``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from lrplan.node import Node
from lrplan.text_position import START, TextPosition


@dataclass(frozen=True, slots=True)
class ComposedNode:
    """A finished value, with its size and height for the limits when an alias repeats it.

    Args:
        node: the value.
        size: the number of values in it, itself counted.
        height: levels of nesting, itself counted.
        end: line and column where its text ends; for an alias, where the alias ends.
    """

    node: Node
    size: int = 1
    height: int = 1
    end: tuple[int, int] = (1, 1)


@dataclass(slots=True)
class OpenContainer:
    """A list or mapping that is being read: its end event has not come yet."""

    event: yaml.CollectionStartEvent
    is_key: bool
    """True in the place of a key, which must be text: the container is read, reported and
    dropped."""
    key: str | None = None
    """The key whose value comes next; None while a key is expected."""
    key_place: TextPosition | None = None
    is_merge_key: bool = False
    """The key is ``<<``."""
    drops_value: bool = False
    """The key was refused: its value is read and dropped."""
    size: int = 1
    height: int = 0
    end: tuple[int, int] | None = None
    _elements: list[Node] = field(default_factory=list)
    _entries: dict[str, Node] = field(default_factory=dict)
    _merged: dict[str, Node] = field(default_factory=dict)
    _seen: dict[str, TextPosition] = field(default_factory=dict)

    @property
    def is_mapping(self) -> bool:
        """True for a mapping, False for a list."""
        return isinstance(self.event, yaml.MappingStartEvent)

    @property
    def wants_key(self) -> bool:
        """True if the next value is a key of this mapping."""
        return self.is_mapping and self.key is None

    @property
    def path_part(self) -> str:
        """The part that this container adds to a path: ``.key`` or ``[index]``."""
        if not self.is_mapping:
            return f"[{len(self._elements)}]"
        return "" if self.key is None else f".{self.key}"

    def take_key(
        self, text: str, place: TextPosition, *, is_merge_key: bool
    ) -> TextPosition | None:
        """Expect the value of a key; return the place of the same key before, if there was one."""
        self.key, self.key_place, self.is_merge_key = text, place, is_merge_key
        first_place = self._seen.setdefault(text, place)
        self.drops_value = first_place is not place
        return first_place if self.drops_value else None

    def refuse_key(self) -> None:
        """Read the next value, but drop it."""
        self.key, self.drops_value = "", True

    def put(self, composed: ComposedNode) -> None:
        """Take a finished element, or the finished value of the key."""
        self.size += composed.size
        self.height = max(self.height, composed.height)
        self.end = composed.end
        if not self.is_mapping:
            self._elements.append(composed.node)
            return
        if self.key is not None and not (self.drops_value or self.is_merge_key):
            self._entries[self.key] = composed.node
        self.key, self.key_place, self.is_merge_key, self.drops_value = None, None, False, False

    def merge(self, node: Node) -> Iterator[Node]:
        """Merge the value of ``<<``, a mapping or a list of them; yield every part that is neither.

        Keys of the mapping itself win over merged ones, wherever ``<<`` is, and of several
        merged mappings the first that has a key gives its value. Each value keeps its own place::

            base: &base {lr: 0.1, momentum: 0.9}
            optimizer: {<<: *base, lr: 0.2}  # momentum is reported on line 1, lr on line 2
        """
        for part in node.elements() if node.is_list else (node,):
            if not part.is_mapping:
                yield part
            for key, value in part.items():
                self._merged.setdefault(key, value)

    def finish(self, end: yaml.Event, key_place: TextPosition | None) -> ComposedNode:
        """The finished list or mapping."""
        # `{a: 1}` ends at its brace. A block has no such sign: the parser reports its end at the
        # start of whatever follows, lines later, so it is taken to end where its last value does.
        start, stop = place_of(self.event), place_of(end)
        flow = (stop.end_line, stop.end_column)
        block = self.end or (start.end_line, start.end_column)
        last = flow if self.event.flow_style else block
        entries = {**self._merged, **self._entries}
        value = entries if self.is_mapping else tuple(self._elements)
        node = Node(value, TextPosition(start.line, start.column, *last), key_place)
        return ComposedNode(node, self.size, self.height + 1, last)


def place_of(event: yaml.Event) -> TextPosition:
    """The place of an event in the text, counted from 1; PyYAML counts from 0."""
    start, end = event.start_mark, event.end_mark
    if start is None or end is None:
        return START
    return TextPosition(start.line + 1, start.column + 1, end.line + 1, end.column + 1)
