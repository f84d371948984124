"""Finds the statements that may matter for schedules; the rest is not explored."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

from lrplan.source_code.package_names import MAKERS

_METHODS = frozenset({
    "step", "backward", "get_lr", "param_groups", "add_param_group", "load_state_dict",
    "state_dict", "step_update", "manual_backward", "prepare", "get_last_lr",
})  # fmt: skip
_NAMES = re.compile(r"optim|sched|_lr$|^lr$|LR$|warmup|train|epoch", re.IGNORECASE)


def is_relevant(statements: Sequence[ast.stmt]) -> bool:
    """Return True if ``statements`` may make, step or read an optimizer or a scheduler."""
    return any(_is_relevant(each) for each in statements)


@lru_cache(maxsize=4096)
def _is_relevant(statement: ast.stmt) -> bool:
    for node in ast.walk(statement):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if name in _METHODS or _NAMES.search(name):
                return True
        elif isinstance(node, ast.Attribute) and node.attr in _METHODS:
            return True
    return False


def binds(statements: Sequence[ast.stmt]) -> bool:
    """Return True if ``statements`` give a name or an attribute a value."""
    kinds = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.NamedExpr)
    return any(isinstance(node, kinds) for each in statements for node in ast.walk(each))


def only_leaves(statements: Sequence[ast.stmt]) -> bool:
    """Return True if a branch ends with leaving the loop or the function, or with an error."""
    last = statements[-1] if statements else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return ast.unparse(last.value.func) in {"sys.exit", "exit", "quit", "os._exit"}
    return isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break))


def makers_in(tree: ast.Module, others: frozenset[str] = frozenset()) -> set[ast.stmt]:
    """The functions and classes of a script that make a scheduler, or call one that does.

    Args:
        tree: the script.
        others: names in other files that make one.
    """
    known = MAKERS | others
    definitions = {
        node.name: node
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    }
    # Example: `build()` makes a `StepLR`, `setup()` calls `build()`, and `plot()` calls neither.
    # `build` is a maker by the name that it uses; whoever mentions a maker is one too, until none
    # is added. `plot` is then not followed. A name used for something else costs time and nothing
    # more.
    names = {name: _names_in(node) for name, node in definitions.items()}
    aliases = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, (ast.ImportFrom, ast.Import))
        for alias in node.names
        if alias.asname and alias.name in known
    }
    makers = {name for name, used in names.items() if used & (known | aliases)}
    pending = list(makers)
    for made in pending:
        more = {name for name, used in names.items() if made in used} - makers
        makers |= more
        pending += more
    return {definitions[name] for name in makers}


def _names_in(node: ast.stmt) -> set[str]:
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.ImportFrom):
            found |= {alias.name for alias in each.names}
    return found
