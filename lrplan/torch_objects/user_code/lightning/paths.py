"""Counts of the steps on each path through a hook, to see that every path makes exactly one.

Each block gives two sets of counts: of the paths that reach its end, and of those that return
before. For ``if a: scheduler.step()`` they are ``{0, 1}`` and ``{}``: a hook that is only this
skips ticks. With ``else: scheduler.step()`` the first is ``{1}``, as in Lightning's own hook.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.torch_objects.user_code.lightning.effects import position

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lrplan.torch_objects.user_code.lightning.effects import Position

MANY = 2
"""More often than once."""


_REPEATED = (ast.For, ast.AsyncFor, ast.While, ast.Try, ast.Match)
"""Statements of which no single way through is told apart from the others."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Counts calls on the ways through statements.

    Args:
        calls: the calls that count, by their positions.
        metric: the name of the argument that is the metric; empty where there is none.
        has_metric: it is given one.
    """

    calls: frozenset[Position]
    metric: str = ""
    has_metric: bool = False

    def is_once(self, body: Sequence[ast.stmt]) -> bool:
        """Return True if every way through ``body`` makes exactly one of the calls."""
        open_ended, ended = self._of_block(body)
        return open_ended | ended == {1}

    def _of_block(self, body: Iterable[ast.stmt]) -> tuple[set[int], set[int]]:
        """Counts of the ways that reach the end, and of those that return before it."""
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
        count = self._count(node)
        if isinstance(node, (ast.Return, ast.Raise)):
            return set(), {count} if isinstance(node, ast.Return) else set()
        if isinstance(node, _REPEATED):
            returns = any(isinstance(each, ast.Return) for each in ast.walk(node))
            return ({0, MANY} if count else {0}), ({0} if returns else set())
        return {count}, set()

    def _of_branches(self, node: ast.If) -> tuple[set[int], set[int]]:
        chosen = self._choice(node.test)
        branches = [node.body, node.orelse] if chosen is None else []
        if chosen is not None:
            branches = [node.body if chosen else node.orelse]
        found = [self._of_block(each) for each in branches]
        return {n for more, _ in found for n in more}, {n for _, end in found for n in end}

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
