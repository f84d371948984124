"""Observes what DeepSpeed does around the steps of an optimizer of torch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder

ZERO_CLASSES = {
    "deepspeed.runtime.zero.stage_1_and_2": "DeepSpeedZeroOptimizer",
    "deepspeed.runtime.zero.stage3": "DeepSpeedZeroOptimizer_Stage3",
}
"""By the module, the class around the optimizer of a stage of ZeRO."""


def observe_deepspeed(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Leave out the step that DeepSpeed makes while it initializes, at no learning rate of a plan.

    Args:
        recorder: notes what is done.
        patches: undoes it.
        module: ``deepspeed``, whose ``initialize`` makes an engine.
    """

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def initialize(*arguments: Any, **keywords: Any) -> Any:
            recorder.paused += 1
            try:
                return original(*arguments, **keywords)
            finally:
                recorder.paused -= 1

        return initialize

    patches.wrap(module, "initialize", make)


def observe_zero(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Count an update of ZeRO once: inside, it steps the optimizer for each group by itself.

    Args:
        recorder: notes the update.
        patches: undoes it.
        module: one of those of ``ZERO_CLASSES``.
    """

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Any, *arguments: Any, **keywords: Any) -> Any:
            recorder.paused += 1
            try:
                result = original(self, *arguments, **keywords)
            finally:
                recorder.paused -= 1
            recorder.safely(_updated, recorder, self, sys._getframe(1))  # noqa: SLF001
            return result

        return step

    cls = getattr(module, ZERO_CLASSES[module.__name__], None)
    if isinstance(cls, type):
        patches.wrap(cls, "step", make)


def _updated(recorder: Recorder, wrapper: Any, frame: FrameType) -> None:
    optimizer = wrapper.optimizer
    if getattr(wrapper, "overflow", False):
        recorder.note_skipped_step(optimizer, frame)
    else:
        # Whoever changes learning rates does so before or after the update, and not in it.
        recorder.note_step(optimizer, recorder.applied_lrs_of(optimizer), frame)
