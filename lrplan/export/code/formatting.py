"""Calls, lists and dictionaries laid out as ruff and Black do: on one line, or one item a line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from lrplan.export.code.literals import WIDTH, remark

INDENT = 4


@dataclass(frozen=True, slots=True)
class Item:
    """An element between brackets."""

    value: Node
    prefix: str = ""
    """The text before the value: ``name=`` or ``"key": ``."""
    note: str = ""
    """A comment after it."""


@dataclass(frozen=True, slots=True)
class Brackets:
    """Items between an opening text, such as ``LinearLR(``, and a closing one."""

    opening: str
    items: tuple[Item, ...]
    closing: str


Node: TypeAlias = "str | Brackets"


def call(function: str, *items: Item) -> Brackets:
    """A call of ``function``."""
    return Brackets(f"{function}(", items, ")")


def sequence(values: Iterable[Node]) -> Brackets:
    """A list."""
    return Brackets("[", tuple(Item(value) for value in values), "]")


def mapping(items: Iterable[tuple[str, Node]]) -> Brackets:
    """A dictionary; its keys are names chosen by an exporter."""
    return Brackets("{", tuple(Item(value, f'"{key}": ') for key, value in items), "}")


def statement(prefix: str, node: Node, indent: int = 0) -> list[str]:
    """The lines of ``prefix`` and ``node``, such as ``return `` and a call."""
    return _lines(Item(node, prefix), indent, "")


def _lines(item: Item, indent: int, end: str) -> list[str]:
    """The lines of one item: whole if it fits, else one line for each item inside.

    ``scheduler = StepLR(optimizer, step_size=30)`` stays on a line. When it is too long, or an item
    has a comment, the opening ``scheduler = StepLR(`` and the closing ``)`` have lines of their
    own, and every item inside is laid out in the same way, four columns further in.
    """
    margin, node = " " * indent, item.value
    tail = f"{end}  # {remark(item.note)}" if item.note else end
    flat = _flat(node)
    if isinstance(node, str) or (
        flat is not None and len(margin + item.prefix + flat + tail) <= WIDTH
    ):
        return [f"{margin}{item.prefix}{flat}{tail}"]
    # Every item has a line of its own and a trailing comma, which formatters take as a wish to
    # keep it that way.
    inner = [line for each in node.items for line in _lines(each, indent + INDENT, ",")]
    return [f"{margin}{item.prefix}{node.opening}", *inner, f"{margin}{node.closing}{tail}"]


def _flat(node: Node) -> str | None:
    """``node`` on one line; None when a remark inside needs a line of its own."""
    if isinstance(node, str):
        return node
    parts = [(item.prefix, _flat(item.value), item.note) for item in node.items]
    if any(text is None or note for _, text, note in parts):
        return None
    return node.opening + ", ".join(f"{prefix}{text}" for prefix, text, _ in parts) + node.closing
