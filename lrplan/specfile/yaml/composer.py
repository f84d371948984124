"""Composes a tree of nodes, each with its line and column, from the events of a YAML parser.

For ``optimizer: {type: SGD}`` PyYAML sends: mapping start, scalar ``optimizer``, mapping start,
scalar ``type``, scalar ``SGD``, mapping end, mapping end, each with its position. Every start
pushes an open container on a stack, every end pops it and puts the finished node into the one
below. It is a stack and not recursion so that a text nested a thousand levels deep is a problem to
report, not a RecursionError.

Aliases are counted in full. A few lines in which each anchor repeats the one before ten times (the
"billion laughs") stand for millions of values but share their nodes, so only the count grows, and
reading stops when it passes the limit.
"""

from __future__ import annotations

import re
from dataclasses import replace

import yaml

from lrplan.limits import NODES
from lrplan.node import Node, Scalar
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.containers import ComposedNode, OpenContainer, place_of
from lrplan.specfile.yaml.core_schema import CORE, ScalarError, clip, convert, resolve, short_tag
from lrplan.text_position import TextPosition

MAX_NODES = NODES.default
"""Values a spec may hold unless the environment says otherwise, aliases counted in full."""
MAX_DEPTH = 100
"""Levels of nesting, aliases followed."""
TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"
"""The message for a text with more of them."""

_MERGE = "<<"
_SURROGATE = re.compile("[\ud800-\udfff]")


class StopReadingError(Exception):
    """The rest of the text cannot be read; the reason is among the problems."""


class Composer:
    """Composes the tree of one text; ``root`` is set when its last event has been fed.

    Args:
        problems: where everything that is wrong is noted.
    """

    def __init__(self, problems: Problems) -> None:
        self.root: Node | None = None
        self._problems = problems
        self._stack: list[OpenContainer] = []
        self._anchors: dict[str, ComposedNode | None] = {}
        """None for a value that has begun and not ended."""
        self._documents = 0
        self._nodes = 0
        self._max_nodes = NODES.value

    def feed(self, event: yaml.Event) -> None:
        """Take the next event of the parser.

        Raises:
            StopReadingError: the rest cannot be read; the reason is among the problems.
        """
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event, event.anchor or "")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._document(event)

    @property
    def _wants_key(self) -> bool:
        return bool(self._stack) and self._stack[-1].wants_key

    @property
    def _key_place(self) -> TextPosition | None:
        return self._stack[-1].key_place if self._stack else None

    def _document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            message = "a second document begins here; a spec is one document"
            self._stop("yaml-syntax", place_of(event), message, fix="remove the `---`")

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = place_of(event)
        if self._wants_key:
            self._count(1, 0, place)
            is_merge = event.value == _MERGE and not event.style and event.tag is None
            self._take_key(event.value, place, is_merge_key=is_merge)
            self._remember(event.anchor, ComposedNode(Node(event.value, place)))
            return
        node = Node(self._value(event, place), place, self._key_place, bool(event.style))
        composed = ComposedNode(node, end=(place.end_line, place.end_column))
        self._remember(event.anchor, composed)
        self._attach(composed)

    def _value(self, event: yaml.ScalarEvent, place: TextPosition) -> Scalar:
        text: str = event.value
        if not text.isascii() and _SURROGATE.search(text):
            self._add("yaml-syntax", place, "this holds a character that does not exist")
            return None
        try:
            if event.tag is not None:
                return convert(text, event.tag)
            return text if event.style else resolve(text)
        except ScalarError as error:
            name, fix = ("bad-value", "") if event.tag is None else ("wrong-type", "remove the tag")
            self._add(name, place, str(error), fix=fix)
            return None

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        core = f"{CORE}map" if isinstance(event, yaml.MappingStartEvent) else f"{CORE}seq"
        if event.tag is not None and event.tag != core:
            message = f"the tag {short_tag(event.tag)} means nothing here"
            self._add("wrong-type", place_of(event), message, fix="remove the tag")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._stack.append(OpenContainer(event, self._wants_key))
        self._count(1, 0, place_of(event))

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        container = self._stack.pop()
        composed = container.finish(event, self._key_place)
        self._remember(container.event.anchor, composed)
        if container.is_key:
            self._add(
                "wrong-type", composed.node.place, "a key must be text, not a list or a mapping"
            )
            self._stack[-1].refuse_key()
            return
        # `[a, b]` is 3 values, counted as each of them is read so that a long list stops early.
        # `_attach` counts the finished list again, as it does for an alias of it, which has no
        # values to be read.
        self._nodes -= container.size  # its values were counted one by one
        self._attach(composed)

    def _alias(self, event: yaml.AliasEvent, name: str) -> None:
        place = place_of(event)
        composed = self._anchors.get(name)
        if composed is None:
            self._add("yaml-syntax", place, self._missing_anchor_message(name))
            composed = ComposedNode(Node(None, place))
        if self._wants_key:
            self._alias_key(composed.node, place)
            return
        # The value keeps the place of its anchor, where it can be corrected; the key has its own.
        node = replace(composed.node, key_place=self._key_place)
        self._attach(replace(composed, node=node, end=(place.end_line, place.end_column)))

    def _missing_anchor_message(self, name: str) -> str:
        if name in self._anchors:
            return f"*{clip(name)} contains itself"
        return f"*{clip(name)} repeats a value, but nothing above it is marked &{clip(name)}"

    def _alias_key(self, node: Node, place: TextPosition) -> None:
        self._count(1, 0, place)
        if isinstance(node.value, str):
            self._take_key(node.value, place, is_merge_key=False)
            return
        self._add("wrong-type", place, f"a key must be text, not {node.kind}")
        self._stack[-1].refuse_key()

    def _take_key(self, text: str, place: TextPosition, *, is_merge_key: bool) -> None:
        first_place = self._stack[-1].take_key(text, place, is_merge_key=is_merge_key)
        if first_place is not None:
            line = first_place.line
            message = f"the key `{clip(text)}` is given twice; the first is on line {line}"
            self._add("duplicate-key", place, message, fix="remove one of the two")

    def _attach(self, composed: ComposedNode) -> None:
        """Put a finished value into the innermost open container; the last one is the root."""
        self._count(composed.size, composed.height - 1, composed.node.place)
        if not self._stack:
            self.root = composed.node
            return
        container = self._stack[-1]
        if container.is_merge_key and not container.drops_value:
            for part in container.merge(composed.node):
                message = f"`<<` takes a mapping or a list of mappings, not {part.kind}"
                self._add("wrong-type", container.key_place or part.place, message)
        container.put(composed)

    def _remember(self, anchor: str | None, composed: ComposedNode) -> None:
        if anchor is not None:
            self._anchors[anchor] = composed

    def _count(self, size: int, height: int, place: TextPosition) -> None:
        self._nodes += size
        if self._nodes > self._max_nodes:
            most = f"more than {self._max_nodes:,} values, aliases counted in full"
            message = f"{self._problems.subject} holds {most}"
            fix = f"put long metrics into a CSV file; {NODES.hint}"
            self._stop("over-budget", place, message, fix=fix)
        if len(self._stack) + height > MAX_DEPTH:
            self._stop("over-budget", place, f"{self._problems.subject} {TOO_DEEP}")

    def _add(self, name: str, place: TextPosition, message: str, *, fix: str = "") -> None:
        # The open containers spell the path: .schedules, .resnet, .scheduler, [1].
        path = "".join(container.path_part for container in self._stack).removeprefix(".")
        in_schedule = path.startswith("schedules.") and len(self._stack) > 1
        schedule = self._stack[1].key if in_schedule else None
        self._problems.add(name, place, message, fix=fix, path=path, schedule=schedule)

    def _stop(self, name: str, place: TextPosition, message: str, *, fix: str = "") -> None:
        self._add(name, place, message, fix=fix)
        raise StopReadingError
