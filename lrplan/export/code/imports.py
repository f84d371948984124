"""The imports that a body of code needs, sorted as isort does."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from lrplan.catalog import OPTIMIZERS, SCHEDULERS
from lrplan.export.code.formatting import Brackets, Item, statement

_MODULES = ("math",)
_STDLIB: Mapping[str, str] = MappingProxyType(
    {
        "Callable": "collections.abc",
        "Iterable": "collections.abc",
        "Iterator": "collections.abc",
        "Mapping": "collections.abc",
        "Sequence": "collections.abc",
        "islice": "itertools",
        "partial": "functools",
        "Any": "typing",
        "SupportsFloat": "typing",
    }
)


def _other_optimizers() -> dict[str, str]:
    """The module of every optimizer outside of torch that code is written for, by its name."""
    rows = (row for row in OPTIMIZERS.values() if row.package and not row.no_code)
    return {row.name: row.path.partition(":")[0] for row in rows}


def _classes_of_torch() -> dict[str, str]:
    """The module of every optimizer and scheduler of torch, by its name."""
    paths = (*(row.path for row in OPTIMIZERS.values()), *(row.path for row in SCHEDULERS.values()))
    parts = (path.partition(":") for path in paths)
    return {name: module for module, _, name in parts if module.startswith("torch.")}


_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        "Accelerator": "accelerate",
        "DataLoaderConfiguration": "accelerate.utils",
        "DataLoader": "torch.utils.data",
        "LRScheduler": "torch.optim.lr_scheduler",
        "LightningModule": "lightning",
        "Optimizer": "torch.optim",
        "Tensor": "torch",
        "TrainingArguments": "transformers",
        "nn": "torch",
        **_other_optimizers(),
    }
)

NAMES = frozenset((*_MODULES, *_STDLIB, *_OTHERS, *_classes_of_torch()))
"""Every name that generated code may import."""


def imports(body: str) -> list[str]:
    """The import lines for ``body``, ``from __future__`` first, sections apart by empty lines."""
    # The body is parsed rather than searched: "Adam" in a docstring is no use of Adam, and in
    # `math.cos(x)` the only names are `math` and `x`.
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    stdlib = [f"import {name}" for name in _MODULES if name in used]
    sections = [
        ["from __future__ import annotations"],
        [*stdlib, *_from(_STDLIB, used)],
        list(_from({**_OTHERS, **_classes_of_torch()}, used)),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines).split("\n")


def _from(homes: Mapping[str, str], used: set[str]) -> Iterator[str]:
    by_module = defaultdict(list)
    for name in used & homes.keys():
        by_module[homes[name]].append(name)
    for module in sorted(by_module):
        yield from _line(module, sorted(by_module[module], key=_order))


def _line(module: str, names: list[str]) -> list[str]:
    head = f"from {module} import "
    # The layout of calls puts one name a line when the line is too long; isort wants parentheses
    # around them: `from torch.optim import (`, the names, `)`.
    (flat, *more) = statement(head, Brackets("", tuple(map(Item, names)), ""))
    return [f"{flat.rstrip()} (", *more[:-1], ")"] if more else [flat]


def _order(name: str) -> tuple[int, str]:
    """Constants, classes, functions; each without regard to case."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name.lower()
