"""``lr_tensor``: a tensor as lr, which compiled and CUDA-graph-captured optimizers need."""

from __future__ import annotations

from lrplan.catalog.suggestions import suggest
from lrplan.node import Node
from lrplan.plan import LR_TENSOR
from lrplan.specfile.model_errors import describe
from lrplan.specfile.problem_scope import ProblemScope, child_path

DTYPES = ("float64", "float32", "float16", "bfloat16")
NOT_A_TENSOR = ""
"""``lr_tensor: false``: this group's lr is a number, whatever the optimizer's is."""


def read_lr_tensor(node: Node, scope: ProblemScope, path: str) -> str | None:
    """The dtype of the tensor, ``NOT_A_TENSOR`` for ``false``, None where the key is absent.

    ``true`` is float32, the dtype of ``torch.tensor(0.1)``.
    """
    value_node = node.get(LR_TENSOR) if node.is_mapping else None
    if value_node is None:
        return None
    dtype = value_node.value
    if isinstance(dtype, bool):
        return "float32" if dtype else NOT_A_TENSOR
    path = child_path(path, LR_TENSOR)
    if not isinstance(dtype, str):
        message = f"`{LR_TENSOR}` must be true, false or a type, not {describe(value_node)}"
        scope.problem_at_value(
            "wrong-type", value_node, path, message, f"one of {', '.join(DTYPES)}"
        )
    elif dtype not in DTYPES:
        fix = suggest(dtype, DTYPES) or f"use {', '.join(DTYPES)}, or true for float32"
        scope.problem_at_value("bad-value", value_node, path, f"there is no type `{dtype}`", fix)
    return dtype if dtype in DTYPES else None
