"""``lr_tensor``: a learning rate that is a tensor, as compiled and captured optimizers need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.plan import LR_TENSOR
from lrplan.specfile.model_errors import describe, suggest
from lrplan.specfile.problem_scope import child_path

if TYPE_CHECKING:
    from lrplan.node import Node
    from lrplan.specfile.problem_scope import Scope

DTYPES = ("float64", "float32", "float16", "bfloat16")
PLAIN = ""
"""Of a learning rate that is a number, whatever the optimizer's is."""


def read_lr_tensor(node: Node, scope: Scope, path: str) -> str | None:
    """The type of the tensor, ``PLAIN`` for ``false``, None where nothing is said.

    ``true`` is what ``torch.tensor(0.1)`` gives.
    """
    given = node.get(LR_TENSOR) if node.is_mapping else None
    if given is None:
        return None
    if isinstance(given.value, bool):
        return "float32" if given.value else PLAIN
    path = child_path(path, LR_TENSOR)
    if not isinstance(given.value, str):
        message = f"`{LR_TENSOR}` must be true, false or a type, not {describe(given)}"
        scope.value("wrong-type", given, path, message, f"one of {', '.join(DTYPES)}")
    elif given.value not in DTYPES:
        fix = suggest(given.value, DTYPES) or f"use {', '.join(DTYPES)}, or true for float32"
        scope.value("bad-value", given, path, f"there is no type `{given.value}`", fix)
    return given.value if given.value in DTYPES else None
