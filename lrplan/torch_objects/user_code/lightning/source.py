"""The syntax tree of a live function, with the file and the lines that it is in."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

from lrplan.torch_objects.user_code.traceback import is_installed

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class NoSourceError(Exception):
    """The source of a function cannot be found or read."""


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """A function as its author wrote it."""

    name: str
    node: Definition
    file: str
    lines: list[str]

    def body(self) -> list[ast.stmt]:
        """The statements of the function; for a lambda, a ``return`` of its expression."""
        if isinstance(self.node, ast.Lambda):
            return [ast.copy_location(ast.Return(self.node.body), self.node.body)]
        return self.node.body

    def parameters(self) -> list[str]:
        """The names of its parameters, in order; ``*args`` and ``**kwargs`` are left out."""
        arguments = self.node.args
        parameters = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        return [each.arg for each in parameters]

    def at(self, line: int) -> str:
        """``m.py:12 in on_train_start: text of the line``, as a traceback shows a frame."""
        return f"{self.where(line)} in {self.name}: {self.lines[line - 1].strip()}"

    def where(self, line: int) -> str:
        """``m.py:12``, from the working directory where the file is inside of it."""
        try:
            return f"{Path(self.file).relative_to(Path.cwd())}:{line}"
        except (ValueError, OSError):
            return f"{self.file}:{line}"


def source_of(function: FunctionType) -> FunctionSource:
    """The source of ``function``: of its own code, whatever it wraps.

    Raises:
        NoSourceError: it was not made from a file, or the file is gone or has changed.
    """
    code = function.__code__
    # `inspect` would look through every module that is loaded for the one of this file.
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    try:
        tree = _tree("".join(lines))
    except (SyntaxError, ValueError) as error:
        raise NoSourceError(code.co_filename) from error
    # A live function has its name and first line. Exactly one definition in the file has to fit, or
    # the file is not the one that was imported.
    definitions = [node for node in _definitions(tree) if _is_of(node, code)]
    if len(definitions) != 1:  # several lambdas on one line cannot be distinguished
        raise NoSourceError(code.co_filename)
    return FunctionSource(code.co_name, definitions[0], code.co_filename, lines)


def readable_source(function: Any) -> FunctionSource | None:
    """The source of a function or method; None where it cannot be read."""
    plain = plain_function(function)
    try:
        return None if plain is None else source_of(plain)
    except NoSourceError:
        return None


def set_attributes(function: Any) -> Iterator[tuple[str, int]]:
    """Attributes of ``self`` that a method sets, and the lines."""
    source = readable_source(function)
    for node in () if source is None else ast.walk(source.node):
        is_set = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if is_set and isinstance(node, ast.Attribute) and is_self(node.value):
            yield node.attr, node.lineno


def read_attributes(node: ast.AST) -> set[str]:
    """Attributes of ``self`` that some code reads."""
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        if isinstance(each.ctx, ast.Load) and is_self(each.value)
    }


def is_self(node: ast.expr) -> bool:
    """Return True if an expression is the module, by the name that methods give it."""
    return isinstance(node, ast.Name) and node.id == "self"


def plain_function(thing: Any) -> FunctionType | None:
    """The Python function inside a method or a decorator of a package; None without one."""
    while True:
        if isinstance(thing, (staticmethod, classmethod, MethodType)):
            thing = thing.__func__
        elif isinstance(thing, FunctionType) and _is_transparent(thing):
            thing = vars(thing)["__wrapped__"]
        else:
            return thing if isinstance(thing, FunctionType) else None


def _is_transparent(function: FunctionType) -> bool:
    """Return True for the wrapper of a decorator of Python or of an installed package."""
    return "__wrapped__" in vars(function) and is_installed(function.__code__.co_filename)


@lru_cache(maxsize=32)
def _tree(text: str) -> ast.Module:
    return ast.parse(text)


def _definitions(tree: ast.Module) -> list[Definition]:
    return [node for node in ast.walk(tree) if isinstance(node, _DEFINITIONS)]


def _is_of(node: Definition, code: CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    # Python counts the first line of a function from its first decorator.
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
    return node.name == code.co_name and first == code.co_firstlineno
