"""The statements of a Python config, one after the other, and what its names stand for.

Two names may hold the same list, and a change of it shows in both. So a statement that is read
(``a["x"] = 2``) takes away the other names that hold what it changes, and one that is not read
(``change(a)``) takes away all names that hold anything that it mentions.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, TypeAlias

from lrplan.importers.python_syntax import (
    DEFINITIONS,
    crosses,
    identity,
    item_path,
    may_have_effects,
    move_node,
    names_in,
    reads_bases,
    stored_in,
    with_item,
)
from lrplan.importers.python_values import (
    ImportedName,
    NotStaticError,
    TooLargeError,
    Values,
)
from lrplan.node import Node
from lrplan.text_position import TextPosition

BaseReader: TypeAlias = Callable[[str, Node], Node | None]
"""Reads another file for ``_base_``: its path as written, and the node that names it. The values
of what comes back are in that file; here they get the place of the node."""

_REACHES_ALL = frozenset({"exec", "eval", "globals", "locals", "vars", "setattr", "delattr"})
"""Functions that can change any name."""
_HARMLESS = frozenset(
    {"dict", "list", "tuple", "len", "min", "max", "sum", "abs", "round", "int", "float"}
)
"""Functions that change nothing, unless the file has its own of that name."""
_MAX_VISITS = 5_000_000
"""Values looked at to find who shares a list that changes."""


@dataclass
class Statements:
    """Takes one statement after the other, and keeps what the names stand for."""

    lines: list[str]
    base: BaseReader | None
    names: dict[str, Node] = field(default_factory=dict)
    unread: dict[str, TextPosition] = field(default_factory=dict)
    bases: list[Node] = field(default_factory=list)
    _own_functions: set[str] = field(default_factory=set)
    """Functions and classes of the file: a call of one can change any name."""
    _visited: int = 0

    def __post_init__(self) -> None:
        self._known: dict[str, Node] = {}
        self._values = Values(self._known, self.unread, self.place_of, self._in_bases)
        self._readers: Mapping[type[ast.stmt], Callable[[Any], None]] = {
            ast.Assign: self._assignment,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augment,
            ast.Expr: self._expression,
            ast.Import: self._import,
            ast.ImportFrom: self._import,
            ast.With: self._with_block,
            ast.Pass: lambda _: None,
        }

    def take(self, statement: ast.stmt) -> None:
        """Read one statement.

        Raises:
            TooLargeError: the values of the file are more than the limit.
        """
        reader = self._readers.get(type(statement), self._lose_all_in)
        reader(statement)

    def place_of(self, node: ast.AST) -> TextPosition:
        """The span of a syntax node, whose columns Python counts in bytes from 0."""
        line, end = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 1
        return TextPosition(
            line,
            self._column(line, getattr(node, "col_offset", 0)),
            end,
            self._column(end, getattr(node, "end_col_offset", None) or 0),
        )

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if text.isascii():
            return offset + 1
        return len(text.encode()[:offset].decode(errors="ignore")) + 1

    def _assignment(self, statement: ast.Assign) -> None:
        for target in statement.targets:
            self._assign(target, statement.value)

    def _annotated(self, statement: ast.AnnAssign) -> None:
        if statement.value is not None:
            self._assign(statement.target, statement.value)

    def _with_block(self, statement: ast.With) -> None:
        if not reads_bases(statement):
            self._lose_all_in(statement)
            return
        for each in statement.body:
            self._inherit(each)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            pairs = list(zip(target.elts, value.elts, strict=False))
            if len(target.elts) == len(value.elts) and not crosses(target, value):
                for each, its_value in pairs:
                    self._assign(each, its_value)
                return
        if isinstance(target, ast.Name):
            self._set(target.id, target, value)
        elif isinstance(target, ast.Subscript) and (path := item_path(target)) is not None:
            self._set_item(path[0], path[1], target, value)
        else:
            self._lose_all_in(target)

    def _set(self, name: str, target: ast.expr, value: ast.expr) -> None:
        try:
            node = self._values.evaluate(value)
        except NotStaticError:
            if may_have_effects(value, _HARMLESS - self._own_functions):
                self._lose_all_in(value)
            self._lose({name}, value)
            return
        self._keep(name, replace(node, key_place=self.place_of(target)))
        if name == "_base_":
            self._read_bases(node)

    def _keep(self, name: str, node: Node) -> None:
        self.unread.pop(name, None)
        self.names[name] = self._known[name] = node

    def _set_item(self, name: str, path: list[str], target: ast.expr, value: ast.expr) -> None:
        """``name["a"]["b"] = value``: a new mapping for the name; who shares the old one loses."""
        whole = self.names.get(name)
        part = None if whole is None else whole.find(path[:-1])
        try:
            new = replace(self._values.evaluate(value), key_place=self.place_of(target))
        except NotStaticError:
            part = None
        if whole is None or part is None or not part.is_mapping:
            self._lose_all_in(target)
            self._lose({name}, target)
            return
        self._lose(self._sharing([part]), target)
        self._keep(name, with_item(whole, path, new))

    def _augment(self, statement: ast.AugAssign) -> None:
        target = statement.target
        if not isinstance(target, ast.Name):
            self._lose_all_in(target)
            return
        # `+=` on a list changes it for all who hold it.
        whole = self.names.get(target.id)
        shared = set() if whole is None else self._sharing([whole])
        load = ast.copy_location(ast.Name(target.id, ast.Load()), target)
        joined = ast.copy_location(ast.BinOp(load, statement.op, statement.value), statement)
        self._set(target.id, target, joined)
        self._lose(shared - {target.id}, target)

    def _expression(self, statement: ast.Expr) -> None:
        """A docstring says nothing; ``name.update(...)`` is read; other calls may do anything."""
        value = statement.value
        if isinstance(value, ast.Constant):
            return
        if not (isinstance(value, ast.Call) and self._update(value)):
            self._lose_all_in(value)

    def _update(self, call: ast.Call) -> bool:
        """Read ``name["a"].update(b=1)``; False if this is not such a call, or cannot be read."""
        method = call.func
        if not (isinstance(method, ast.Attribute) and method.attr == "update"):
            return False
        name, path = item_path(method.value) or ("", [])
        whole = self.names.get(name)
        part = None if whole is None else whole.find(path)
        if whole is None or part is None or not part.is_mapping:
            return False
        made = ast.Call(ast.Name("dict", ast.Load()), call.args, call.keywords)
        try:
            new = self._values.evaluate(ast.copy_location(made, call))
        except NotStaticError:
            return False
        merged = replace(part, value={**dict(part.items()), **dict(new.items())})
        self._lose(self._sharing([part]), call)
        self._keep(name, with_item(whole, path, merged))
        return True

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        module = getattr(statement, "module", None) or ""
        for alias in statement.names:
            name = (alias.asname or alias.name).split(".")[0]
            if alias.name == "*":
                # It may assign any name again.
                self._lose(set(self.names), statement)
                continue
            self.names.pop(name, None)
            self.unread.pop(name, None)
            path = f"{module}.{alias.name}" if module else alias.name
            self._known[name] = Node(ImportedName(path), self.place_of(statement))

    def _inherit(self, statement: ast.stmt) -> None:
        """``from .._base_.schedule import *`` below ``with read_base():``."""
        is_beside = isinstance(statement, ast.ImportFrom) and statement.level > 0
        if not is_beside or self.base is None:
            # A package may be anywhere: its names are not known, and may be any.
            self.take(statement)
            return
        assert isinstance(statement, ast.ImportFrom)  # noqa: S101  # as `is_beside` says
        parents = [".."] * (statement.level - 1)
        path = PurePosixPath(*parents, *(statement.module or "").split(".")).with_suffix(".py")
        node = Node(str(path), self.place_of(statement))
        read = self.base(str(path), node)
        values = {} if read is None else dict(move_node(read, node.place, {}).items())
        for alias in statement.names:
            if alias.name == "*":
                for name, value in values.items():
                    self._keep(name, value)
            elif alias.name in values:
                self._keep(alias.asname or alias.name, values[alias.name])
            else:
                self._lose({alias.asname or alias.name}, statement)

    def _read_bases(self, node: Node) -> None:
        self.bases.clear()
        for each in node.elements() if node.is_list else (node,):
            if isinstance(each.value, str) and self.base is not None:
                read = self.base(each.value, each)
                if read is not None:
                    self.bases.append(move_node(read, each.place, {}))

    def _in_bases(self, name: str) -> Node | None:
        found = (each.get(name) for each in reversed(self.bases))
        return next((each for each in found if each is not None), None)

    def _sharing(self, parts: Iterable[Node]) -> set[str]:
        """The names whose values hold one of these lists and mappings."""
        wanted = {identity(each) for each in parts if not each.is_scalar}
        holders = set()
        for name, node in self.names.items() if wanted else ():
            for each in node.walk():
                self._visited += 1
                if identity(each) in wanted:
                    holders.add(name)
        if self._visited > _MAX_VISITS:
            raise TooLargeError
        return holders

    def _lose_all_in(self, node: ast.AST) -> None:
        """Forget what code that is not read may change.

        That is what it assigns, and the lists and mappings that it mentions, for all who hold them.
        """
        named = names_in(node)
        defined = {each.name for each in ast.walk(node) if isinstance(each, DEFINITIONS)}
        self._own_functions |= defined
        lost = stored_in(node) | defined
        if named & (_REACHES_ALL | self._own_functions):
            lost |= set(self.names)
        held = [self.names[each] for each in named if each in self.names]
        lost |= self._sharing(part for each in held for part in each.walk())
        self._lose(lost, node)

    def _lose(self, names: Iterable[str], node: ast.AST) -> None:
        place = self.place_of(node)
        for name in names:
            self.names.pop(name, None)
            self._known.pop(name, None)
            self.unread[name] = place
