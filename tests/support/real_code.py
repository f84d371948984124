"""Code of frameworks that cannot be imported here, taken from their packages and run by itself.

Such a package (constraints-configs.txt) is installed without what it depends on, and a module that
imports little, or a function of one, is all that a test needs of it.
"""

from __future__ import annotations

import ast
import builtins
import sys
import textwrap
import types
from collections.abc import Collection
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from unittest.mock import MagicMock, patch

import pytest


def source_of(package: str, path: str) -> str:
    """The text of a module of an installed package, which is not imported.

    Where it is missing, the test is skipped.

    Args:
        package: as it is called in the registry.
        path: of the module: ``ultralytics/engine/trainer.py``.
    """
    try:
        found = distribution(package).locate_file(path)
    except PackageNotFoundError:
        pytest.skip(f"{package} is missing")
    with open(found, encoding="utf-8") as file:  # noqa: PTH123  # it is not always a Path
        return file.read()


@cache
def module_of(package: str, path: str) -> types.ModuleType:
    """A module of an installed package, run without the packages that it is in.

    What it imports relatively to them is imported.
    """
    module = types.ModuleType(path.removesuffix(".py").replace("/", "."))
    module.__package__ = module.__name__.rpartition(".")[0]
    code = compile(source_of(package, path), path, "exec", dont_inherit=True)
    with patch.dict(sys.modules, {module.__name__: module}):  # where data classes look it up
        exec(code, vars(module))
    return module


def functions_of(
    source: str, names: Collection[str], namespace: dict[str, object]
) -> dict[str, object]:
    """The functions of a module and of its classes, by name, compiled on their own.

    Args:
        source: the text of the module.
        names: of the functions.
        namespace: what they find in their module; a mock stands for what it lacks.
    """
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name in names:
            node.decorator_list = []
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and not hasattr(builtins, each.id):
                    namespace.setdefault(each.id, MagicMock())
            text = textwrap.dedent(ast.unparse(node))
            exec(compile(text, node.name, "exec", dont_inherit=True), namespace)
            found[node.name] = namespace[node.name]
    return found
