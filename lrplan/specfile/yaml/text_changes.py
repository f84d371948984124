"""The parts of a YAML text that a change of its values replaces; everything else stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import yaml

from lrplan.specfile.yaml.layout import PathPosition, entry, entry_end, last_end


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """The text from index ``start`` to ``end`` (exclusive) becomes ``new``."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class ValueChange:
    """A position and its new value; None removes it."""

    position: PathPosition
    new: str | None

    @property
    def value(self) -> str:
        """The new value, inside of the keys that have to be added around it."""
        value = self.new or ""
        for key in reversed(self.position.missing[self._own_keys :]):
            value = f"{{{key}: {value}}}"
        return value

    @property
    def is_added(self) -> bool:
        """True if a mapping gets a new key."""
        return bool(self.position.missing) and isinstance(self.position.node, yaml.MappingNode)

    @property
    def depth(self) -> int:
        """The number of collections around the entry that changes."""
        return len(self.position.parents) + self.is_added

    @property
    def _own_keys(self) -> int:
        return 1 if self.is_added else 0

    @property
    def mapping(self) -> Any:
        """The node of the mapping, or list, whose entries change."""
        return self.position.node if self.is_added else self.position.parents[-1]


def replacements_of(changes: Sequence[ValueChange], text: str) -> Iterator[Replacement]:
    """The replacements of all changes, mapping by mapping, the innermost first.

    A block mapping may end where the one around it does: keys that are added to both come in that
    order.
    """
    ordered = sorted(changes, key=lambda each: (-each.depth, each.mapping.start_mark.index))
    for _, group in groupby(ordered, key=lambda each: id(each.mapping)):
        # `steps: 10` and `lr: 1` leave a mapping that gets `epochs: 3`: `steps` becomes `epochs`,
        # with the comment on its line, and only `lr` goes with its whole line.
        of_mapping = list(group)
        removed = [each for each in of_mapping if each.new is None]
        added = [each for each in of_mapping if each.is_added]
        # A key that is removed while another is added has got a new name: it keeps its place.
        for old, new in zip(removed, added, strict=False):
            yield _renamed(old, new, text)
        yield from _removed(removed[len(added) :], text)
        yield from _added(added[len(removed) :], text)
        for each in of_mapping:
            if each.new is not None and not each.is_added:
                yield from _set(each, text)


def _renamed(old: ValueChange, new: ValueChange, text: str) -> Replacement:
    old_entry = entry(old.mapping, old.position.keys[-1])
    start, end = old_entry[0].start_mark.index, entry_end(old_entry, text)
    return Replacement(start, end, f"{new.position.missing[0]}: {new.value}")


def _set(change: ValueChange, text: str) -> Iterator[Replacement]:
    node = change.position.node
    start, end = node.start_mark.index, last_end(node, text)
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    if is_block and isinstance(change.mapping, yaml.MappingNode):
        # The new value goes onto the line of its key, before a comment, and the lines below go.
        key, _ = entry(change.mapping, change.position.keys[-1])
        colon = text.index(":", key.end_mark.index) + 1
        yield Replacement(colon, colon, f" {change.value}")
        yield Replacement(_line_end(text, colon), end, "")
        return
    space = " " if start == end and not text[start - 1 : start].isspace() else ""
    yield Replacement(start, end, space + change.value)


def _added(changes: Sequence[ValueChange], text: str) -> Iterator[Replacement]:
    if not changes:
        return
    # Three layouts: `{}` is filled, `{a: 1}` goes on before its brace with `, b: 2`, and a block
    # gets lines of their own, indented like its first key, after the comment of its last line.
    mapping = changes[0].mapping
    entries = [f"{each.position.missing[0]}: {each.value}" for each in changes]
    if not mapping.value:
        start = mapping.start_mark.index + 1
        yield Replacement(start, start, ", ".join(entries))
        return
    end = entry_end(mapping.value[-1], text)
    if mapping.flow_style:
        yield Replacement(end, end, "".join(f", {each}" for each in entries))
        return
    newline = "\r\n" if "\r\n" in text else "\n"
    indentation = " " * mapping.value[0][0].start_mark.column
    end = _line_end(text, end)
    yield Replacement(end, end, "".join(f"{newline}{indentation}{each}" for each in entries))


def _removed(changes: Sequence[ValueChange], text: str) -> Iterator[Replacement]:
    if not changes:
        return
    mapping = changes[0].mapping
    gone = {change.position.keys[-1] for change in changes}
    entries = mapping.value
    if len(gone) == len(entries):
        yield Replacement(mapping.start_mark.index, last_end(mapping, text), "{}")
        return
    # Of a, b, c, d the keys b, c go: runs [a] stays, [b, c] is gone, [d] stays. A run is one
    # replacement, since the comma or the line break before its first entry is that after its last.
    indexed = enumerate(entries)
    for is_gone, run in groupby(indexed, key=lambda each: each[1][0].value in gone):
        if is_gone:
            indices = [index for index, _ in run]
            yield _removed_run(mapping, indices[0], indices[-1], text)


def _removed_run(mapping: yaml.MappingNode, first: int, last: int, text: str) -> Replacement:
    """Entries ``first`` to ``last`` of a mapping that keeps others, with their lines or commas."""
    entries = mapping.value
    start = entries[first][0].start_mark.index
    end = entry_end(entries[last], text)
    line_start = start - entries[first][0].start_mark.column
    if not mapping.flow_style and not text[line_start:start].strip():
        after = _line_end(text, end)
        return Replacement(line_start, after + len(_newline_at(text, after)), "")
    if last + 1 < len(entries) and (first == 0 or not mapping.flow_style):
        return Replacement(start, entries[last + 1][0].start_mark.index, "")
    return Replacement(entry_end(entries[first - 1], text), end, "")


def _line_end(text: str, index: int) -> int:
    """The index of the line break after ``index``, or of the end of the text."""
    ends = [end for end in (text.find("\n", index), text.find("\r", index)) if end >= 0]
    return min(ends, default=len(text))


def _newline_at(text: str, index: int) -> str:
    return text[index : index + 2] if text.startswith("\r\n", index) else text[index : index + 1]
