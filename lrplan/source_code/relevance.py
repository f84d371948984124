"""Which statements may matter for schedules: the rest is not explored branch by branch."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from functools import lru_cache

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


def only_leaves(statements: Sequence[ast.stmt]) -> bool:
    """Return True if a branch ends with leaving the loop or the function, or with an error."""
    last = statements[-1] if statements else None
    if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call):
        return ast.unparse(last.value.func) in {"sys.exit", "exit", "quit", "os._exit"}
    return isinstance(last, (ast.Return, ast.Raise, ast.Continue, ast.Break))
