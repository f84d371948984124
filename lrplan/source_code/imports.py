"""Imports of a script: names of packages, and values of other files of the same project."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lrplan.source_code.definitions import import_names
from lrplan.source_code.interpreter import Interpreter, ScriptTooLongError
from lrplan.source_code.values import Constant, ModuleValue, Name, Scope, Value

Follow = Callable[[Interpreter, list[ast.stmt], Scope], None]


def bind_imports(
    interpreter: Interpreter, node: ast.Import | ast.ImportFrom, scope: Scope, follow: Follow
) -> None:
    """Bind what an import brings.

    Args:
        interpreter: the way that is followed.
        node: the import.
        scope: where its names are bound.
        follow: follows the statements of a module that is imported for the first time.
    """
    import_names(node, scope)
    if not interpreter.modules.files.texts:
        return
    loader = _Loader(interpreter, node.lineno, follow)
    if isinstance(node, ast.Import):
        for alias in node.names:
            loader.bind_module(scope, alias)
        return
    module = node.module or ""
    own = loader.module(node.level, module)
    for alias in node.names:
        if alias.name == "*":
            public = {} if own is None else own.names
            scope.names.update({k: v for k, v in public.items() if not k.startswith("_")})
            continue
        value = None if own is None else own.names.get(alias.name)
        if value is None or type(value) is Name:
            inner = f"{module}.{alias.name}" if module else alias.name
            found = loader.module(node.level, inner)
            value = value if found is None else ModuleValue(inner, scope=found)
        if value is not None:
            scope.bind(alias.asname or alias.name, value)


class _Loader:
    def __init__(self, interpreter: Interpreter, line: int, follow: Follow) -> None:
        self._interpreter = interpreter
        self._line = line
        self._follow = follow

    def module(self, level: int, name: str) -> Scope | None:
        """The names of a module of the project; None for every other one."""
        path = self._interpreter.modules.find(self._line, level, name)
        tree = None if path is None else self._interpreter.modules.tree(path)
        if path is None or tree is None:
            return None
        scopes = self._interpreter.scopes
        if path not in scopes:
            # It is there before it is followed, as in Python: modules may import each other.
            scopes[path] = Scope({"__name__": Constant(value=name)})
            with _apart(self._interpreter):
                self._follow(self._interpreter, tree.body, scopes[path])
        return scopes[path]

    def bind_module(self, scope: Scope, alias: ast.alias) -> None:
        """``import a.b``, which binds ``a``, or ``import a.b as c``."""
        if alias.asname:
            found = self.module(0, alias.name)
            if found is not None:
                scope.bind(alias.asname, ModuleValue(alias.name, scope=found))
            return
        first, *rest = alias.name.split(".")
        outer: Scope | None = None
        for number in range(len(rest) + 1):
            name = ".".join([first, *rest[:number]])
            found = self.module(0, name)
            if found is None and outer is None and not number:
                found = Scope()
            if found is None:
                return
            value: Value = ModuleValue(name, scope=found)
            if outer is None:
                if self._is_known(name, rest):
                    scope.bind(first, value)
            else:
                outer.names[rest[number - 1]] = value
            outer = found

    def _is_known(self, name: str, rest: list[str]) -> bool:
        """Return True if a module, or one inside of it, is of the project."""
        names = [name, ".".join([name, *rest])]
        return any(self._interpreter.modules.find(self._line, 0, each) for each in names)


@contextmanager
def _apart(interpreter: Interpreter) -> Iterator[None]:
    """Follow a module without counting its statements as those of the script."""
    statements, loops, depth = interpreter.statements, interpreter.loops, interpreter.depth
    interpreter.loops = []
    try:
        yield
    except (ScriptTooLongError, RecursionError):
        pass  # what the rest of the module binds is not known
    finally:
        interpreter.statements, interpreter.loops, interpreter.depth = statements, loops, depth
