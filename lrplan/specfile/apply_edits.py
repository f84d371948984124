"""Edits of a spec, written into its text: comments, order and layout stay as they are.

Each edit becomes replacements of parts of the text. The result is read again, and unless it holds
exactly the values that were asked for, the edits are refused: a layout that this module does not
know ends in a refusal, never in a damaged spec.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

import yaml

from lrplan.errors import LrplanError
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.layout import (
    Position,
    compose,
    entry,
    entry_end,
    last_end,
    locate,
    shared_nodes,
)
from lrplan.specfile.yaml.reader import parse
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrplan.edits import Edit

_BOM = "\ufeff"


class EditError(LrplanError):
    """Edits that cannot be written into a text; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """The text from index ``start`` to ``end`` (exclusive) becomes ``new``."""

    start: int
    end: int
    new: str


def apply(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with all of ``edits`` in it.

    Raises:
        EditError: the text is no YAML, a path leads nowhere or through an alias or a merge key, two
            edits change the same part, or a new value is not YAML on one line.
    """
    return _replaced(text, replacements(text, edits))


def replacements(text: str, edits: Sequence[Edit]) -> list[Replacement]:
    """The parts of ``text`` that ``edits`` replace, in the order of the text.

    Raises:
        EditError: as ``apply``.
    """
    body = text.removeprefix(_BOM)
    distinct = list(dict.fromkeys(edits))
    expected = _values(body)
    try:
        root = compose(body)
    except yaml.YAMLError as error:
        raise EditError(f"the text cannot be edited: {error}") from None
    if root is None:
        raise EditError("the text is empty")
    shared = shared_nodes(root)
    changes = [_change(root, edit, shared, expected) for edit in distinct]
    found = sorted(_of_all(changes, body), key=lambda each: (each.start, each.end))
    for first, second in pairwise(found):
        if second.start < first.end:
            raise EditError("two edits change the same part of the text")
    for change in sorted(changes, key=lambda each: each.new is not None):
        expected = _with_change(expected, change)
    _check(_replaced(body, found), expected)
    offset = len(text) - len(body)
    return [Replacement(each.start + offset, each.end + offset, each.new) for each in found]


@dataclass(frozen=True, slots=True)
class _Change:
    """An edit and the position it is about."""

    position: Position
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


def _change(root: yaml.Node, edit: Edit, shared: set[int], values: Any) -> _Change:
    position = locate(root, edit.path) if edit.path else None
    if position is None or (position.missing and edit.new is None):
        raise EditError(f"`{edit.path}` is not in the spec")
    on_the_way = (*position.parents, position.node)
    if any(id(node) in shared for node in on_the_way):
        raise EditError(f"`{edit.path}` is part of what an anchor (&) and its aliases share")
    if edit.new is None and not isinstance(position.parents[-1], yaml.MappingNode):
        raise EditError(f"`{edit.path}` is no key of a mapping")
    if position.missing:
        inside = _at(values, position.keys)
        if isinstance(inside, dict) and position.missing[0] in inside:
            raise EditError(f"`{edit.path}` comes from a merge key (<<)")
        if not isinstance(inside, dict) and inside is not None:
            raise EditError(f"`{edit.path}` is not in the spec")
    if edit.new is not None:
        _parse_value(edit.new)
    return _Change(position, edit.new)


def _of_all(changes: Sequence[_Change], text: str) -> Iterator[Replacement]:
    """The replacements of all changes, mapping by mapping, the innermost first.

    A block mapping may end where the one around it does: keys that are added to both stand in that
    order.
    """
    ordered = sorted(changes, key=lambda each: (-each.depth, each.mapping.start_mark.index))
    for _, group in groupby(ordered, key=lambda each: id(each.mapping)):
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


def _renamed(old: _Change, new: _Change, text: str) -> Replacement:
    old_entry = entry(old.mapping, old.position.keys[-1])
    start, end = old_entry[0].start_mark.index, entry_end(old_entry, text)
    return Replacement(start, end, f"{new.position.missing[0]}: {new.value}")


def _set(change: _Change, text: str) -> Iterator[Replacement]:
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


def _added(changes: Sequence[_Change], text: str) -> Iterator[Replacement]:
    if not changes:
        return
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


def _removed(changes: Sequence[_Change], text: str) -> Iterator[Replacement]:
    if not changes:
        return
    mapping = changes[0].mapping
    gone = {change.position.keys[-1] for change in changes}
    entries = mapping.value
    if len(gone) == len(entries):
        yield Replacement(mapping.start_mark.index, last_end(mapping, text), "{}")
        return
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


def _replaced(text: str, found: Sequence[Replacement]) -> str:
    parts, end = [], 0
    for each in found:
        parts += [text[end : each.start], each.new]
        end = each.end
    return "".join([*parts, text[end:]])


def _values(text: str) -> Any:
    """The values in ``text``, as dicts, lists and scalars.

    Raises:
        EditError: it cannot be read.
    """
    problems = Problems(InputText("spec", text))
    node = parse(problems.source, problems)
    if node is None or problems.findings:
        reason = problems.findings[0].message if problems.findings else "it is empty"
        raise EditError(f"the text cannot be edited: {reason}")
    return node.plain()


def _parse_value(new: str) -> Any:
    """The value of ``new``, read where both a list and a mapping could hold it."""
    values = None if "\n" in new or "\r" in new else _values(f"values: [{new}]")["values"]
    if values is None or len(values) != 1:
        raise EditError(f"{new!r} is not one value on one line; put text in quotes")
    return values[0]


def _at(values: Any, keys: Sequence[str | int]) -> Any:
    for key in keys:
        values = values[key]
    return values


def _with_change(values: Any, change: _Change) -> Any:
    """``values``, changed in place as the text should be."""
    position = change.position
    if change.new is None:
        del _at(values, position.keys[:-1])[position.keys[-1]]
        return values
    new: Any = _parse_value(change.new)
    for key in reversed(position.missing[1:]):
        new = {key: new}
    if not position.missing:
        _at(values, position.keys[:-1])[position.keys[-1]] = new
        return values
    if _at(values, position.keys) is None:
        _at(values, position.keys[:-1])[position.keys[-1]] = {}
    _at(values, position.keys)[position.missing[0]] = new
    return values


def _check(text: str, expected: Any) -> None:
    """Raise an error unless ``text`` holds the values ``expected``, in whatever order."""
    if json.dumps(_values(text), sort_keys=True) != json.dumps(expected, sort_keys=True):
        raise EditError("the layout of the text does not let it be edited")
