"""Optimizers without torch's compiler, whose import takes longer than most commands do."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from torch.optim import Optimizer

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where torch keeps what a method does once the compiler has been told to leave it alone.
_TOLD = "__dynamo_disable"


@contextmanager
def without_compiler() -> Iterator[None]:
    """Meanwhile an optimizer takes its parameter groups without importing ``torch._dynamo``.

    ``Optimizer.add_param_group`` asks the compiler, when it is first called, for a version of
    itself that is never compiled. Nothing is compiled here, so the plain method is that version.
    At the end torch is as it was: a program that compiles later gets torch's own. Releases that
    ask in another way import the compiler as ever.
    """
    method = getattr(Optimizer.add_param_group, "__wrapped__", None)
    if method is None or "torch._dynamo" in sys.modules or hasattr(method, _TOLD):
        yield
        return
    setattr(method, _TOLD, method)
    try:
        yield
    finally:
        delattr(method, _TOLD)
