"""Names in a script that rules look for, such as ``_LRScheduler`` and ``world_size``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from lrplan.schedule_code.model import NameUse
from lrplan.source_code.definitions import names_of_import
from lrplan.text_position import START, TextPosition

_OLD = "_LRScheduler"
_PRIVATE = f"torch.optim.lr_scheduler.{_OLD}"
_WORDS = frozenset({
    "initial_lr", "last_epoch", "split_batches", "num_processes", "world_size", "get_scale",
    "step_scheduler_with_optimizer",
})  # fmt: skip


def old_name_uses(
    text: str, tree: ast.Module, place: Callable[[ast.AST], TextPosition]
) -> list[NameUse]:
    """Every use of ``_LRScheduler``, but in annotations: imports, bases of classes, checks."""
    if "_LRScheduler" not in text:
        return []
    typed = {id(each) for root in _annotations(tree) for each in ast.walk(root)}
    guarded = {id(each) for node in _guards(tree) for each in ast.walk(node)}
    nodes = [node for node in ast.walk(tree) if id(node) not in typed]
    aliases = {
        name: symbol
        for node in nodes
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name, symbol in names_of_import(node).items()
    }
    read = {node.id for node in nodes if isinstance(node, ast.Name)}
    spelled = _spelled(text, tree, place)
    uses: list[NameUse] = []
    for node in nodes:
        guard = id(node) in guarded
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = names_of_import(node)
            # An import for annotations alone checks nothing.
            bound = {each: each.asname or each.name for each in node.names}
            matching = [each for each, name in bound.items() if names.get(name) == _PRIVATE]
            places = [place(each) for each in matching if bound[each] in read]
        elif isinstance(node, ast.Attribute) and _symbol(node, aliases) == _PRIVATE:
            places = [place(node)]
        else:
            continue
        uses += [
            NameUse(name=_PRIVATE, place=each, spelled=spelled, guarded=guard) for each in places
        ]
    return uses


def _spelled(
    text: str, tree: ast.Module, place: Callable[[ast.AST], TextPosition]
) -> tuple[TextPosition, ...]:
    """Every place of the old name; empty where some are in texts, or the new name is taken."""
    places: list[TextPosition] = []
    for node in ast.walk(tree):
        at = place(node) if isinstance(node, (ast.Name, ast.Attribute, ast.alias)) else START
        if isinstance(node, ast.alias) and node.name == _OLD:
            places.append(replace(at, end_line=at.line, end_column=at.column + len(_OLD)))
        elif isinstance(node, ast.Name) and node.id == _OLD:
            places.append(at)
        elif isinstance(node, ast.Attribute) and node.attr == _OLD:
            places.append(replace(at, line=at.end_line, column=at.end_column - len(_OLD)))
    is_taken = re.search(rf"\b{_OLD[1:]}\b", text) is not None
    return () if is_taken or text.count(_OLD) != len(places) else tuple(places)


def _annotations(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)):
            held = node.annotation
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            held = node.returns
        else:
            continue
        if held is not None:
            yield held


def _guards(tree: ast.Module) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.Try, ast.If)))


def _symbol(node: ast.expr, aliases: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_symbol(node.value, aliases)}.{node.attr}"
    return ""


def words_of(text: str) -> frozenset[str]:
    """Those words of a script that show what it takes care of."""
    return frozenset(word for word in _WORDS if word in text)
