"""Keeps the observers out of what ``torch.compile`` compiles, so that its graphs do not change.

The compiler meets an observer in two ways. While it translates a function that calls one, the
observer must do nothing (``torch.compiler.is_compiling()`` is then true, and the rest is left out).
And while compiled code runs, every Python function that it calls is translated in turn: observers
must then be run as they are, together with all that they call.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

from lrplan.observe.patches import Patches


def is_translating() -> Callable[[], bool]:
    """The function that says whether ``torch.compile`` is translating the code that asks."""
    torch = sys.modules["torch"]
    # Asked each time: `torch.compiler` is imported after the modules that are observed.
    return lambda: torch.compiler.is_compiling()  # noqa: PLW0108


def keep_untranslated(observe: Callable[..., Any]) -> Callable[..., Any]:
    """``observe``, run as plain Python under ``torch.compile``, and never while it translates."""
    torch = sys.modules["torch"]
    # The compiler sets this callback, which translates each new frame, for the thread.
    swap = getattr(_eval_frame(), "set_eval_frame", None)
    if swap is None:  # not in this release of torch
        return observe

    def observer(*arguments: Any) -> Any:
        if torch.compiler.is_compiling():
            return None
        callback = swap(None)
        try:
            return observe(*arguments)
        finally:
            swap(callback)

    return observer


def _eval_frame() -> object:
    """The part of torch that hands frames of Python to the compiler; None if it has none."""
    dynamo = getattr(sys.modules["torch._C"], "_dynamo", None)
    return getattr(dynamo, "eval_frame", None)


def leave_to_python(patches: Patches, compiler: ModuleType) -> None:
    """Tell the compiler, once it is imported, which functions it must not translate by themselves.

    A compiled observer would do nothing, since ``is_compiling()`` is true in it. Torch's wrapper of
    ``step`` calls observers, so it must not be compiled either. Nothing is lost by that: torch
    itself ends the graph in the update that the wrapper calls.

    Args:
        patches: undoes it.
        compiler: ``torch._dynamo``.
    """
    skip = getattr(compiler.convert_frame, "skip_code", None)
    around = sys.modules["torch.optim.optimizer"].Optimizer.profile_hook_step
    reset_code = getattr(_eval_frame(), "reset_code", None)
    if skip is None or reset_code is None:  # not in this release of torch
        return
    codes = [*_codes_in(around), *_codes_in(keep_untranslated), *_codes_in(is_translating)]
    for code in codes:
        patches.at_undo(partial(reset_code, code))

    def skip_all() -> None:
        for code in (*codes, *patches.codes):
            skip(code)

    def make(original: Callable[[], object]) -> Callable[[], object]:
        def reset() -> None:
            original()
            skip_all()  # which it may have forgotten

        return reset

    skip_all()
    patches.skip_with(skip)
    patches.wrap(compiler, "reset", make)


def _codes_in(function: Any) -> list[CodeType]:
    """The codes of the functions that are defined in ``function``."""
    constants = function.__code__.co_consts if isinstance(function, FunctionType) else ()
    return [each for each in constants if isinstance(each, CodeType)]
