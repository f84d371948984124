"""Names of a script that matter by themselves, and words that tell what it takes care of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Literal

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
    """Every use of ``_LRScheduler``: imports, bases of classes, checks."""
    if "_LRScheduler" not in text:
        return []
    aliases: dict[str, str] = {}
    uses: list[NameUse] = []
    guarded = {id(each) for node in _guards(tree) for each in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = imported(node)
            aliases |= names
            for alias in node.names:
                symbol = names.get(alias.asname or alias.name, "")
                if symbol == _PRIVATE:
                    guard = id(node) in guarded
                    at = place(alias)
                    uses.append(NameUse(name=symbol, use="import", place=at, guarded=guard))
    bases = {id(base) for node in _classes(tree) for base in node.bases}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _symbol(node, aliases) == _PRIVATE:
            use: Literal["base", "other"] = "base" if id(node) in bases else "other"
            guard = id(node) in guarded
            uses.append(NameUse(name=_PRIVATE, use=use, place=place(node), guarded=guard))
    return uses


def _guards(tree: ast.Module) -> Iterator[ast.AST]:
    return (node for node in ast.walk(tree) if isinstance(node, (ast.Try, ast.If)))


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _symbol(node: ast.expr, aliases: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return aliases.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_symbol(node.value, aliases)}.{node.attr}"
    return ""


def words_of(text: str) -> frozenset[str]:
    """Those words of a script that tell what it takes care of."""
    return frozenset(word for word in _WORDS if word in text)
