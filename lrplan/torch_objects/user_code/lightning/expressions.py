"""The values that expressions, attributes and elements in a function stand for.

Optimizers, parameter groups and schedulers are followed through names, attributes and containers.
"""

from __future__ import annotations

import ast
import builtins
from abc import abstractmethod
from collections.abc import Callable
from inspect import getattr_static
from typing import Any, ClassVar

from lrplan.torch_objects.user_code.lightning.calls import Calls
from lrplan.torch_objects.user_code.lightning.values import (
    DRIVERS,
    HARMLESS,
    MISSING,
    Kind,
    Live,
    Method,
    Value,
    attribute,
    defining_class,
    is_of_framework,
    join_values,
    moves_schedule,
)

_INSIDE_DRIVERS = frozenset(
    {"__dict__", "param_groups", "optimizer", "optimizers", "scheduler", "schedulers"}
    | {"_schedulers"}
)
_NOT_VALUES = frozenset({"state", "defaults", "params"})
_TRAINERS = frozenset({"trainer", "_trainer", "fabric"})
_PLAIN_OF_MODULE = frozenset({"hparams", "logger", "loggers", "current_epoch", "global_step"})
_CONTAINERS = (
    ast.Tuple,
    ast.List,
    ast.Set,
    ast.Dict,
    ast.Starred,
    ast.IfExp,
    ast.BoolOp,
    ast.BinOp,
)


class Expressions(Calls):
    """The part of ``Reader`` that finds the values of expressions."""

    function: Any  # mypy takes an attribute of FunctionType for a method
    """The live function that is read."""

    @abstractmethod
    def bind(self, target: ast.expr, value: Value, node: ast.expr | None) -> None:
        """Bind a target to a value."""

    @abstractmethod
    def bind_elements(self, target: ast.expr, iterated: ast.expr) -> None:
        """Bind a target to the elements of what is iterated."""

    def is_inside_driver(self, node: ast.expr) -> bool:
        """Return True if ``node`` is an optimizer, a group or a scheduler, or a part of one."""
        while True:
            if self.value(node) is Kind.DRIVER:
                return True
            if not isinstance(node, (ast.Attribute, ast.Subscript)):
                return False
            name = node.attr if isinstance(node, ast.Attribute) else key_of(node)
            if name in _NOT_VALUES:
                return False
            node = node.value

    def value(self, node: ast.expr | ast.AST) -> Value:
        """The value that an expression stands for; effects of calls in it are noted."""
        read = self._readers.get(type(node))
        if read is not None:
            return read(self, node)
        values = [self.value(each) for each in ast.iter_child_nodes(node) if _is_value(each)]
        if isinstance(node, _CONTAINERS):
            return Kind.DRIVER if Kind.DRIVER in values else Kind.PLAIN
        return values[0] if isinstance(node, ast.Await) else Kind.PLAIN

    def _attribute_node(self, node: ast.Attribute) -> Value:
        return self.attribute(self.value(node.value), node.attr)

    def _named(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        self.bind(node.target, value, node.value)
        return value

    def _comprehension(self, node: ast.expr) -> Value:
        for generator in getattr(node, "generators", ()):
            self.bind_elements(generator.target, generator.iter)
            for condition in generator.ifs:
                self.value(condition)
        if isinstance(node, ast.DictComp):
            return join_values([self.value(node.key), self.value(node.value)])
        return self.value(node.elt) if hasattr(node, "elt") else Kind.UNKNOWN

    def _element(self, node: ast.Subscript) -> Value:
        base = self.value(node.value)
        self.value(node.slice)
        if base is Kind.DRIVER:
            # By name it is a value of a group, by number a group or a scheduler.
            return Kind.PLAIN if key_of(node) else Kind.DRIVER
        if isinstance(base, Live):
            return Kind.DRIVER if moves_schedule(base.value) else HARMLESS
        return base if isinstance(base, Kind) else Kind.UNKNOWN

    def _name(self, node: ast.Name) -> Value:
        name = node.id
        if name in self.names:
            return self.names[name]
        code, cells = self.function.__code__, self.function.__closure__ or ()
        for free, cell in zip(code.co_freevars, cells, strict=False):
            if free == name:
                try:
                    return live(cell.cell_contents)
                except ValueError:  # nothing is in it yet
                    return Kind.UNKNOWN
        value = self.function.__globals__.get(name, getattr(builtins, name, MISSING))
        return Kind.UNKNOWN if value is MISSING else live(value)

    def attribute(self, base: Value, name: str) -> Value:
        """The value of the attribute ``name`` of ``base``."""
        if name == "param_groups":
            return Kind.DRIVER
        is_driver_name = name in DRIVERS
        if self.analysis.is_module(base):
            return self._of_module(base, name)
        if base is Kind.DRIVER:
            return Kind.DRIVER if name in _INSIDE_DRIVERS else Kind.PLAIN
        if base is Kind.TRAINER:
            return Kind.DRIVER if is_driver_name else Kind.TRAINER
        if isinstance(base, Live):
            return HARMLESS if base is HARMLESS else self._held(base, name)
        return Kind.DRIVER if is_driver_name else Kind.UNKNOWN

    def _of_module(self, module: Value, name: str) -> Value:
        if name in _TRAINERS:
            return Kind.TRAINER
        if name in self.analysis.drivers:
            return Kind.DRIVER
        if name in _PLAIN_OF_MODULE or not isinstance(module, Live):
            return Kind.PLAIN
        value = self._held(module, name)
        return Kind.PLAIN if value is Kind.UNKNOWN and name in self.analysis.plain else value

    def _held(self, base: Live, name: str) -> Value:
        thing = base.value
        value = attribute(thing, name)
        if value is MISSING:
            return Kind.DRIVER if name in DRIVERS else Kind.UNKNOWN
        cls = thing if isinstance(thing, type) else type(thing)
        if isinstance(value, property):
            if value.fget is None or is_of_framework(value.fget):
                return Kind.DRIVER if name in DRIVERS else Kind.PLAIN
            method = Method(value.fget, base, defining_class(cls, name))
            return self.called_method(None, method, [], {})
        if isinstance(value, staticmethod):
            value = value.__func__
        if isinstance(value, classmethod):
            return Method(value.__func__, Live(cls), defining_class(cls, name))
        is_bound = getattr_static(type(thing), name, MISSING) is value
        if is_bound and hasattr(value, "__code__"):
            return Method(value, base, defining_class(cls, name))
        return live(value)

    _readers: ClassVar[dict[type[ast.AST], Callable[[Any, Any], Value]]] = {
        ast.Name: _name,
        ast.Attribute: _attribute_node,
        ast.Subscript: _element,
        ast.Call: Calls.call,
        ast.NamedExpr: _named,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _comprehension,
    }


def live(thing: Any) -> Value:
    """The value that an existing object stands for."""
    return Kind.DRIVER if moves_schedule(thing) else Live(thing)


def key_of(node: ast.Subscript) -> str:
    """The text that an element is looked up by; empty for anything else."""
    key = node.slice
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else ""


def _is_value(node: ast.AST) -> bool:
    return isinstance(node, ast.expr)
