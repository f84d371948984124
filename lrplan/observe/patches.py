"""Replaces functions of other packages for a time, so that nothing but their callers notices.

Three things would make a replacement visible to the program, and are prevented: Python counts
frames to find the line that a warning is about, so those of a replacement must not count
(``invisible``); tools look at signatures (``functools.wraps``); and a replaced function that stays
after the end is a leak (``Patches.undo``).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import CodeType, FunctionType, TracebackType
from typing import Any

_INTERNAL = "<lrplan importlib._bootstrap>"
"""Python skips frames of a file whose name contains ``importlib`` and ``_bootstrap`` when it looks
for the line that a warning is about."""
_MISSING = object()


def invisible(wrapper: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """``wrapper`` with the name and signature of ``original``, and skipped by warnings."""
    functools.update_wrapper(wrapper, original)
    if isinstance(wrapper, FunctionType):
        wrapper.__code__ = wrapper.__code__.replace(co_filename=_INTERNAL)
    return wrapper


def without_own_frames(traceback: TracebackType | None) -> TracebackType | None:
    """``traceback`` without the frames of ``invisible`` functions."""
    if traceback is None:
        return None
    rest = without_own_frames(traceback.tb_next)
    if traceback.tb_frame.f_code.co_filename == _INTERNAL:
        return rest
    traceback.tb_next = rest
    return traceback


class Patches:
    """Attributes that were replaced, and what they were before."""

    def __init__(self) -> None:
        self._before: list[tuple[Any, str, Any]] = []
        self._undo: list[Callable[[], object]] = []
        self.codes: list[CodeType] = []
        """Those of the functions that ``wrap`` has put in."""
        self._skip: Callable[[CodeType], object] | None = None

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Set an attribute of a class or module until ``undo``."""
        # Of a class, what its own dictionary has: `getattr` would bind class methods.
        self._before.append((owner, name, vars(owner).get(name, _MISSING)))
        setattr(owner, name, value)

    def wrap(
        self, owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        """Replace a function of a class or module by what ``make`` makes of it."""
        original = vars(owner).get(name)
        if callable(original):
            wrapper = invisible(make(original), original)
            self.replace(owner, name, wrapper)
            self._skip_code(wrapper)

    def skip_with(self, skip: Callable[[CodeType], object]) -> None:
        """Call ``skip`` with the code of each function that ``wrap`` puts in from now on."""
        self._skip = skip

    def _skip_code(self, wrapper: Callable[..., Any]) -> None:
        if isinstance(wrapper, FunctionType):
            self.codes.append(wrapper.__code__)
            if self._skip is not None:
                self._skip(wrapper.__code__)

    def at_undo(self, action: Callable[[], object]) -> None:
        """Call ``action`` at the end."""
        self._undo.append(action)

    def undo(self) -> None:
        """Put everything back, in the reverse order."""
        while self._before:
            owner, name, value = self._before.pop()
            if value is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, value)
        while self._undo:
            self._undo.pop()()
