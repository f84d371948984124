"""Observes gradient scalers: the steps that they leave out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder


def observe_scaler(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Observe the class ``GradScaler`` of ``module``."""
    scaler = getattr(module, "GradScaler", None)
    if scaler is None or "step" not in vars(scaler):
        return  # `torch.cuda.amp` inherits it

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: Any, optimizer: Any, *arguments: Any, **keywords: Any) -> Any:
            before = recorder.steps_of(optimizer)
            result = original(self, optimizer, *arguments, **keywords)
            if recorder.steps_of(optimizer) == before:
                recorder.safely(recorder.note_skipped_step, optimizer, sys._getframe(1))  # noqa: SLF001
            return result

        return step

    patches.wrap(scaler, "step", make)
