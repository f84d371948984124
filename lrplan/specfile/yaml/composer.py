"""Puts the events of a YAML parser together to a positioned tree, without recursion."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import yaml

from lrplan.limits import NODES
from lrplan.node import Node
from lrplan.specfile.yaml.containers import ComposedNode, Frame, place_of
from lrplan.specfile.yaml.core_schema import CORE, ScalarError, clip, convert, resolve, short_tag

if TYPE_CHECKING:
    from lrplan.node import Scalar
    from lrplan.specfile.problems import Problems
    from lrplan.text_position import TextPosition

MAX_NODES = NODES.default
"""Values a spec may hold unless the environment says otherwise, aliases counted in full."""
MAX_DEPTH = 100
"""Levels of nesting, aliases followed."""

_MERGE = "<<"
_SURROGATE = re.compile("[\ud800-\udfff]")


class StopReadingError(Exception):
    """What follows cannot be read; the reason is among the problems."""


class Composer:
    """Takes events in order; ``root`` is the tree when the last one has been fed.

    Args:
        problems: where everything that is wrong is noted.
    """

    def __init__(self, problems: Problems) -> None:
        self.root: Node | None = None
        self._problems = problems
        self._stack: list[Frame] = []
        self._anchors: dict[str, ComposedNode | None] = {}
        """None for a value that has begun and not ended."""
        self._documents = 0
        self._nodes = 0
        self._most = NODES.now

    def feed(self, event: yaml.Event) -> None:
        """Take the next event.

        Raises:
            StopReadingError: the rest is not worth reading; the reason is among the problems.
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
            self._spend(1, 0, place)
            merging = event.value == _MERGE and not event.style and event.tag is None
            self._take_key(event.value, place, merging=merging)
            self._remember(event.anchor, ComposedNode(Node(event.value, place)))
            return
        node = Node(self._value(event, place), place, self._key_place, bool(event.style))
        built = ComposedNode(node, end=(place.end_line, place.end_column))
        self._remember(event.anchor, built)
        self._attach(built)

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
        self._stack.append(Frame(event, self._wants_key))
        self._spend(1, 0, place_of(event))

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        frame = self._stack.pop()
        built = frame.finish(event, self._key_place)
        self._remember(frame.event.anchor, built)
        if frame.is_key:
            self._add("wrong-type", built.node.place, "a key must be text, not a list or a mapping")
            self._stack[-1].refuse_key()
            return
        self._nodes -= frame.size  # its values were counted one by one
        self._attach(built)

    def _alias(self, event: yaml.AliasEvent, name: str) -> None:
        place = place_of(event)
        built = self._anchors.get(name)
        if built is None:
            self._add("yaml-syntax", place, self._why_no_anchor(name))
            built = ComposedNode(Node(None, place))
        if self._wants_key:
            self._alias_key(built.node, place)
            return
        node = replace(built.node, key_place=self._key_place)
        self._attach(replace(built, node=node, end=(place.end_line, place.end_column)))

    def _why_no_anchor(self, name: str) -> str:
        if name in self._anchors:
            return f"*{clip(name)} contains itself"
        return f"*{clip(name)} repeats a value, but nothing above it is marked &{clip(name)}"

    def _alias_key(self, node: Node, place: TextPosition) -> None:
        self._spend(1, 0, place)
        if isinstance(node.value, str):
            self._take_key(node.value, place, merging=False)
            return
        self._add("wrong-type", place, f"a key must be text, not {node.kind}")
        self._stack[-1].refuse_key()

    def _take_key(self, text: str, place: TextPosition, *, merging: bool) -> None:
        first = self._stack[-1].take_key(text, place, merging=merging)
        if first is not None:
            message = f"the key `{clip(text)}` is given twice; the first is on line {first.line}"
            self._add("duplicate-key", place, message, fix="remove one of the two")

    def _attach(self, built: ComposedNode) -> None:
        """Put a finished value into the innermost open list or mapping."""
        self._spend(built.size, built.height - 1, built.node.place)
        if not self._stack:
            self.root = built.node
            return
        frame = self._stack[-1]
        if frame.merging and not frame.dropping:
            for part in frame.merge(built.node):
                message = f"`<<` takes a mapping or a list of mappings, not {part.kind}"
                self._add("wrong-type", frame.key_place or part.place, message)
        frame.put(built)

    def _remember(self, anchor: str | None, built: ComposedNode) -> None:
        if anchor is not None:
            self._anchors[anchor] = built

    def _spend(self, size: int, height: int, place: TextPosition) -> None:
        self._nodes += size
        if self._nodes > self._most:
            message = f"the spec holds more than {self._most:,} values, aliases counted in full"
            fix = f"put long metrics into a CSV file; {NODES.hint}"
            self._stop("over-budget", place, message, fix=fix)
        if len(self._stack) + height > MAX_DEPTH:
            message = f"the spec is nested more than {MAX_DEPTH} levels deep"
            self._stop("over-budget", place, message)

    def _add(self, name: str, place: TextPosition, message: str, *, fix: str = "") -> None:
        path = "".join(frame.step for frame in self._stack).removeprefix(".")
        in_schedule = path.startswith("schedules.") and len(self._stack) > 1
        schedule = self._stack[1].key if in_schedule else None
        self._problems.add(name, place, message, fix=fix, path=path, schedule=schedule)

    def _stop(self, name: str, place: TextPosition, message: str, *, fix: str = "") -> None:
        self._add(name, place, message, fix=fix)
        raise StopReadingError
