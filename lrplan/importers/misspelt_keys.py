"""Finds keys of a config that nothing reads and that are surely meant to be another one."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from lrplan.catalog.misspelling import misspelt
from lrplan.edits import Edit
from lrplan.importers.config_reader import ConfigReader
from lrplan.node import Node
from lrplan.specfile.problem_scope import child_path
from lrplan.text import yaml_flow

_LEAST = 8
"""Letters of a key that is guessed: ``nms`` and ``nbs`` are both keys of Ultralytics."""
_MOST = 1000
"""Keys of a mapping that is looked at; no person wrote a larger one."""


def report_misspelt(config: ConfigReader, facts: Collection[str], others: Collection[str]) -> None:
    """Report misspelt keys beside those that were read: ``lr_schedular_type``.

    A framework has more keys than decide the learning rate. So only a key of some length counts,
    and only where the one that it resembles is missing.

    Args:
        config: a config that its family has read.
        facts: names that the user is asked for, and that no file has.
        others: keys of the family that only look like misspellings.
    """
    for parent, node in _mappings(config):
        missing = _missing(config, parent, node, facts)
        for key, child in node.items():
            path = child_path(parent, key)
            if path in others or any(f"{name}.".startswith(f"{path}.") for name in config.read):
                continue
            right = misspelt(key, missing)
            if right is None:
                continue
            value = yaml_flow(child.to_python())
            edits = (Edit(path, None), Edit(child_path(parent, right), value))
            message = f"`{key}` is not read: is it a misspelling of `{right}`?"
            config.warn(path, message, f"call it {right}", edits=edits)


def _mappings(config: ConfigReader) -> Iterator[tuple[str, Node]]:
    """The mappings of the config in which keys were looked up, by their path."""
    for parent in sorted({key.rpartition(".")[0] for key in config.read if key}):
        node = config.root.find(parent.split(".")) if parent else config.root
        if node is not None and node.is_mapping and len(node.keys()) <= _MOST:
            yield parent, node


def _missing(
    config: ConfigReader, parent: str, node: Node, facts: Collection[str]
) -> tuple[str, ...]:
    """The keys that were looked up in a mapping, and that it does not have."""
    inside = (key.rpartition(".") for key in config.read if key not in facts)
    names = {name for above, _, name in inside if above == parent}
    return tuple(name for name in sorted(names) if len(name) >= _LEAST and node.get(name) is None)
