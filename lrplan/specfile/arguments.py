"""Constructor arguments, checked against their row in the catalogue."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from lrplan.clock import Clock, ClockError, Interval
from lrplan.specfile.expressions.expression import Expression, ExpressionError
from lrplan.specfile.model_errors import describe, spelled_switch, suggest
from lrplan.specfile.models import whole
from lrplan.specfile.problem_scope import Scope, child_path
from lrplan.text import join_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.catalog import Argument
    from lrplan.node import Node

MAX_TICKS = 10**12
"""The largest whole number that an argument may be, whatever its sign."""

_LARGEST = f"the largest is {MAX_TICKS:,}"

Reader: TypeAlias = "Callable[[Argument, Node, Scope, str], object]"

_EXPECTED = {
    "number": "a number",
    "integer": "an integer",
    "boolean": "true or false",
    "string": "a string",
    "numbers": "a list of numbers",
    "expression": "an expression such as `0.95 ** epoch`",
    "duration": "an integer, or a duration such as 5ep",
    "durations": "a list of integers or durations, such as [30ep, 60ep]",
    "fractional": "a number of ticks, or a duration such as 5ep",
    "points": "a list of pairs of a duration and a number, such as [[0, 0.1], [5ep, 1]]",
}


def check_plain(argument: Argument, node: Node, scope: Scope, path: str) -> object:
    """The value of an argument that is a number, a switch, a name or a few numbers.

    Returns None after reporting what is wrong with it.
    """
    if node.value is None and argument.optional:
        return None
    return _PLAIN[argument.kind](argument, node, scope, path)


def _wrong(argument: Argument, node: Node, scope: Scope, path: str) -> None:
    is_number = argument.fractional and argument.kind == "duration"
    expected = _EXPECTED["fractional" if is_number else argument.kind]
    fix = _spelling(argument, node)
    message = f"`{argument.name}` must be {expected}, not {describe(node)}"
    scope.value("wrong-type", node, path, message, fix)


def _spelling(argument: Argument, node: Node) -> str:
    """How to write what was probably meant; empty when there is no telling."""
    if not isinstance(node.value, str):
        return ""
    if argument.kind == "boolean":
        return spelled_switch(node)
    try:
        number = float(node.value)
    except ValueError:
        return ""
    return "write it without quotes" if node.quoted else f"write {number:.17g}"


def _number(argument: Argument, node: Node, scope: Scope, path: str) -> float | None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _wrong(argument, node, scope, path)
        return None
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        message = f"`{argument.name}` must be a finite number, not {describe(node)}"
        scope.value("bad-value", node, path, message)
        return None
    return number if _is_within(argument, number, node, scope, path) else None


def _integer(argument: Argument, node: Node, scope: Scope, path: str) -> int | None:
    value = whole(node.value)
    if isinstance(value, bool) or not isinstance(value, int):
        _wrong(argument, node, scope, path)
        return None
    if abs(value) > MAX_TICKS:
        message = f"`{argument.name}` is too large, {describe(node)}"
        scope.value("bad-value", node, path, message, _LARGEST)
        return None
    return value if _is_within(argument, value, node, scope, path) else None


def _is_within(argument: Argument, value: float, node: Node, scope: Scope, path: str) -> bool:
    limits = {
        "at least": (argument.minimum, operator.ge),
        "at most": (argument.maximum, operator.le),
        "more than": (argument.above, operator.gt),
        "less than": (argument.below, operator.lt),
    }
    broken = [
        f"{words} {limit:g}"
        for words, (limit, holds) in limits.items()
        if limit is not None and not holds(value, limit)
    ]
    if broken:
        message = f"`{argument.name}` must be {join_words(broken)}, not {describe(node)}"
        scope.value("bad-value", node, path, message)
    return not broken


def _boolean(argument: Argument, node: Node, scope: Scope, path: str) -> bool | None:
    if isinstance(node.value, bool):
        return node.value
    _wrong(argument, node, scope, path)
    return None


def _string(argument: Argument, node: Node, scope: Scope, path: str) -> str | None:
    if isinstance(node.value, str):
        return node.value
    _wrong(argument, node, scope, path)
    return None


def _choice(argument: Argument, node: Node, scope: Scope, path: str) -> str | None:
    if isinstance(node.value, str) and node.value in argument.choices:
        return node.value
    choices = ", ".join(argument.choices)
    message = f"`{argument.name}` must be one of {choices}, not {describe(node)}"
    fix = suggest(node.value, argument.choices) if isinstance(node.value, str) else ""
    scope.value("bad-value", node, path, message, "" if fix.startswith("valid") else fix)
    return None


def _numbers(argument: Argument, node: Node, scope: Scope, path: str) -> object:
    if not node.is_list:
        _wrong(argument, node, scope, path)
        return None
    if argument.length is not None and len(node.elements()) != argument.length:
        count = len(node.elements())
        message = f"`{argument.name}` takes {argument.length} numbers, not {count}"
        scope.value("bad-value", node, path, message)
        return None
    return tuple(
        None
        if element.value is None and _default_at(argument, index) is None
        else _number(argument, element, scope, child_path(path, index))
        for index, element in enumerate(node.elements())
    )


def _default_at(argument: Argument, index: int) -> object:
    default = argument.default
    return default[index] if isinstance(default, tuple) and index < len(default) else 0


_PLAIN: dict[str, Reader] = {
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "string": _string,
    "choice": _choice,
    "numbers": _numbers,
}


def _unquoted_fraction(argument: Argument, value: object) -> str:
    """What to write for a number in quotes that is taken as it is; empty for anything else."""
    if not argument.fractional or not isinstance(value, str):
        return ""
    try:
        number = float(value)
    except ValueError:
        return ""
    if not math.isfinite(number) or number < 0 or number.is_integer():
        return ""
    return f"write {number!r} without quotes for ticks"


@dataclass(frozen=True, slots=True)
class Ticking:
    """What a scheduler's arguments are resolved with: its clock, and the groups it drives."""

    scope: Scope
    clock: Clock
    interval: Interval
    frequency: int
    groups: tuple[str, ...]

    def read(self, argument: Argument, node: Node, path: str) -> object:
        """The value of one argument of a scheduler, resolved; None after reporting a problem."""
        if node.value is None and argument.optional:
            return None
        if argument.per_group and node.is_mapping:
            return self._by_name(argument, node, path)
        if argument.per_group and node.is_list:
            return self._in_order(argument, node, path)
        return self._one(argument, node, path)

    def _one(self, argument: Argument, node: Node, path: str) -> object:
        if argument.kind == "expression":
            return self._expression(argument, node, path)
        if argument.kind == "duration":
            return self._duration(argument, node, path)
        if argument.kind == "durations":
            return self._durations(argument, node, path)
        if argument.kind == "points":
            return self._points(argument, node, path)
        return check_plain(argument, node, self.scope, path)

    def _in_order(self, argument: Argument, node: Node, path: str) -> list[object] | None:
        elements = node.elements()
        if len(elements) != len(self.groups):
            names = ", ".join(self.groups)
            message = (
                f"`{argument.name}` has {len(elements)} values for {len(self.groups)} groups"
                f" ({names})"
            )
            self.scope.value("bad-value", node, path, message)
            return None
        return [
            self._one(argument, element, child_path(path, index))
            for index, element in enumerate(elements)
        ]

    def _by_name(self, argument: Argument, node: Node, path: str) -> list[object] | None:
        for name, value in node.items():
            if name not in self.groups:
                message = f"`{argument.name}` names a group `{name}` that it does not drive"
                where = child_path(path, name)
                self.scope.key("unknown-name", value, where, message, suggest(name, self.groups))
        given = {
            name: self._one(argument, value, child_path(path, name)) for name, value in node.items()
        }
        missing = [name for name in self.groups if name not in given]
        if missing:
            message = f"`{argument.name}` has no value for {', '.join(f'`{m}`' for m in missing)}"
            self.scope.value("missing-key", node, path, message)
            return None
        return [given[name] for name in self.groups]

    def _expression(self, argument: Argument, node: Node, path: str) -> Expression | None:
        text = node.value
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            text = repr(text)
        if not isinstance(text, str):
            _wrong(argument, node, self.scope, path)
            return None
        try:
            return Expression(text)
        except ExpressionError as error:
            message = f"`{argument.name}`: {error.message}"
            at = replace(node, place=node.place_at(error.offset))
            self.scope.value("bad-expression", at, path, message, error.fix)
            return None

    def _duration(self, argument: Argument, node: Node, path: str) -> float | None:
        value = node.value
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            _wrong(argument, node, self.scope, path)
            return None
        try:
            ticks = self._ticks(argument, value)
        except ClockError as error:
            message = f"`{argument.name}`: {error.message}"
            fix = _unquoted_fraction(argument, value) or error.fix
            self.scope.value("bad-duration", node, path, message, fix)
            return None
        if abs(ticks) > MAX_TICKS:
            message = f"`{argument.name}` is more ticks than any run has, {describe(node)}"
            self.scope.value("bad-duration", node, path, message, _LARGEST)
            return None
        accepted = _is_within(argument, ticks, node, self.scope, path)
        return ticks if accepted else None

    def _ticks(self, argument: Argument, value: float | str) -> float:
        """``value`` in ticks: whole ones, or with a fraction where it has one that is taken."""
        if argument.fractional and isinstance(value, float) and math.isfinite(value):
            return int(value) if value.is_integer() else value
        is_warm_up = "warmup" in argument.name
        return self.clock.resolve(value, self.interval, self.frequency, warm_up=is_warm_up)

    def _durations(self, argument: Argument, node: Node, path: str) -> list[float | None] | None:
        if not node.is_list:
            _wrong(argument, node, self.scope, path)
            return None
        return [
            self._duration(argument, element, child_path(path, index))
            for index, element in enumerate(node.elements())
        ]

    def _points(self, argument: Argument, node: Node, path: str) -> list[object] | None:
        pairs = node.elements() if node.is_list else ()
        if not pairs or not all(pair.is_list and len(pair.elements()) == 2 for pair in pairs):
            _wrong(argument, node, self.scope, path)
            return None
        return [
            self._point(argument, pair, child_path(path, index)) for index, pair in enumerate(pairs)
        ]

    def _point(
        self, argument: Argument, pair: Node, path: str
    ) -> tuple[float | None, float | None]:
        tick, value = pair.elements()
        ticks = self._duration(argument, tick, child_path(path, 0))
        return ticks, _number(argument, value, self.scope, child_path(path, 1))
