"""Calls inside a function: some change a schedule, and some are followed."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from lrplan.torch_objects.user_code.lightning.analysis_interface import AnalysisInterface
from lrplan.torch_objects.user_code.lightning.effects import Effect, Position, position
from lrplan.torch_objects.user_code.lightning.values import (
    HARMLESS,
    Kind,
    Live,
    Method,
    Parent,
    Value,
    is_of_framework,
    is_optimizer_or_scheduler_class,
    join_values,
)

_STEPS = frozenset({"step", "step_update"})
_READS = frozenset(
    {"get_last_lr", "get_lr", "state_dict", "zero_grad", "items", "keys", "values", "get"}
    | {"print_lr", "index", "count", "copy", "toggle_model", "get_last_value"}
)
"""Methods of optimizers, groups and schedulers that move nothing."""
_GROWS = frozenset({"append", "extend", "add", "insert", "update", "setdefault", "appendleft"})
_OF_TRAINER = frozenset(
    {"setup_optimizers", "update_lr_schedulers", "optimizer_step", "lr_scheduler_step", "step"}
)
"""Methods of the trainer and its parts that step or replace what moves a schedule."""
_PASS_ON = frozenset(
    {"enumerate", "zip", "list", "tuple", "iter", "next", "reversed", "sorted", "set", "dict"}
    | {"filter", "map", "getattr", "chain", "cast"}
)
"""Functions that return their arguments, or parts of them."""
_READING = frozenset({"logging", "copy", "math", "warnings", "pprint", "json", "statistics"})
"""Modules of Python whose functions change nothing that they are given."""


class Calls(ABC):
    """The part of ``Reader`` that finds the values and effects of calls."""

    analysis: AnalysisInterface
    cls: type | None
    names: dict[str, Value]
    effects: dict[tuple[str, str], Effect]
    own_step: frozenset[str]
    steps: dict[Position, None]

    @abstractmethod
    def value(self, node: ast.expr | ast.AST) -> Value:
        """The value that an expression stands for."""

    @abstractmethod
    def attribute(self, base: Value, name: str) -> Value:
        """The value of an attribute of ``base``."""

    @abstractmethod
    def note(self, node: ast.AST, what: str) -> None:
        """Note an effect of the code at ``node``."""

    @abstractmethod
    def is_inside_driver(self, node: ast.expr) -> bool:
        """Return True if ``node`` is a part of an optimizer, a group or a scheduler."""

    def call(self, node: ast.Call) -> Value:
        """The value that a call returns; its effects are noted."""
        arguments = [self.value(each) for each in node.args]
        named = {each.arg or "": self.value(each.value) for each in node.keywords}
        if Kind.DRIVER in arguments:
            self._read_lambdas(node)
        if isinstance(node.func, ast.Attribute):
            return self._call_of_attribute(node, node.func, arguments, named)
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return self._parent()
        return self.value_of_call(node, self.value(node.func), arguments, named)

    def _call_of_attribute(
        self,
        node: ast.Call,
        func: ast.Attribute,
        given: Sequence[Value],
        named: Mapping[str, Value],
    ) -> Value:
        base, name = self.value(func.value), func.attr
        if isinstance(base, Parent):
            return self._of_parent(node, base, name, given, named)
        if base is Kind.DRIVER:
            return self._of_driver(node, name)
        # torch's methods that end in an underscore change a tensor in place:
        # `group['lr'].mul_(0.5)` halves a learning rate that is a tensor, without an assignment
        # that could be seen.
        if name.endswith("_") and self.is_inside_driver(func.value):
            self.note(node, "changes a value of a parameter group in place")
        if base is Kind.TRAINER:
            if name in _OF_TRAINER:
                self.note(node, f"calls {name}() of the trainer")
            return Kind.TRAINER
        callee = self.attribute(base, name)
        if isinstance(callee, (Method, Live)):
            return self.value_of_call(node, callee, given, named)
        return self._of_unknown(node, name, callee, [*given, *named.values()])

    def _read_lambdas(self, node: ast.Call) -> None:
        """Read lambdas that are passed along with a driver, as if called with parts of it."""
        # In `map(lambda g: g.update(lr=0.1), optimizer.param_groups)` no line calls the lambda: its
        # `g` may be any group, and what it does to it is an effect of the code that passes it.
        for each in node.args:
            if isinstance(each, ast.Lambda):
                self.names |= {argument.arg: Kind.DRIVER for argument in each.args.args}
                self.value(each.body)

    def value_of_call(
        self,
        node: ast.Call,
        callee: Value,
        given: Sequence[Value],
        named: Mapping[str, Value],
    ) -> Value:
        """The value that a call of ``callee`` returns."""
        if isinstance(callee, Method):
            return self.called_method(node, callee, given, named)
        everything = [*given, *named.values()]
        if isinstance(callee, Live):
            return self._called_object(node, callee.value, given, named)
        if callee is Kind.DRIVER:
            self.note(node, f"calls {_name(node)}, an optimizer or a scheduler")
        elif Kind.DRIVER in everything:
            self.note(node, f"hands an optimizer or a scheduler to {_name(node)}()")
        return Kind.UNKNOWN

    def _called_object(
        self, node: ast.Call, thing: Any, given: Sequence[Value], named: Mapping[str, Value]
    ) -> Value:
        everything = [*given, *named.values()]
        drives = Kind.DRIVER in everything
        if isinstance(thing, type):
            return self._made(node, thing, drives=drives)
        if vars(builtins).get(str(getattr(thing, "__name__", ""))) is thing:
            return self._builtin(node, thing, given)
        if is_of_framework(thing):
            return self._of_framework(node, thing, everything)
        has_module = any(map(self.analysis.is_module, everything))
        if drives or has_module or self.analysis.is_users(thing):
            return self._follow(node, thing, None, given, named)
        return Kind.UNKNOWN

    def called_method(
        self,
        node: ast.Call | None,
        method: Method,
        given: Sequence[Value],
        named: Mapping[str, Value],
    ) -> Value:
        """The value that a call of a method returns."""
        name = getattr(method.function, "__name__", "")
        if is_of_framework(method.function):
            if name in ("optimizers", "lr_schedulers"):
                return Kind.DRIVER
            is_step = name in _STEPS and is_optimizer_or_scheduler_class(method.cls)
            if node is not None and is_step:
                self.note(node, f"calls {name}() of an optimizer or a scheduler")
            return Kind.PLAIN
        drives = Kind.DRIVER in (*given, *named.values())
        follows = self.analysis.is_users(method.function) or self.analysis.is_module(method.owner)
        if not drives and not follows:
            # A class of some package that is given nothing by which it could move a schedule.
            return HARMLESS if isinstance(method.owner.value, type) else Kind.PLAIN
        return self._follow(node, method.function, method, given, named)

    def _follow(
        self,
        node: ast.Call | None,
        function: Any,
        method: Method | None,
        given: Sequence[Value],
        named: Mapping[str, Value],
    ) -> Value:
        owner = () if method is None else (method.owner,)
        cls = None if method is None else method.cls
        outcome = self.analysis.outcome(function, cls, [*owner, *given], named)
        if outcome is None:
            if node is not None and Kind.DRIVER in (*given, *named.values()):
                hands = f"hands an optimizer or a scheduler to {_name(node)}()"
                self.note(node, f"{hands}, whose source cannot be read")
            return Kind.UNKNOWN
        for effect in outcome.effects:
            self.effects.setdefault((effect.where, effect.what), effect)
        return outcome.result

    def _parent(self) -> Value:
        if self.cls is None:
            return Kind.UNKNOWN
        return Parent(self.cls, Live(self.analysis.module))

    def _of_parent(
        self,
        node: ast.Call,
        parent: Parent,
        name: str,
        given: Sequence[Value],
        named: Mapping[str, Value],
    ) -> Value:
        if name in ("optimizer_step", "lr_scheduler_step") and self.own_step:
            self.steps[position(node)] = None
            return Kind.PLAIN
        method = self.analysis.next_method(parent, name)
        if method is None:
            return Kind.DRIVER if name in ("optimizers", "lr_schedulers") else Kind.PLAIN
        return self.called_method(node, method, given, named)

    def _of_driver(self, node: ast.Call, name: str) -> Value:
        if name in _READS:
            return Kind.PLAIN
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        is_own = isinstance(receiver, ast.Name) and receiver.id in self.own_step
        if name == "step" and is_own:
            self.steps[position(node)] = None
            return Kind.PLAIN
        self.note(node, f"calls {name}() of an optimizer, a parameter group or a scheduler")
        return Kind.UNKNOWN

    def _of_unknown(
        self, node: ast.Call, name: str, callee: Value, given: Sequence[Value]
    ) -> Value:
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        if callee is Kind.DRIVER:
            return callee
        if name in _GROWS and isinstance(receiver, ast.Name) and Kind.DRIVER in given:
            self.names[receiver.id] = Kind.DRIVER
        elif name in _STEPS:
            receiver_text = ast.unparse(receiver) if receiver is not None else "something"
            self.note(node, f"calls step() of `{receiver_text}`, which may be a scheduler")
        elif Kind.DRIVER in given:
            self.note(node, f"hands an optimizer or a scheduler to {_name(node)}()")
        return Kind.UNKNOWN

    def _made(self, node: ast.Call, cls: type, *, drives: bool) -> Value:
        if vars(builtins).get(cls.__name__) is cls:
            # `list(optimizers)` holds the optimizers themselves, and what is done to its elements
            # counts; `str(optimizer)` leads nowhere.
            is_same = cls.__name__ in _PASS_ON and drives
            return Kind.DRIVER if is_same else Kind.PLAIN
        if cls.__name__ in _PASS_ON and is_of_framework(cls):  # itertools.chain
            return Kind.DRIVER if drives else Kind.PLAIN
        if is_optimizer_or_scheduler_class(cls):
            self.note(node, f"builds {cls.__name__} when training has begun")
            return Kind.DRIVER
        if drives:
            self.note(node, f"hands an optimizer or a scheduler to {cls.__name__}()")
            return Kind.DRIVER
        return HARMLESS

    def _builtin(self, node: ast.Call, thing: Any, given: Sequence[Value]) -> Value:
        if thing in (setattr, delattr) and given and given[0] in (Kind.DRIVER, Kind.TRAINER):
            self.note(node, f"calls {thing.__name__}() on an optimizer or a scheduler")
        if thing in (exec, eval):
            self.note(node, f"runs text as code by {thing.__name__}()")
        return join_values(given) if thing.__name__ in _PASS_ON and given else Kind.PLAIN

    def _of_framework(self, node: ast.Call, thing: Any, given: Sequence[Value]) -> Value:
        if Kind.DRIVER not in given:
            return Kind.PLAIN
        root = str(getattr(thing, "__module__", "")).partition(".")[0]
        if getattr(thing, "__name__", "") in _PASS_ON:
            return Kind.DRIVER
        if root in _READING or "lightning" in root:
            return Kind.PLAIN
        self.note(node, f"hands an optimizer or a scheduler to {_name(node)}()")
        return Kind.UNKNOWN


def _name(node: ast.Call) -> str:
    return ast.unparse(node.func)
