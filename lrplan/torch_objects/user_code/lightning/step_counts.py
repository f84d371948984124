"""Counts of the steps on each path through a hook, to see that every path makes exactly one.

Each block gives two sets of counts: of the paths that reach its end, and of those that return
before. For ``if a: scheduler.step()`` they are ``{0, 1}`` and ``{}``: a hook that is only this
skips ticks. With ``else: scheduler.step()`` the first is ``{1}``, as in Lightning's own hook.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lrplan.torch_objects.user_code.lightning.effects import Position, position

MANY = 2
"""Stands for any count above one."""


_REPEATED = (ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match)
"""Statements whose paths are not counted one by one."""


_UNCOUNTABLE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""Expressions whose parts may run any number of times, or never."""


@dataclass(frozen=True, slots=True)
class StepCounter:
    """Counts calls on the paths through statements.

    Args:
        calls: the calls that count, by their positions.
        metric: the name of the argument that is the metric; empty where there is none.
        has_metric: it is given one.
    """

    calls: frozenset[Position]
    metric: str = ""
    has_metric: bool = False

    def is_once(self, body: Sequence[ast.stmt]) -> bool:
        """Return True if every path through ``body`` makes exactly one of the calls."""
        open_ended, ended = self._of_block(body)
        return open_ended | ended == {1}

    def _of_block(self, body: Iterable[ast.stmt]) -> tuple[set[int], set[int]]:
        """Counts of the ways that reach the end, and of those that return before it."""
        # `if a: scheduler.step()`, and after it `scheduler.step()`: the first statement has ways
        # with 0 and 1 calls, the second 1, so together 1 and 2: some path calls it twice.
        reaching, ended = {0}, set[int]()
        for statement in body:
            more, stopped = self._of_statement(statement)
            ended |= {_sum(a, b) for a in reaching for b in stopped}
            reaching = {_sum(a, b) for a in reaching for b in more}
        return reaching, ended

    def _of_statement(self, node: ast.stmt) -> tuple[set[int], set[int]]:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return {MANY} if self._count(node) else {0}, set()
        if isinstance(node, ast.If):
            return self._of_branches(node)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self._of_block(node.body)
        if isinstance(node, ast.Raise):
            return set(), set()
        if isinstance(node, _REPEATED):
            returns = any(isinstance(each, ast.Return) for each in ast.walk(node))
            return ({0, MANY} if self._count(node) else {0}), ({0} if returns else set())
        counts = self._of_expression(node)
        return (set(), counts) if isinstance(node, ast.Return) else (counts, set())

    def _of_expression(self, node: ast.AST) -> set[int]:
        """Counts of the paths through an expression, or a statement that is not a block.

        ``a and scheduler.step()`` makes none or one, ``step() if a else step(metric)`` makes one. A
        lambda or a comprehension may run any number of times.
        """
        if not self._count(node):
            return {0}
        if isinstance(node, ast.IfExp):
            chosen = self._choice(node.test)
            branches = [node.body, node.orelse]
            if chosen is not None:
                branches = [node.body if chosen else node.orelse]
            found = {count for each in branches for count in self._of_expression(each)}
            return {_sum(a, b) for a in self._of_expression(node.test) for b in found}
        if isinstance(node, ast.BoolOp):
            first, *others = node.values
            later = {0, *(MANY if self._count(each) > 1 else self._count(each) for each in others)}
            return {_sum(a, b) for a in self._of_expression(first) for b in later}
        if isinstance(node, _UNCOUNTABLE):
            return {0, MANY}
        counts = {int(isinstance(node, ast.Call) and position(node) in self.calls)}
        for child in ast.iter_child_nodes(node):
            counts = {_sum(a, b) for a in counts for b in self._of_expression(child)}
        return counts

    def _of_branches(self, node: ast.If) -> tuple[set[int], set[int]]:
        chosen = self._choice(node.test)
        branches = [node.body, node.orelse] if chosen is None else []
        if chosen is not None:
            branches = [node.body if chosen else node.orelse]
        tested = self._of_expression(node.test)
        outcomes = [self._of_block(each) for each in branches]
        reaching = {_sum(a, b) for a in tested for more, _ in outcomes for b in more}
        return reaching, {_sum(a, b) for a in tested for _, ended in outcomes for b in ended}

    def _choice(self, test: ast.expr) -> bool | None:
        """The outcome of ``metric is None`` and ``metric is not None``; None of anything else."""
        if not self.metric or not isinstance(test, ast.Compare):
            return None
        right = test.comparators[0]
        is_metric = isinstance(test.left, ast.Name) and test.left.id == self.metric
        if not is_metric or not isinstance(right, ast.Constant) or right.value is not None:
            return None
        if isinstance(test.ops[0], ast.Is):
            return not self.has_metric
        return self.has_metric if isinstance(test.ops[0], ast.IsNot) else None

    def _count(self, node: ast.AST) -> int:
        inside = (each for each in ast.walk(node) if isinstance(each, ast.Call))
        return min(sum(position(each) in self.calls for each in inside), MANY)


def _sum(a: int, b: int) -> int:
    return min(a + b, MANY)
