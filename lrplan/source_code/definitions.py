"""Functions, classes and imports of a script."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.catalog.rows import OptimizerRow, SchedulerRow
from lrplan.source_code.values import Class, Function, Name, Scope, Value


def _names_in(module: str, rows: Iterable[OptimizerRow | SchedulerRow]) -> tuple[str, ...]:
    """The classes that the catalogue has of a module: ``StepLR`` of ``module:StepLR``."""
    pairs = (row.path.partition(":") for row in rows)
    return tuple(name for place, _, name in pairs if place == module)


_STAR_MODULES = {
    "torch.optim.lr_scheduler": (
        *_names_in("torch.optim.lr_scheduler", SCHEDULERS.values()),
        "LRScheduler",
    ),
    "torch.optim": (*_names_in("torch.optim", OPTIMIZERS.values()), "lr_scheduler"),
}
"""What ``from MODULE import *`` binds."""


def define_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, defaults: dict[str, Value]
) -> None:
    """Bind a function to its name."""
    scope.bind(node.name, Function(node.name, node=node, scope=scope, defaults=defaults))


def define_class(node: ast.ClassDef, bases: list[Value], scope: Scope) -> Class:
    """Bind a class to its name."""
    made = Class(node.name, node=node, scope=scope, bases=bases)
    scope.bind(node.name, made)
    return made


def import_names(
    node: ast.Import | ast.ImportFrom,
    scope: Scope,
    *,
    fallback: bool = False,
) -> None:
    """Bind what an import brings; a ``fallback`` binds only names that are not bound yet."""
    for name, symbol in names_of_import(node).items():
        if not fallback or scope.find(name) is None:
            scope.bind(name, Name(symbol))


def names_of_import(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """The names that an import binds, each with the whole name of what it stands for."""
    if isinstance(node, ast.Import):
        return {
            each.asname or each.name.partition(".")[0]:
                each.name if each.asname else each.name.partition(".")[0]
            for each in node.names
        }  # fmt: skip
    module = "." * node.level + (node.module or "")
    result: dict[str, str] = {}
    for each in node.names:
        if each.name == "*":
            result |= {name: f"{module}.{name}" for name in _STAR_MODULES.get(module, ())}
        else:
            result[each.asname or each.name] = f"{module}.{each.name}"
    return result
