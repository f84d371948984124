"""The text of the spec that a typed schedule stands for."""

from __future__ import annotations

from collections.abc import Iterator

from lrplan.node import Node
from lrplan.text import yaml_flow

_BLOCKS = 3
"""Levels of mappings that are written in lines: the keys of a schedule are at the third."""
_WIDTH = 88
"""Columns of a mapping that is written in one line."""


def spec_text(root: Node) -> str:
    """The YAML of a spec; reading it gives the same tree."""
    return "\n".join(_lines(root, 0)) + "\n"


def _lines(node: Node, level: int) -> Iterator[str]:
    indent = "  " * level
    for key, child in node.items():
        line = f"{indent}{yaml_flow(key)}: {yaml_flow(child.to_python())}"
        is_block = child.is_mapping and child.keys() and level < _BLOCKS
        if is_block and ((level < _BLOCKS - 1 and key != "training") or len(line) > _WIDTH):
            yield f"{indent}{yaml_flow(key)}:"
            yield from _lines(child, level + 1)
        else:
            yield line
