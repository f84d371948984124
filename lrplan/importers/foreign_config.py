"""A foreign config as a tree of nodes, before any family has looked at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from lrplan.node import Node
from lrplan.specfile.problems import Problems
from lrplan.text_position import InputText, TextPosition

Format: TypeAlias = Literal["yaml", "json", "python", "toml"]
"""The syntax of a file."""


@dataclass(frozen=True, slots=True)
class ForeignConfig:
    """The tree of a config.

    Args:
        source: its text.
        format: its syntax.
        root: the tree; None where the text cannot be read to its end.
        problems: what is wrong with the text; of what no family reads it does not matter.
        unread: names that a Python file assigns and whose values only running it would show.
    """

    source: InputText
    format: Format
    root: Node | None
    problems: Problems
    unread: Mapping[str, TextPosition] = field(default_factory=dict)
