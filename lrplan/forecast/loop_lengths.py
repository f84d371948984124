"""The lengths of a run as its own loops say: ``for epoch in range(args.epochs)``.

The loops around the line that runs are found in the source, and the numbers in their heads among
the variables of the frame. Nothing of the program is called but ``len()`` of plain containers and
loaders. A loop is used only if its counter agrees with the run: in the third epoch the loop over
epochs must have begun its third pass.
"""

from __future__ import annotations

import ast
import linecache
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import FrameType
from typing import Any

from lrplan.events import Location
from lrplan.forecast.trainer_lengths import frames_from
from lrplan.observation import KnownLength

_MOST_LINES = 20_000


@dataclass(frozen=True, slots=True)
class _Loop:
    """A running loop: the number of its passes in all, and how many of them have begun."""

    passes: int | None
    """None: it goes over something else than a range of numbers."""
    begun: int = 0
    location: Location | None = None
    text: str = ""
    is_while: bool = False


def _any_file(_: str) -> bool:
    return True


def loop_lengths(
    frame: FrameType | None,
    *,
    steps: int,
    epochs: int,
    is_between: bool = False,
    is_user: Callable[[str], bool] = _any_file,
) -> Mapping[str, KnownLength]:
    """The length that the loops around ``frame`` give a run, by its name in an ``Observation``.

    Args:
        frame: where the program is, e.g. in an optimizer's ``step()``.
        steps: of the optimizer that steps most, with the one that runs.
        epochs: how often the training data was begun so far; 0 if no loader was seen.
        is_between: the program is where the next epoch begins, and not in a step.
        is_user: returns True for the user's own files.
    """
    loops: list[_Loop] = []  # the innermost first
    for each in frames_from(frame):
        if is_user(each.f_code.co_filename):
            loops += _loops_around(each)
    innermost = next(iter(loops), None)
    if is_between:
        outer = next((loop for loop in loops if loop.passes is not None), None)
        return {} if outer is None else _length_if_consistent("epochs", outer, epochs + 1)
    if innermost is not None and innermost.passes is not None:
        return _length_if_consistent("steps", innermost, steps) if steps != epochs else {}
    # A loop over the data, or none: the first loop over numbers outside of it is that of epochs, or
    # counts steps, as `while step < max_steps` does.
    outer = next((loop for loop in loops if loop.passes is not None), None)
    if outer is None or not epochs or (outer.is_while and steps == epochs):
        return {}
    return _length_if_consistent("epochs", outer, epochs) or (
        _length_if_consistent("steps", outer, steps) if outer.is_while else {}
    )


def _length_if_consistent(name: str, loop: _Loop, begun: int) -> Mapping[str, KnownLength]:
    # A counter that is raised before the step is one ahead.
    if loop.begun not in ({begun, begun + 1} if loop.is_while else {begun}):
        return {}
    return {name: KnownLength(loop.passes or 0, loop.location, loop.text)}


def _loops_around(frame: FrameType) -> list[_Loop]:
    """The loops of the frame's own function that are around the line it is at."""
    file, line = frame.f_code.co_filename, frame.f_lineno
    return [_loop(node, frame, file) for node in _enclosing(file, line)]


def _enclosing(file: str, line: int) -> list[ast.For | ast.While]:
    """The loops around a line up to the function that it is in, the innermost first."""
    found: list[ast.For | ast.While] = []
    nodes: list[ast.AST] = [*_body(file)]
    while nodes:
        node = next((each for each in nodes if _spans(each, line)), None)
        if node is None:
            break
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            found = []
        elif isinstance(node, (ast.For, ast.While)) and any(
            _spans(each, line) for each in node.body
        ):
            found.append(node)
        nodes = [*ast.iter_child_nodes(node)]
    return found[::-1]


def _spans(node: ast.AST, line: int) -> bool:
    first = getattr(node, "lineno", None)
    return first is not None and first <= line <= (getattr(node, "end_lineno", None) or first)


@cache
def _body(file: str) -> tuple[ast.stmt, ...]:
    lines = linecache.getlines(file)
    if len(lines) > _MOST_LINES:
        return ()
    try:
        return tuple(ast.parse("".join(lines)).body)
    except (SyntaxError, ValueError, RecursionError):
        return ()


def _loop(node: ast.For | ast.While, frame: FrameType, file: str) -> _Loop:
    location = Location(file=file, line=node.lineno)
    names = {**frame.f_globals, **frame.f_locals}
    if isinstance(node, ast.While):
        return _while(node, names, location)
    head = _range_in(node.iter)
    numbers = [_value(each, names) for each in head.args] if head is not None else []
    index = names.get(_index_name(node))
    if head is None or not all(type(each) is int for each in numbers) or type(index) is not int:
        return _Loop(None)
    counted = range(*numbers)
    if not isinstance(node.iter, ast.Call) or index not in counted:
        return _Loop(None)
    text = ast.unparse(head.args[0] if len(head.args) == 1 else head)
    return _Loop(len(counted), counted.index(index) + 1, location, text)


def _while(node: ast.While, names: Mapping[str, Any], location: Location) -> _Loop:
    """``while step < max_steps``, where the step is counted from 0 and the next pass adds 1."""
    test = node.test
    if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Lt)):
        return _Loop(None)
    value, end = _value(test.left, names), _value(test.comparators[0], names)
    if type(value) is not int or type(end) is not int or len(test.ops) != 1:
        return _Loop(None)
    return _Loop(end, value + 1, location, ast.unparse(test.comparators[0]), is_while=True)


def _range_in(node: ast.expr) -> ast.Call | None:
    """The ``range(...)`` of a loop's head, or in ``tqdm(range(...))``; also ``trange(...)``."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    if name in {"range", "trange"} and node.args:
        return node
    return _range_in(node.args[0]) if node.args and name != "enumerate" else None


def _index_name(node: ast.For) -> str:
    return node.target.id if isinstance(node.target, ast.Name) else ""


_OPERATIONS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}


def _value(node: ast.AST, names: Mapping[str, Any]) -> Any:
    """The value of an expression of variables, attributes, items, lengths and whole numbers.

    None if it is something else.
    """
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _value(node.value, names)
        # Not by getattr, which may run code of the program.
        own = getattr(owner, "__dict__", None)
        inherited = getattr(type(owner), "__dict__", {}).get(node.attr)
        return own.get(node.attr, inherited) if isinstance(own, dict) else None
    if isinstance(node, ast.Subscript):
        owner, key = _value(node.value, names), _value(node.slice, names)
        return owner.get(key) if type(owner) is dict else None
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _value(node.left, names), _value(node.right, names)
        is_whole = type(left) is int and type(right) is int
        by_zero = isinstance(node.op, ast.FloorDiv) and right == 0
        return _OPERATIONS[type(node.op)](left, right) if is_whole and not by_zero else None
    return _length(node, names)


def _length(node: ast.AST, names: Mapping[str, Any]) -> int | None:
    """``len(loader)`` and ``int(number)``."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1):
        return None
    value = _value(node.args[0], names)
    if node.func.id == "int":
        return int(value) if type(value) in {int, float} and abs(value) < 2**53 else None
    if node.func.id != "len":
        return None
    is_loader = type(value).__module__.startswith("torch.utils.data.")
    return len(value) if is_loader or type(value) in {list, tuple, dict, str, range} else None
