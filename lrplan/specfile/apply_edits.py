"""Edits of a spec, written into its text: comments, order and layout stay as they are.

Each edit becomes replacements of parts of the text. The result is read again, and unless it holds
exactly the values that were asked for, the edits are refused: a layout that this module does not
know ends in a refusal, never in a damaged spec.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import yaml

from lrplan.edits import Edit
from lrplan.errors import LrplanError
from lrplan.finding import Finding
from lrplan.specfile.problems import Problems
from lrplan.specfile.yaml.layout import compose, locate, shared_nodes
from lrplan.specfile.yaml.reader import parse
from lrplan.specfile.yaml.text_changes import Replacement, ValueChange, replacements_of
from lrplan.text_position import InputText

_BOM = "\ufeff"


class EditError(LrplanError):
    """Edits that cannot be written into a text; the message says why."""


def apply(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with all of ``edits`` in it.

    Raises:
        EditError: the text is not YAML, a path leads nowhere or through an alias or a merge key,
            two edits change the same part, or a new value is not YAML on one line.
    """
    return _replaced(text, replacements(text, edits))


def replacements(text: str, edits: Sequence[Edit]) -> list[Replacement]:
    """The parts of ``text`` that ``edits`` replace, in the order of the text.

    Raises:
        EditError: as ``apply``.
    """
    layout = _Layout.of(text)
    changes, found = _changes(layout, edits)
    expected = layout.values
    # What the text should say is worked out from the values, without the text: the two can only
    # agree if each replacement went to the right place.
    for change in sorted(changes, key=lambda each: each.new is not None):
        expected = _with_change(expected, change)
    _check(_replaced(layout.body, found), expected)
    offset = len(text) - len(layout.body)
    return [Replacement(each.start + offset, each.end + offset, each.new) for each in found]


def applicable(text: str, edits: Sequence[Sequence[Edit]]) -> list[bool]:
    """Say of each sequence of edits whether its paths lead to parts of ``text`` that it can change.

    The text is read once; unlike ``apply``, this does not read what the edits would make of it.
    """
    try:
        layout = _Layout.of(text)
    except EditError:
        return [False] * len(edits)
    return [_are_applicable(layout, each) for each in edits]


def without_refused_edits(findings: Sequence[Finding], text: str) -> list[Finding]:
    """``findings``, without edits that cannot be made in the text, for example at an alias."""
    edited = [each for each in findings if each.edits]
    accepted = applicable(text, [each.edits for each in edited]) if edited else ()
    can_be_applied = dict(zip(map(id, edited), accepted, strict=True))
    return [
        each if can_be_applied.get(id(each), True) else replace(each, edits=()) for each in findings
    ]


def _are_applicable(layout: _Layout, edits: Sequence[Edit]) -> bool:
    try:
        _changes(layout, edits)
    except EditError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Layout:
    """A text that can be edited: its values, their places, and which of them are shared."""

    body: str
    values: Any
    root: yaml.Node
    shared: set[int]

    @classmethod
    def of(cls, text: str) -> _Layout:
        body = text.removeprefix(_BOM)
        values = _values(body)
        try:
            root = compose(body)
        except yaml.YAMLError as error:
            raise EditError(f"the text cannot be edited: {error}") from None
        if root is None:
            raise EditError("the text is empty")
        return cls(body, values, root, shared_nodes(root))


def _changes(layout: _Layout, edits: Sequence[Edit]) -> tuple[list[ValueChange], list[Replacement]]:
    changes = [
        _change(layout.root, edit, layout.shared, layout.values) for edit in dict.fromkeys(edits)
    ]
    found = sorted(replacements_of(changes, layout.body), key=lambda each: (each.start, each.end))
    for first, second in pairwise(found):
        if second.start < first.end:
            raise EditError("two edits change the same part of the text")
    return changes, found


def _change(root: yaml.Node, edit: Edit, shared: set[int], values: Any) -> ValueChange:
    position = locate(root, edit.path) if edit.path else None
    if position is None or (position.missing and edit.new is None):
        raise EditError(f"`{edit.path}` is not in the spec")
    on_the_way = (*position.parents, position.node)
    if any(id(node) in shared for node in on_the_way):
        raise EditError(f"`{edit.path}` is part of what an anchor (&) and its aliases share")
    if edit.new is None and not isinstance(position.parents[-1], yaml.MappingNode):
        raise EditError(f"`{edit.path}` is no key of a mapping")
    if position.missing:
        # For `training.epochs` in a spec without `training`, `keys` is empty and `missing` has both
        # names. A merge key makes a name readable that is elsewhere in the text: writing it
        # here would leave the other one where it is, for all who share it.
        inside = _at(values, position.keys)
        if isinstance(inside, dict) and position.missing[0] in inside:
            raise EditError(f"`{edit.path}` comes from a merge key (<<)")
        if not isinstance(inside, dict) and inside is not None:
            raise EditError(f"`{edit.path}` is not in the spec")
    if edit.new is not None:
        _parse_value(edit.new)
    return ValueChange(position, edit.new)


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
    return node.to_python()


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


def _with_change(values: Any, change: ValueChange) -> Any:
    """``values``, changed in place as the text should be."""
    position = change.position
    if change.new is None:
        del _at(values, position.keys[:-1])[position.keys[-1]]
        return values
    # `missing` of [training, epochs] and the value 3 add {"epochs": 3} under "training".
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
