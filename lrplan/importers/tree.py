"""The tree of a spec, made of plain data and of values of a foreign config."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from lrplan.importers.config_value import ConfigValue
from lrplan.node import Node, Scalar
from lrplan.plan_origin import ForeignKey
from lrplan.specfile.problem_scope import child_path
from lrplan.text_position import START, TextPosition

SCHEDULE = "run"
"""The name of the schedule that a foreign config gives."""


def spec_tree(
    schedules: Mapping[str, Mapping[str, object]],
) -> tuple[Node, Mapping[str, ForeignKey]]:
    """The tree of a spec with some schedules, and the foreign key of each of its values.

    A ``Value`` has its own place. Plain data has the place of the first value beside it or below
    it that has one, and else that of what it is in, so that a finding is at the nearest key::

        {"lr": Value(0.1, "learning_rate", node), "eps": 1e-8}  # eps is reported at learning_rate

    None leaves a key out.
    """
    keys: dict[str, ForeignKey] = {}
    root = _node({"schedules": schedules}, START, "", keys)
    return root, keys


def _node(data: object, place: TextPosition, path: str, keys: dict[str, ForeignKey]) -> Node:
    if isinstance(data, ConfigValue):
        if data.key:
            line = 0 if data.node is None else data.node.place.line
            keys[path] = ForeignKey(data.key, data.exact, line, file=data.file)
        node = data.node
        own = node.place if node is not None else place
        made = _node(data.value, own, path, keys)
        key_place = None if node is None else node.key_place
        return Node(made.value, own, key_place or own, quoted=made.quoted)
    place = next(_places(data), place)
    if isinstance(data, Mapping):
        entries = {
            key: _node(each, place, child_path(path, key), keys)
            for key, each in data.items()
            if each is not None
        }
        return Node(entries, place, place)
    if isinstance(data, (list, tuple)):
        items = [
            _node(each, place, child_path(path, index), keys) for index, each in enumerate(data)
        ]
        return Node(tuple(items), place, place)
    return Node(cast("Scalar", data), place, place, quoted=isinstance(data, str))


def _places(data: object) -> Iterator[TextPosition]:
    """The places of the values in ``data``, in order."""
    if isinstance(data, ConfigValue) and data.node is not None:
        yield data.node.place
    elif isinstance(data, Mapping):
        for each in data.values():
            yield from _places(each)
    elif isinstance(data, (list, tuple)):
        for each in data:
            yield from _places(each)
