"""Expressions of a Python config as nodes: literals, arithmetic, and the names above them.

Nothing is run. What is not data (a call of a function, a slice, an f-string) raises
``UnreadableError``, and whoever assigns it leaves the name out.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lrplan.limits import NODES
from lrplan.node import Node, Scalar
from lrplan.text_position import TextPosition

MAX_DEPTH = 100
"""Levels of nesting of an expression, and of the value that it gives."""
_MAX_INT = 10**308
_MAX_TEXT = 10_000
_BASE = "_base_"

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


class NotStaticError(Exception):
    """An expression computes something that cannot be known without running it."""


class TooLargeError(Exception):
    """The values of a file, names repeated in full, are more than a config may hold."""


class ImportedName(str):
    """The dotted path of a name that the file imports, as the value of that name.

    New configs of MMEngine write classes and not their names: after ``from torch.optim import
    AdamW``, the ``type=AdamW`` is ``torch.optim.AdamW``. No arithmetic is done with it.
    """

    __slots__ = ()


class Values:
    """Evaluates expressions.

    Args:
        names: what the names above stand for; whoever assigns adds to it.
        unread: the other names above, among which may be a ``dict`` of the file's own.
        place_of: the span of a syntax node in the text.
        base: what ``_base_.x`` and ``{{_base_.x}}`` look ``x`` up in.
    """

    def __init__(
        self,
        names: Mapping[str, Node],
        unread: Mapping[str, TextPosition],
        place_of: Callable[[ast.AST], TextPosition],
        base: Callable[[str], Node | None],
    ) -> None:
        self._names = names
        self._unread = unread
        self._place_of = place_of
        self._base = base
        self._sizes: dict[int, tuple[Node, int, int]] = {}
        self._total = 0
        self._max_nodes = NODES.value
        self._readers: Mapping[type[ast.expr], Callable[[Any, int], Node]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.List: self._list,
            ast.Tuple: self._list,
            ast.Dict: self._dict,
            ast.Call: self._call,
            ast.UnaryOp: self._unary,
            ast.BinOp: self._binary,
            ast.Attribute: self._of_base,
            ast.Set: self._of_base,
            ast.Subscript: self._item,
        }

    def evaluate(self, expression: ast.expr) -> Node:
        """The value of an expression.

        Raises:
            UnreadableError: it is not data, or its value is nested too deep.
            TooLargeError: the values of the file are more than the limit.
        """
        node = self._value(expression, 0)
        size, height = self._measure(node)
        self._total += size
        if self._total > self._max_nodes:
            raise TooLargeError
        if height > MAX_DEPTH:
            raise NotStaticError
        return node

    def _value(self, node: ast.expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise NotStaticError
        reader = self._readers.get(type(node))
        if reader is None:
            raise NotStaticError
        return reader(node, depth + 1)

    def _at(self, node: ast.AST, value: Scalar | tuple[Node, ...] | Mapping[str, Node]) -> Node:
        return Node(value, self._place_of(node), quoted=isinstance(value, str))

    def _constant(self, node: ast.Constant, _depth: int) -> Node:
        value = node.value
        if value is not None and not isinstance(value, (bool, int, float, str)):
            raise NotStaticError
        return self._at(node, _checked(value))

    def _name(self, node: ast.Name, _depth: int) -> Node:
        # `lr = base_lr * 2` is reported at the whole product; a name alone keeps the place where
        # its value stands, as an alias of YAML does.
        if node.id not in self._names:
            raise NotStaticError
        return self._names[node.id]

    def _elements(self, nodes: list[ast.expr], depth: int) -> Iterator[Node]:
        for each in nodes:
            if isinstance(each, ast.Starred):
                shared = self._value(each.value, depth)
                if not shared.is_list:
                    raise NotStaticError
                yield from shared.elements()
            else:
                yield self._value(each, depth)

    def _list(self, node: ast.List | ast.Tuple, depth: int) -> Node:
        return self._at(node, tuple(self._elements(node.elts, depth)))

    def _dict(self, node: ast.Dict, depth: int) -> Node:
        entries: dict[str, Node] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                entries |= self._mapping(value, depth)
                continue
            name = self._value(key, depth)
            if not isinstance(name.value, str) or isinstance(name.value, ImportedName):
                raise NotStaticError
            entries[name.value] = replace(self._value(value, depth), key_place=name.place)
        return self._at(node, entries)

    def _call(self, node: ast.Call, depth: int) -> Node:
        """``dict(a=1, **b)``, ``dict(mapping, a=1)``, ``list([...])`` or ``tuple([...])``."""
        # `dict(type="SGD", lr=0.1)` is how most configs of MMEngine write a mapping. It is read as
        # data, unless the file has a `dict` of its own: `dict = Config` above makes it a call of
        # other code.
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        is_own = called in self._names or called in self._unread
        if is_own or called not in {"dict", "list", "tuple"} or len(node.args) > 1:
            raise NotStaticError
        if called == "dict":
            entries = {} if not node.args else self._mapping(node.args[0], depth)
            for keyword in node.keywords:
                if keyword.arg is None:
                    entries |= self._mapping(keyword.value, depth)
                else:
                    value = self._value(keyword.value, depth)
                    place = _start_of(self._place_of(keyword), len(keyword.arg))
                    entries[keyword.arg] = replace(value, key_place=place)
            return self._at(node, entries)
        if node.keywords:
            raise NotStaticError
        elements = self._elements([ast.Starred(each) for each in node.args], depth)
        return self._at(node, tuple(elements))

    def _mapping(self, node: ast.expr, depth: int) -> dict[str, Node]:
        value = self._value(node, depth)
        if not value.is_mapping:
            raise NotStaticError
        return dict(value.items())

    def _unary(self, node: ast.UnaryOp, depth: int) -> Node:
        operand = self._value(node.operand, depth)
        if isinstance(node.op, ast.Not) and isinstance(operand.value, bool):
            return self._at(node, not operand.value)
        if isinstance(node.op, (ast.USub, ast.UAdd)):
            value = _number(operand)
            return self._at(node, -value if isinstance(node.op, ast.USub) else +value)
        raise NotStaticError

    def _binary(self, node: ast.BinOp, depth: int) -> Node:
        if isinstance(node.left, ast.Set) or isinstance(node.right, ast.Set):
            raise NotStaticError  # MMEngine puts a text where `{{_base_.x}}` stands
        left, right = self._value(node.left, depth), self._value(node.right, depth)
        if isinstance(node.op, ast.Add) and left.is_list and right.is_list:
            return self._at(node, self._joined(left, right))
        if isinstance(node.op, ast.Add) and _is_text(left) and _is_text(right):
            return self._at(node, _checked(f"{left.value}{right.value}"))
        if isinstance(node.op, ast.Mult) and left.is_list and isinstance(right.value, int):
            return self._at(node, self._repeat(left, right.value))
        return self._at(node, _computed(node.op, _number(left), _number(right)))

    def _joined(self, left: Node, right: Node) -> tuple[Node, ...]:
        both = (*left.elements(), *right.elements())
        if len(both) > self._max_nodes:
            raise TooLargeError
        return both

    def _repeat(self, node: Node, times: int) -> tuple[Node, ...]:
        # `[1] * 10**9` is counted before it is made.
        if len(node.elements()) * max(times, 0) > self._max_nodes:
            raise TooLargeError
        return node.elements() * times

    def _of_base(self, node: ast.Attribute | ast.Set, _depth: int) -> Node:
        """The value of ``_base_.a.b`` or ``{{_base_.a.b}}``: to Python, a set in a set."""
        # `{{_base_.model.lr}}` is not Python's idea of a template: it parses as a set that holds a
        # set that holds `_base_.model.lr`. The value keeps the place of the expression, for the
        # text of the base is in another file.
        inner: ast.expr = node
        while isinstance(inner, ast.Set) and len(inner.elts) == 1:
            inner = inner.elts[0]
        keys: list[str] = []
        while isinstance(inner, ast.Attribute):
            keys.insert(0, inner.attr)
            inner = inner.value
        if not (isinstance(inner, ast.Name) and inner.id == _BASE and keys):
            raise NotStaticError
        value = self._base(keys[0])
        found = None if value is None else value.find(keys[1:])
        if found is None:
            raise NotStaticError
        return replace(found, place=self._place_of(node), key_place=None)

    def _item(self, node: ast.Subscript, depth: int) -> Node:
        whole, key = self._value(node.value, depth), self._value(node.slice, depth).value
        found = None
        if isinstance(key, str):
            found = whole.get(key)
        elif isinstance(key, int) and not isinstance(key, bool):
            found = whole.element(key + len(whole.elements()) if key < 0 else key)
        if found is None:
            raise NotStaticError
        return found

    def _measure(self, node: Node) -> tuple[int, int]:
        """The values in ``node`` and its height, a name that stands in it counted in full."""
        # Ten lines that each repeat the one before ten times share their nodes, so each is measured
        # once. The node is kept beside its numbers, for an id may be used again.
        known = self._sizes.get(id(node))
        if known is not None:
            return known[1], known[2]
        children = node.elements() or tuple(each for _, each in node.items())
        measured = [self._measure(each) for each in children]
        size = 1 + sum(each for each, _ in measured)
        height = 1 + max((each for _, each in measured), default=0)
        self._sizes[id(node)] = (node, size, height)
        return size, height


def _start_of(place: TextPosition, width: int) -> TextPosition:
    return TextPosition(place.line, place.column, place.line, place.column + width)


def _is_text(node: Node) -> bool:
    return isinstance(node.value, str) and not isinstance(node.value, ImportedName)


def _number(node: Node) -> float:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotStaticError
    return value


def _computed(kind: ast.operator, left: float, right: float) -> float:
    operation = _OPERATORS.get(type(kind))
    if operation is None or (isinstance(kind, ast.Pow) and _is_huge(left, right)):
        raise NotStaticError
    try:
        value = operation(left, right)
    except (ArithmeticError, ValueError):
        raise NotStaticError from None
    if isinstance(value, complex):
        raise NotStaticError
    checked = _checked(value)
    assert isinstance(checked, (int, float))  # noqa: S101  # as it went in
    return checked


def _is_huge(base: float, exponent: float) -> bool:
    """Return True if a power of integers may have more digits than a float holds."""
    if not (isinstance(base, int) and isinstance(exponent, int)):
        return False
    return max(abs(base).bit_length() - 1, 1) * max(exponent, 0) > 1024 and abs(base) > 1


def _checked(value: Scalar) -> Scalar:
    if isinstance(value, str):
        is_fine = len(value) <= _MAX_TEXT
    else:
        is_fine = not isinstance(value, int) or -_MAX_INT < value < _MAX_INT
    if not is_fine:
        raise NotStaticError
    return value
