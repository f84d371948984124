"""One call of a script, with the values of its arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lrplan.source_code.values import Value


@dataclass(frozen=True, slots=True)
class Call:
    """A call: ``owner.method(*positional, **named)``, or without an owner."""

    node: ast.Call
    callee: Value
    owner: Value | None
    positional: list[Value]
    named: dict[str, Value]
    spreads_unknown: bool = False
    """There are arguments ``**options`` whose names are not known."""

    @property
    def name(self) -> str:
        """The last part of the name that is called."""
        function = self.node.func
        if isinstance(function, ast.Attribute):
            return function.attr
        return function.id if isinstance(function, ast.Name) else ""

    def argument(self, position: int, *names: str) -> Value | None:
        """The argument at ``position``, or that has one of ``names``; None: it is not given."""
        found = next((self.named[name] for name in names if name in self.named), None)
        if found is None and 0 <= position < len(self.positional):
            return self.positional[position]
        return found

    def values(self) -> Iterator[Value]:
        """Every argument."""
        yield from self.positional
        yield from self.named.values()

    def expression(self, position: int, *names: str) -> ast.expr | None:
        """The expression of that argument, as far as it is written there."""
        for keyword in self.node.keywords:
            if keyword.arg in names:
                return keyword.value
        plain = not any(isinstance(each, ast.Starred) for each in self.node.args)
        return self.node.args[position] if plain and position < len(self.node.args) else None
