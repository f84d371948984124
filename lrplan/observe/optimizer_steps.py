"""Observes optimizers: when they are made, and what each step applies.

Torch calls, in this order, our hook before, the user's hooks before, the update with the closure,
``_optimizer_step_code``, the user's hooks after, our hook after. The update reads the groups after
the closure, and users' hooks may change them, so what a step applied is what the groups have when
``_optimizer_step_code`` is called. LBFGS reads its learning rate before the closure.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from lrplan.observe.compiled_code import keep_untranslated
from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder


class _Running:
    """The steps that run in a thread; a step can be made inside of another."""

    __slots__ = ("frames", "lrs", "optimizer")

    def __init__(self) -> None:
        self.frames: list[FrameType] = []
        self.optimizer: Any = None
        """The optimizer of the outermost one."""
        self.lrs: list[float] | None = None


class _OfThread(threading.local):
    """The steps that run in each thread."""

    # One object, since each look at an attribute of this one takes as long as three at another's.
    def __init__(self) -> None:
        self.running = _Running()


class _StepObserver:
    """Torch's hooks around every step; faults of the recorder do not reach the program."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._of_thread = _OfThread()

    def before_step(self, optimizer: Any, _arguments: Any, _keywords: Any) -> None:
        """Note that a step begins."""
        running, frame = self._of_thread.running, sys._getframe(2)  # noqa: SLF001  # around `step`
        frames = running.frames
        # A wrapper's `step()` may call `step()` of another optimizer, and `super().step()` runs the
        # hooks again for the same one: the frames are a stack, and only the outermost counts. A
        # step that raised (out of memory, caught by the script) never came to `after`; its frame is
        # no longer below this one.
        if frames and not _is_called_by(frames[-1], frame):
            frames.clear()  # a step that was left by an exception
        frames.append(frame)
        if len(frames) == 1:
            running.optimizer, running.lrs = optimizer, None
            if type(optimizer).__name__ == "LBFGS":
                self.after_update(optimizer)

    def after_update(self, optimizer: Any) -> None:
        """Its update is done."""
        running = self._of_thread.running
        # Of a step inside of one of the same optimizer, by `super().step()`, the inner updates.
        if optimizer is running.optimizer and running.lrs is None:
            try:
                running.lrs = self._recorder.applied_lrs_of(optimizer)
            except Exception:  # noqa: BLE001  # a class with other groups than torch's
                self._recorder.note_fault()

    def after_step(self, optimizer: Any, _arguments: Any, _keywords: Any) -> None:
        """Note that a step has ended."""
        running, recorder = self._of_thread.running, self._recorder
        frame = running.frames.pop() if running.frames else None
        if running.frames or frame is None:
            return
        lrs, running.lrs, running.optimizer = running.lrs, None, None
        try:
            if lrs is None:
                lrs = recorder.applied_lrs_of(optimizer)
            if _is_skipped_by_scaler(optimizer):
                recorder.note_step_skipped_inside(optimizer)
            recorder.note_step(optimizer, lrs, frame.f_back)
        except Exception:  # noqa: BLE001  # whatever it is, the user's training goes on
            recorder.note_fault()


def observe_steps(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Observe the optimizers of ``torch.optim.optimizer``.

    Args:
        recorder: notes the steps.
        patches: undoes it.
        module: ``torch.optim.optimizer``.
    """
    observer = _StepObserver(recorder)
    updated = keep_untranslated(observer.after_update)

    def _optimizer_step_code(self: Any) -> None:
        # The name counts: `torch.profiler` looks for `self` in the frames of this function.
        updated(self)

    patches.replace(module.Optimizer, "_optimizer_step_code", _optimizer_step_code)
    patches.at_undo(
        module.register_optimizer_step_pre_hook(keep_untranslated(observer.before_step)).remove
    )
    patches.at_undo(
        module.register_optimizer_step_post_hook(keep_untranslated(observer.after_step)).remove
    )
    patches.wrap(module.Optimizer, "__init__", _observe_making(recorder))
    patches.wrap(module.Optimizer, "add_param_group", _observe_groups(recorder))


def _observe_making(
    recorder: Recorder,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def making(self: Any, *arguments: Any, **keywords: Any) -> None:
            original(self, *arguments, **keywords)
            recorder.safely(recorder.note_optimizer, self, sys._getframe(1))  # noqa: SLF001

        return making

    return make


def _observe_groups(recorder: Recorder) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def add_param_group(self: Any, *arguments: Any, **keywords: Any) -> Any:
            result = original(self, *arguments, **keywords)
            recorder.safely(recorder.note_added_group, self, sys._getframe(1))  # noqa: SLF001
            return result

        return add_param_group

    return make


def _is_called_by(outer: FrameType, frame: FrameType) -> bool:
    """Return True if ``outer`` is still running, below ``frame`` in the stack."""
    below = frame.f_back
    while below is not None:
        if below is outer:
            return True
        below = below.f_back
    return False


def _is_skipped_by_scaler(optimizer: Any) -> bool:
    """Return True if a fused update did nothing, because a gradient is infinite."""
    found = getattr(optimizer, "found_inf", None)
    return found is not None and getattr(found, "device", None) is not None and bool(found)
