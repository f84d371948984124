"""Parameter groups of a typed schedule: ``lr=[0.1,0.01]`` is a group for each number."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lrplan.catalog import OptimizerRow
from lrplan.errors import UsageError
from lrplan.node import Node
from lrplan.text import join_words, quantity
from lrplan.text_position import printable

_SINGLE = ("number", "integer", "boolean")
"""Kinds of arguments that have one value; a list of values is one for each group."""
_DECIMAL_COMMA = re.compile(r"0,\d+")
_LIST = re.compile(r"[^,\s\[\]]+(,\s*[^,\s\[\]]+)+")


def is_per_group(optimizers: Sequence[OptimizerRow], name: str, value: Node) -> bool:
    """Return True for a list where the optimizer's argument ``name`` has a single value.

    Raises:
        UsageError: the value is such a list, but for its brackets.
    """
    found = [each for row in optimizers if (each := row.argument(name)) is not None]
    if not any(each.kind in _SINGLE for each in found):
        return False
    text = value.value
    if isinstance(text, str) and _LIST.fullmatch(text):
        point = f", or {name}={text.replace(',', '.')}" if _DECIMAL_COMMA.fullmatch(text) else ""
        ways = f"write {name}=[{text}] for {_groups(text.count(',') + 1)}{point}"
        raise UsageError(printable(f"{name}={text}: {ways}"))
    return value.is_list


def groups_of(lists: Mapping[str, Node]) -> Node:
    """The ``groups`` of an optimizer whose arguments ``lists`` have a value for each group.

    Raises:
        UsageError: the lists differ in length, or are empty.
    """
    lengths = {name: len(node.elements()) for name, node in lists.items()}
    count = max(lengths.values())
    if set(lengths.values()) != {count} or not count:
        told = [f"`{printable(name)}` has {length}" for name, length in lengths.items()]
        raise UsageError(f"a list has a value for each group: {join_words(told)}")
    place = next(iter(lists.values())).place
    return Node(
        {
            f"group{index}": Node(
                {name: node.elements()[index] for name, node in lists.items()}, place, place
            )
            for index in range(count)
        },
        place,
        place,
    )


def _groups(count: int) -> str:
    return quantity(count, "group")
