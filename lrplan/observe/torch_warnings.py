"""Observes the warnings that torch gives about schedulers, as far as they are shown."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder


def observe_warnings(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Observe what is shown of the warnings that the code of ``torch.optim`` gives.

    Args:
        recorder: notes them.
        patches: undoes it.
        module: ``torch.optim.lr_scheduler``, whose folder counts.
    """
    folder = str(Path(str(module.__file__)).parent)

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def _showwarnmsg(message: Any) -> Any:
            # `warnings.warn` is written in C: the frame below is that of who warns.
            if sys._getframe(1).f_code.co_filename.startswith(folder):  # noqa: SLF001
                text = str(message.message)
                recorder.safely(recorder.note_warning, text, message.filename, message.lineno)
            return original(message)

        return _showwarnmsg

    # Not `showwarning`, which programs replace and compare.
    if hasattr(warnings, "_showwarnmsg"):
        patches.wrap(warnings, "_showwarnmsg", make)
