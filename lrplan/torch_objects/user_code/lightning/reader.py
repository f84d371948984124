"""Reads one function statement by statement, and notes what it does to a schedule.

Where two branches give a name two meanings, the one that can move a schedule counts.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from lrplan.torch_objects.user_code.lightning.analysis_interface import AnalysisInterface
from lrplan.torch_objects.user_code.lightning.effects import Effect, Outcome, Position
from lrplan.torch_objects.user_code.lightning.expressions import Expressions, key_of
from lrplan.torch_objects.user_code.lightning.source import FunctionSource
from lrplan.torch_objects.user_code.lightning.values import (
    DRIVERS,
    HARMLESS,
    Kind,
    Live,
    Value,
    join_values,
)

_MOVING_OF_TRAINER = frozenset(
    {"accumulate_grad_batches", "limit_train_batches", "max_batches", *DRIVERS}
)


class Reader(Expressions, ast.NodeVisitor):
    """Reads one function, given the values of its arguments.

    Args:
        analysis: what is known of the module, and reads the functions that this one calls.
        function: the live function.
        source: what its author wrote.
        cls: the class that defines it; None for one outside of classes.
        arguments: its arguments by name.
        own_step: the names of arguments whose ``step()`` is what Lightning's own hook calls.
    """

    def __init__(
        self,
        analysis: AnalysisInterface,
        function: FunctionType,
        source: FunctionSource,
        cls: type | None,
        arguments: Mapping[str, Value],
        default_step_names: frozenset[str],
    ) -> None:
        self.analysis = analysis
        self.function = function
        self.source = source
        self.cls = cls
        self.own_step = default_step_names
        self.names: dict[str, Value] = dict(arguments)
        self.effects: dict[tuple[str, str], Effect] = {}
        self.steps: dict[Position, None] = {}
        self._results: list[Value] = []

    def outcome(self) -> Outcome:
        """The effects and the result of calling the function."""
        for _ in range(2):  # the second time, names that a loop binds late are known
            self.effects.clear()
            self._results.clear()
            for statement in self.source.body():
                self.visit(statement)
        result = join_values(self._results) if self._results else Kind.PLAIN
        return Outcome(tuple(self.effects.values()), result, tuple(self.steps))

    def note(self, node: ast.AST, what: str) -> None:
        """Note an effect of the code at ``node``."""
        line = getattr(node, "lineno", 1)
        effect = Effect(what, self.source.where(line), self.source.at(line))
        self.effects.setdefault((effect.where, what), effect)

    def visit(self, node: ast.AST) -> Any:
        """Read a statement, or an expression for what it calls."""
        return self.value(node) if isinstance(node, ast.expr) else super().visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        """Note the value that is returned."""
        self._results.append(Kind.PLAIN if node.value is None else self.value(node.value))

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Read a function inside of this one as if it were called here."""
        kept, self._results = self._results, []
        for statement in node.body:
            self.visit(statement)
        self._results = kept

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Read an asynchronous function like any other."""
        self.visit_FunctionDef(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Bind names; writing to anything else may move a schedule."""
        value = self.value(node.value)
        for target in node.targets:
            self.bind(target, value, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Bind an annotated name."""
        if node.value is not None:
            self.bind(node.target, self.value(node.value), node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """Write to the target, and keep what else it may be."""
        # `group |= {"lr": 0.1}` writes into the group itself, also where it goes by a name.
        if isinstance(node.op, ast.BitOr) and self.is_inside_driver(node.target):
            self.note(node, "writes a parameter group")
        value = join_values([self.value(node.target), self.value(node.value)])
        self.bind(node.target, value, None)

    def visit_Delete(self, node: ast.Delete) -> None:
        """Count deleting a group, or a value of one, as writing to it."""
        for target in node.targets:
            self.bind(target, Kind.UNKNOWN, None)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        """Bind the names of a loop."""
        self.bind_elements(node.target, node.iter)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        """Bind the names of a loop."""
        self.visit_For(node)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        """Bind what a context gives."""
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value, None)
        for statement in node.body:
            self.visit(statement)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        """Bind what a context gives."""
        self.visit_With(node)

    def bind(self, target: ast.expr, value: Value, node: ast.expr | None) -> None:
        """Give ``target`` a value; ``node`` is the expression it comes from, if there is one."""
        if isinstance(target, (ast.Tuple, ast.List)):
            same = isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == len(target.elts)
            parts: list[ast.expr | None] = [None] * len(target.elts)
            if same and isinstance(node, (ast.Tuple, ast.List)):
                parts = list(node.elts)
            for element, part in zip(target.elts, parts, strict=True):
                self.bind(element, value if part is None else self.value(part), part)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value, None)
        elif isinstance(target, ast.Name):
            # Branches are read one after the other: after `opt = self.optimizers()` and `if a: opt
            # = None` the name may still be a driver, and counts as one. Only a live object replaces
            # it.
            before = self.names.get(target.id)
            is_both = before is Kind.DRIVER and not isinstance(value, Live)
            self.names[target.id] = Kind.DRIVER if is_both else value
        else:
            self._write(target, value)

    def bind_elements(self, target: ast.expr, iterated: ast.expr) -> None:
        """Bind ``target`` to what iterating gives, with ``enumerate`` and ``zip`` taken apart."""
        called = iterated.func if isinstance(iterated, ast.Call) else None
        name = called.id if isinstance(called, ast.Name) else ""
        if isinstance(iterated, ast.Call) and isinstance(target, ast.Tuple):
            if name == "enumerate" and len(target.elts) == 2:
                self.bind(target.elts[0], Kind.PLAIN, None)
                self.bind_elements(target.elts[1], iterated.args[0])
                return
            if name == "zip" and len(target.elts) == len(iterated.args):
                for element, part in zip(target.elts, iterated.args, strict=True):
                    self.bind_elements(element, part)
                return
        value = self.value(iterated)
        # What is there already, and is not a driver, holds none.
        self.bind(target, value if isinstance(value, Kind) else HARMLESS, None)

    def _write(self, target: ast.expr, value: Value) -> None:
        if isinstance(target, ast.Attribute):
            if self.is_inside_driver(target.value):
                self.note(target, f"sets `{target.attr}` of an optimizer or a scheduler")
            else:
                self._set_attribute(target, value)
        elif isinstance(target, ast.Subscript):
            self.value(target.slice)
            self._set_element(target, value)

    def _set_attribute(self, target: ast.Attribute, value: Value) -> None:
        base = self.value(target.value)
        if base is Kind.TRAINER and target.attr in _MOVING_OF_TRAINER:
            self.note(target, f"sets the trainer's `{target.attr}`")
        elif self.analysis.is_module(base):
            if target.attr == "automatic_optimization":
                self.note(target, "sets `automatic_optimization`")
            self.analysis.learn(target.attr, value)

    def _set_element(self, target: ast.Subscript, value: Value) -> None:
        key = key_of(target)
        if self.is_inside_driver(target.value):
            group = f"a parameter group's `{key}`" if key else "to a parameter group"
            self.note(target, f"writes {group}")
        elif self.value(target.value) is Kind.UNKNOWN and key == "lr":
            self.note(target, "writes `lr` of what may be a parameter group")
        elif isinstance(target.value, ast.Name) and value is Kind.DRIVER:
            self.names[target.value.id] = Kind.DRIVER
