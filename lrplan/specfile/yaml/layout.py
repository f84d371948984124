"""The layout of a YAML text: the place and style of each key and value, and what is shared.

``yaml.reader`` gives the values; this tree is for changes of the text. PyYAML composes it from the
same events, without constructing a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from lrplan.node import INDEX

Collection: TypeAlias = "yaml.MappingNode | yaml.SequenceNode"

_KEY = re.compile(r"\.?([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class PathPosition:
    """The position of a path in the layout.

    Args:
        node: the deepest value on the way that is there.
        parents: the collections that hold it, the outermost first.
        keys: the keys and indices that lead to ``node``.
        missing: the keys that the text does not have, below ``node``.
    """

    node: yaml.Node
    parents: tuple[Collection, ...]
    keys: tuple[str | int, ...]
    missing: tuple[str, ...]


def compose(text: str) -> yaml.Node | None:
    """The layout of ``text``; None when it is empty.

    Raises:
        yaml.YAMLError: it is not YAML.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    node: yaml.Node | None = yaml.compose(text, Loader=loader)
    return node


def locate(root: yaml.Node, path: str) -> PathPosition | None:
    """The position of ``path``, such as ``schedules.run.scheduler.milestones[1]``.

    Where several keys fit, the longest is taken, as in ``Node.nearest``. None for an index that a
    list does not have, or a rest that is not a key.
    """
    node, rest = root, path
    parents: list[Collection] = []
    keys: list[str | int] = []
    while rest:
        step = _enter(node, rest)
        if step is None:
            missing = _missing_keys(rest)
            found = PathPosition(node, tuple(parents), tuple(keys), missing)
            return found if missing else None
        key, child, rest = step
        parents.append(node)  # type: ignore[arg-type]  # only a collection is entered
        keys.append(key)
        node = child
    return PathPosition(node, tuple(parents), tuple(keys), ())


def entry(mapping: yaml.MappingNode, key: str | int) -> tuple[yaml.Node, yaml.Node]:
    """The key and the value under ``key``."""
    found: tuple[yaml.Node, yaml.Node] = next(
        each for each in mapping.value if each[0].value == key
    )
    return found


def last_end(node: yaml.Node, text: str) -> int:
    """The index where the text of ``node`` ends.

    The parser reports the end of a block only where the next token begins: it is taken to end where
    its last value does.
    """
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        if isinstance(last, tuple):
            return entry_end(last, text)
        return last_end(last, text)
    # That of `|` and `>` ends behind its line breaks.
    start: int = node.start_mark.index
    return start + len(text[start : node.end_mark.index].rstrip())


def entry_end(entry: tuple[yaml.Node, yaml.Node], text: str) -> int:
    """The index where the text of a key and its value ends."""
    # The value of an alias is elsewhere, and that of `key:` nowhere.
    key, value = entry
    return max(last_end(value, text), int(key.end_mark.index) + 1)


def shared_nodes(root: yaml.Node) -> set[int]:
    """The ``id`` of every node that an alias repeats, and of all nodes inside of it."""
    seen: set[int] = set()
    shared: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, inside = stack.pop()
        is_shared = inside or id(node) in seen
        if id(node) in seen and id(node) in shared:
            continue
        seen.add(id(node))
        if is_shared:
            shared.add(id(node))
        stack += [(child, is_shared) for child in _children(node)]
    return shared


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        yield from (value for _, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _enter(node: yaml.Node, path: str) -> tuple[str | int, yaml.Node, str] | None:
    """The key that ``path`` begins with, the value there, and the rest of the path."""
    if isinstance(node, yaml.SequenceNode):
        match = INDEX.match(path)
        if match is None or int(match[1]) >= len(node.value):
            return None
        return int(match[1]), node.value[int(match[1])], path[match.end() :]
    if not isinstance(node, yaml.MappingNode):
        return None
    path = path.removeprefix(".")
    fitting = [
        (key.value, value)
        for key, value in node.value
        if isinstance(key, yaml.ScalarNode)
        and path.startswith(key.value)
        and path[len(key.value) : len(key.value) + 1] in {"", ".", "["}
    ]
    if not fitting:
        return None
    key, value = max(fitting, key=lambda each: len(each[0]))
    return key, value, path[len(key) :]


def _missing_keys(rest: str) -> tuple[str, ...]:
    """The keys in ``rest``; empty when it holds anything else, such as an index."""
    keys = []
    while rest:
        match = _KEY.match(rest)
        if match is None:
            return ()
        keys.append(match[1])
        rest = rest[match.end() :]
    return tuple(keys)
