"""Arguments of the user's own classes, whose signature is not known before they are loaded.

- Text with a unit, such as ``5ep``, is a duration: ticks of the scheduler's own interval.
- ``{expr: "0.5 * x"}`` is a function of one number.
- A mapping with a ``type`` is a scheduler inside, a list of such are several.
- A mapping from the name of every group driven, and nothing else, is a list in group order.
- Everything else is the plain YAML value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lrplan.catalog import Argument
from lrplan.catalog.rows import Kind
from lrplan.node import Node
from lrplan.specfile.models import AMOUNTS_PATTERN
from lrplan.specfile.problem_scope import child_path
from lrplan.specfile.scheduler_arguments import SchedulerArgumentReader

Inner = Callable[[Node, str], object]

_DURATION = re.compile(AMOUNTS_PATTERN)


@dataclass(frozen=True, slots=True)
class UserArgumentReader:
    """Reads the arguments of one scheduler of a class that is not in the catalogue.

    Args:
        resolver: converts durations and expressions; it knows the groups driven.
        inner: reads a scheduler inside.
    """

    resolver: SchedulerArgumentReader
    inner: Inner

    def read(self, name: str, node: Node, path: str) -> tuple[object, Argument | None]:
        """The value of argument ``name``, and its kind as an ``Argument`` unless it is plain."""
        kind = self._kind(node)
        value = self._value(node, path)
        return value, None if kind is None else Argument(name, kind)

    def _kind(self, node: Node) -> Kind | None:
        # The signature is not known, so the form of the value has to decide. By group comes first:
        # in {head: 5ep, body: 10ep} of a scheduler on those two groups the values are durations.
        if self._is_by_group(node):
            kinds = {self._kind(value) for _, value in node.items()}
            return "durations" if kinds == {"duration"} else None
        if _is_scheduler(node):
            return "scheduler"
        if _is_expression(node):
            return "expression"
        if _is_duration(node):
            return "duration"
        inside = [self._kind(element) for element in node.elements()]
        if "scheduler" in inside:
            return "schedulers"
        # [30ep, 500] is a list of durations, [30ep, linear] is left alone: plain integers beside a
        # text with a unit are ticks too.
        all_ticks = all(type(each.value) is int or _is_duration(each) for each in node.elements())
        return "durations" if "duration" in inside and all_ticks else None

    def _value(self, node: Node, path: str) -> object:
        if self._is_by_group(node):
            values = {key: self._value(value, child_path(path, key)) for key, value in node.items()}
            return [values[group] for group in self.resolver.groups]
        if _is_scheduler(node):
            return self.inner(node, path)
        if _is_expression(node):
            text = node.get("expr")
            argument = Argument("expr", "expression")
            return None if text is None else self.resolver.read(argument, text, path)
        if _is_duration(node):
            return self.resolver.read(Argument(path.rpartition(".")[2], "duration"), node, path)
        if node.is_list:
            elements = enumerate(node.elements())
            return [self._value(element, child_path(path, index)) for index, element in elements]
        return node.to_python()

    def _is_by_group(self, node: Node) -> bool:
        return bool(node.keys()) and set(node.keys()) == set(self.resolver.groups)


def _is_scheduler(node: Node) -> bool:
    return node.get("type") is not None


def _is_expression(node: Node) -> bool:
    return node.keys() == ("expr",)


def _is_duration(node: Node) -> bool:
    return isinstance(node.value, str) and _DURATION.match(node.value) is not None
