"""Access to the nodes of a lock file; an error names the line and column that is damaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from lrplan.errors import SpecError
from lrplan.finding import spec_problem
from lrplan.node import Node
from lrplan.text_position import InputText, TextPosition

FIX = "write it anew with `lrplan lock`"


class Fields:
    """Reads nodes as what they must be.

    Every method raises SpecError, with line and column, where a node is something else.
    """

    def __init__(self, source: InputText) -> None:
        self.source = source

    def optional(self, node: Node, key: str) -> float | None:
        """The number at ``key``; None where there is none."""
        child = node.get(key)
        return None if child is None else self.number(child)

    def child(self, node: Node, key: str) -> Node:
        """The node at ``key``, which must be there."""
        child = node.get(key)
        if child is None:
            self.stop(f"there is no `{key}` here", node.key_place or node.place)
        return child

    def mapping(self, node: Node) -> Mapping[str, Node]:
        """The keys and values of ``node``, which must be a mapping."""
        if not node.is_mapping:
            self.stop(f"this should be a mapping, not {node.kind}", node.place)
        return dict(node.items())

    def text(self, node: Node) -> str:
        """The string that ``node`` is."""
        if not isinstance(node.value, str):
            self.stop(f"this should be a string, not {node.kind}", node.place)
        return node.value

    def count(self, node: Node, most: int) -> int:
        """The whole number, from 1 to ``most``, that ``node`` is."""
        count = int(self.number(node, integer=True))
        if not 1 <= count <= most:
            self.stop(f"this should be from 1 to {most:,}", node.place)
        return count

    def number(self, node: Node, *, integer: bool = False) -> float:
        """The number that ``node`` is."""
        value = node.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.stop(f"this should be a number, not {node.kind}", node.place)
        if integer and (not isinstance(value, int) or value < 0):
            self.stop("this should be a whole number", node.place)
        return float(value)

    def stop(self, message: str, place: TextPosition) -> NoReturn:
        """Raise the error that says what is damaged, and where."""
        finding = spec_problem(
            "bad-value",
            f"this lock is damaged: {message}",
            place=place,
            file=self.source.name,
            fix=FIX,
        )
        raise SpecError([finding], self.source)
