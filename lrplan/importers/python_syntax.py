"""Parts of the syntax of a Python config, and changes of the nodes that it gives."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import replace

from lrplan.node import Node
from lrplan.text_position import TextPosition

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def names_in(node: ast.AST) -> set[str]:
    """The names that a piece of code mentions."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def stored_in(node: ast.AST) -> set[str]:
    """The names that a piece of code assigns or deletes."""
    return {
        each.id
        for each in ast.walk(node)
        if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)
    }


def crosses(target: ast.expr, value: ast.expr) -> bool:
    """Return True for ``a, b = b, a``, whose values are all taken before the first is assigned."""
    return bool(names_in(target) & names_in(value))


def reads_bases(statement: ast.With) -> bool:
    """Return True for MMEngine's ``with read_base():``."""
    return any(
        isinstance(each.context_expr, ast.Call)
        and isinstance(each.context_expr.func, ast.Name)
        and each.context_expr.func.id == "read_base"
        for each in statement.items
    )


def item_path(node: ast.expr) -> tuple[str, list[str]] | None:
    """``cfg["a"]["b"]`` as its name and keys; None for anything else."""
    keys: list[str] = []
    while isinstance(node, ast.Subscript):
        if not (isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)):
            return None
        keys.insert(0, node.slice.value)
        node = node.value
    return (node.id, keys) if isinstance(node, ast.Name) else None


def may_have_effects(node: ast.AST, harmless: Collection[str]) -> bool:
    """Return True if evaluating this may change something: it calls, or assigns with ``:=``.

    Args:
        node: an expression.
        harmless: functions that change nothing.
    """
    effects = (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)
    for each in ast.walk(node):
        if isinstance(each, effects):
            return True
        if isinstance(each, ast.Call):
            called = each.func.id if isinstance(each.func, ast.Name) else ""
            if called not in harmless:
                return True
    return False


def identity(node: Node) -> object:
    """The identity of a list or mapping; names with the same one share its changes."""
    # Empty lists are one object to Python as tuples; the places where they were written are
    # different.
    return id(node.value) if node.value or node.is_scalar else node.place


def with_item(node: Node, path: list[str], value: Node) -> Node:
    """``node`` with ``value`` at ``path``, which leads through mappings that are there."""
    if not path:
        return value
    inner = node.get(path[0])
    new = value if len(path) == 1 or inner is None else with_item(inner, path[1:], value)
    return replace(node, value={**dict(node.items()), path[0]: new})


def move_node(node: Node, place: TextPosition, known: dict[int, Node]) -> Node:
    """``node`` with all its values at one place: that of the name of its file.

    Args:
        node: the tree; parts that it shares stay shared.
        place: the place that all of it gets.
        known: the parts moved so far, by the identity of the old ones; empty at first.
    """
    value = node.value
    if id(value) in known and not node.is_scalar and value:
        return known[id(value)]
    if isinstance(value, Mapping):
        value = {key: move_node(each, place, known) for key, each in value.items()}
    elif isinstance(value, tuple):
        value = tuple(move_node(each, place, known) for each in value)
    new = replace(node, value=value, place=place, key_place=place)
    known[id(node.value)] = new
    return new
