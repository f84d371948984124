"""Tuples that YAML splits into keys inside ``{...}``, such as ``betas: (0.9, 0.95)``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrplan.node import Node
from lrplan.text_position import TextPosition


class RejoinedTuple(str):
    """The text of a tuple that YAML had split, put together again."""

    __slots__ = ()


def with_rejoined_tuples(mapping: Node) -> Node:
    """``mapping`` with each split tuple as one value, so that it is reported once.

    YAML reads ``{betas: (0.9, 0.95), lr: 0.1}`` as three keys: ``betas`` with the text ``(0.9``,
    ``0.95)`` with no value, and ``lr``.
    """
    entries = list(mapping.items())
    if not any(_opens(value) for _, value in entries):
        return mapping
    return replace(mapping, value=dict(_whole(entries)))


def _whole(entries: list[tuple[str, Node]]) -> Iterator[tuple[str, Node]]:
    index = 0
    while index < len(entries):
        key, value = entries[index]
        rest = _rest(entries[index + 1 :]) if _opens(value) else []
        yield key, _joined(value, rest) if rest else value
        index += 1 + len(rest)


def _opens(value: Node) -> bool:
    text = value.value
    return isinstance(text, str) and not value.quoted and text.startswith("(") and ")" not in text


def _rest(entries: list[tuple[str, Node]]) -> list[tuple[str, Node]]:
    """The keys up to the one that ends with the bracket; none where another key comes before."""
    for count, (key, value) in enumerate(entries, 1):
        if value.value is not None:
            break
        if key.endswith(")"):
            return entries[:count]
    return []


def _joined(first: Node, rest: list[tuple[str, Node]]) -> Node:
    text = RejoinedTuple(", ".join([str(first.value), *(key for key, _ in rest)]))
    start, end = first.place, rest[-1][1].key_place or first.place
    place = TextPosition(start.line, start.column, end.end_line, end.end_column)
    return replace(first, value=text, place=place)
