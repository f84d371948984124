"""Observes when states of optimizers and schedulers are saved and loaded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Literal

from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder

_KINDS = {"state_dict": "state_saved", "load_state_dict": "state_loaded"}


def observe_states(
    recorder: Recorder, patches: Patches, cls: type, subject: Literal["optimizer", "scheduler"]
) -> None:
    """Observe ``state_dict`` and ``load_state_dict`` of a class."""
    for name, kind in _KINDS.items():
        patches.wrap(cls, name, _maker(recorder, kind, subject))


def _maker(
    recorder: Recorder, kind: str, subject: str
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *arguments: Any, **keywords: Any) -> Any:
            result = original(self, *arguments, **keywords)
            recorder.safely(recorder.note_state, kind, subject, self, sys._getframe(1))  # noqa: SLF001
            return result

        return call

    return make
