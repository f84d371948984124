"""Names of a script that matter by themselves, and words that tell what it takes care of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from lrplan.schedule_code.model import NameUse
from lrplan.source_code.definitions import imported
from lrplan.text_position import TextPosition

_PRIVATE = "torch.optim.lr_scheduler._LRScheduler"
_WORDS = frozenset({
    "initial_lr", "last_epoch", "split_batches", "num_processes", "world_size", "get_scale",
})  # fmt: skip


def names_of(
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
        for name, symbol in imported(node).items()
    }
    read = {node.id for node in nodes if isinstance(node, ast.Name)}
    uses: list[NameUse] = []
    for node in nodes:
        guard = id(node) in guarded
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = imported(node)
            for alias in node.names:
                bound = alias.asname or alias.name
                # An import for annotations alone checks nothing.
                if names.get(bound) == _PRIVATE and bound in read:
                    at = place(alias)
                    uses.append(NameUse(name=_PRIVATE, use="import", place=at, guarded=guard))
        elif isinstance(node, ast.Attribute) and _symbol(node, aliases) == _PRIVATE:
            uses.append(NameUse(name=_PRIVATE, use="other", place=place(node), guarded=guard))
    return uses


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
    """Those words of a script that tell what it takes care of."""
    return frozenset(word for word in _WORDS if word in text)
