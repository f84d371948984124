"""Hooks that depend only on values that lrplan knows exactly, so that they can be called.

Such an ``lr_scheduler_step`` reads its arguments, the counts of steps and epochs, the length of the
run, hyper-parameters, and numbers of the module that no hook changes; it calls ``step`` or
``step_update`` of the scheduler, or ``super()``.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field

from lrplan.torch_objects.user_code.lightning.source import FunctionSource
from lrplan.torch_objects.user_code.lightning.values import attribute
from lrplan.torch_objects.user_code.trainer_stub import ATTRIBUTES

COUNTS = frozenset({"current_epoch", "global_step"})
"""Attributes of the module that it reads from its trainer."""

_STATEMENTS = (ast.Expr, ast.If, ast.Return, ast.Assign, ast.AugAssign, ast.Pass)
_EXPRESSIONS = (
    *(ast.Compare, ast.BoolOp, ast.BinOp, ast.UnaryOp, ast.Constant, ast.IfExp, ast.Tuple),
    *(ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context, ast.keyword),
)
_FUNCTIONS = frozenset({"isinstance", "int", "float", "min", "max", "len", "hasattr", "abs"})
_STEPS = frozenset({"step", "step_update"})
_NUMBERS = (bool, int, float, str, type(None))


@dataclass(slots=True)
class SelfContainedHookCheck:
    """Checks one definition of a hook.

    Args:
        module: the module.
        source: the hook.
        changed: attributes of the module that some method sets.
    """

    module: object
    source: FunctionSource
    changed: Collection[str]
    reads: set[str] = field(default_factory=set)
    """Counts that it reads."""
    asks_parent: bool = False
    """True if it calls ``super()``."""

    def check(self) -> bool:
        """Return True if the hook depends only on known values."""
        return all(map(self._statement, self.source.body()))

    @property
    def _names(self) -> tuple[str, str]:
        """The names of the hook's first two parameters: the module and the scheduler."""
        first, second, *_ = [*self.source.parameters(), "", ""]
        return first, second

    def _statement(self, node: ast.stmt) -> bool:
        if not isinstance(node, _STATEMENTS):
            return False
        if isinstance(node, ast.If):
            blocks = all(map(self._statement, (*node.body, *node.orelse)))
            return self._expression(node.test) and blocks
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AugAssign) else targets
        if not all(isinstance(each, ast.Name) and each.id not in self._names for each in targets):
            return False
        value = getattr(node, "value", None)
        return value is None or self._expression(value)

    def _expression(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Name):
            return node.id != self._names[0]
        return isinstance(node, _EXPRESSIONS) and all(
            map(self._expression, ast.iter_child_nodes(node))
        )

    def _call(self, node: ast.Call) -> bool:
        inside = [*node.args, *(each.value for each in node.keywords)]
        if isinstance(node.func, ast.Name):
            if node.func.id == "isinstance":  # its second argument is a class
                inside = inside[:1]
            return node.func.id in _FUNCTIONS and all(map(self._expression, inside))
        if not isinstance(node.func, ast.Attribute) or not all(map(self._expression, inside)):
            return False
        # Of methods two are allowed: `super().lr_scheduler_step(scheduler, metric)`, whose receiver
        # is a call itself, and `scheduler.step(...)`, whose receiver is the hook's parameter.
        receiver = node.func.value
        if isinstance(receiver, ast.Call):
            is_super = isinstance(receiver.func, ast.Name) and receiver.func.id == "super"
            self.asks_parent = self.asks_parent or is_super
            return is_super and node.func.attr == "lr_scheduler_step"
        is_scheduler = isinstance(receiver, ast.Name) and receiver.id == self._names[1]
        return is_scheduler and node.func.attr in _STEPS

    def _attribute(self, node: ast.Attribute) -> bool:
        # `self.trainer.global_step` is two attributes around the name `self`; the outer one is
        # met first. Turned around, the chain is [trainer, global_step], and its base is `self`.
        chain = [node.attr]
        base = node.value
        while isinstance(base, ast.Attribute):
            chain.append(base.attr)
            base = base.value
        chain.reverse()
        if not isinstance(base, ast.Name):
            return False
        if base.id == self._names[1]:
            return True
        return base.id == self._names[0] and self._of_module(chain)

    def _of_module(self, chain: list[str]) -> bool:
        # `self.trainer.current_epoch`, `self.current_epoch`, `self.hparams.warmup`, `self.warmup`;
        # anything longer may be an object that a hook changes, and is not known.
        first, *rest = chain
        if first == "trainer":
            first, *rest = [*rest, ""]
            known = first in ATTRIBUTES and rest == [""]
            self.reads |= {first} & COUNTS
            return known
        if first in COUNTS:
            self.reads.add(first)
            return not rest
        if first in self.changed:
            return False
        if first == "hparams":
            return len(rest) == 1
        return not rest and isinstance(attribute(self.module, first), _NUMBERS)
