"""The imports of a module, the modules that run when it is loaded, and circles among them."""

import ast
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """A name that a module imports, and when: as it is loaded, or later or for types only."""

    name: str
    line: int
    at_load: bool


class Imports(ast.NodeVisitor):
    """Collects every import of a module, inside functions too."""

    def __init__(self, module, *, is_package):
        self.package = module if is_package else module.rpartition(".")[0]
        self.at_load = True
        self.found = []

    def add(self, name, node):
        self.found.append(Import(name, node.lineno, self.at_load))

    def visit_Import(self, node):
        for alias in node.names:
            self.add(alias.name, node)

    def visit_ImportFrom(self, node):
        package = self.package.split(".")
        above = package[: len(package) + 1 - node.level] if node.level else []
        for alias in node.names:
            self.add(".".join(filter(None, [*above, node.module, alias.name])), node)

    def visit_Call(self, node):
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in {"import_module", "__import__"} and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                self.add(first.value, node)
        self.generic_visit(node)

    def visit_If(self, node):
        types_only = ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}
        self.later(node.body) if types_only else self.each(node.body)
        self.each(node.orelse)

    def visit_FunctionDef(self, node):
        self.each([*node.decorator_list, node.args])
        self.later(node.body)

    def visit_AsyncFunctionDef(self, node):
        self.visit_FunctionDef(node)

    def later(self, nodes):
        before, self.at_load = self.at_load, False
        self.each(nodes)
        self.at_load = before

    def each(self, nodes):
        for node in nodes:
            self.visit(node)


def imports(module, text, *, is_package=False):
    visitor = Imports(module, is_package=is_package)
    visitor.visit(ast.parse(text))
    return visitor.found


def loaded_by(module, found, known):
    """Modules of ``known`` that run when ``module`` is loaded, parent packages included."""
    edges = set()
    for name in (each.name for each in found if each.at_load):
        parts = name.split(".")
        chain = [".".join(parts[: end + 1]) for end in range(len(parts))]
        modules = [each for each in chain if each in known]
        # Parents of both are running already; only naming one of them asks for what it defines.
        implied = [each for each in modules[:-1] if not f"{module}.".startswith(f"{each}.")]
        edges.update(implied + modules[-1:])
    return edges - {module}


def named_by(module, found, known):
    """Modules of ``known`` that ``module`` names in any import: in functions and for types too.

    Naming a parent package of its own only asks for what that defines: no edge.
    """
    edges = set()
    for name in (each.name for each in found):
        parts = name.split(".")
        chain = [".".join(parts[: end + 1]) for end in range(len(parts))]
        edges.update([each for each in chain if each in known][-1:])
    return {each for each in edges if not f"{module}.".startswith(f"{each}.")}


def cycle(graph):
    """A cycle of the graph as a list of nodes, the first repeated at the end, or None."""
    done = set()

    def walk(node, path):
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return None
        rounds = (walk(after, [*path, node]) for after in sorted(graph.get(node, ())))
        result = next(filter(None, rounds), None)
        done.add(node)
        return result

    return next(filter(None, (walk(node, []) for node in sorted(graph))), None)
