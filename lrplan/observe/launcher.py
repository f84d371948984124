"""The processes of one run: those of a launcher, and those that the program starts itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from lrplan.observe.patches import Patches
from lrplan.observe.recorder import Recorder

PATIENCE = 60.0
"""Seconds that process 0 waits for the others at the end."""
_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class LaunchedProcess:
    """This process among those that a launcher has started, such as torchrun."""

    rank: int
    world_size: int

    def part(self, recording: Path, rank: int | None = None) -> Path:
        """The file in which a process passes its recording to process 0."""
        number = self.rank if rank is None else rank
        return recording.with_name(f"{recording.name}.rank{number}")


def launched_process() -> LaunchedProcess | None:
    """The rank of this process and the number of processes; None without a launcher, or for one."""
    try:
        rank, size = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    except (KeyError, ValueError):
        return None
    return LaunchedProcess(rank, size) if size > 1 and 0 <= rank < size else None


def wait_for(is_there: Callable[[], bool], patience: float = PATIENCE) -> bool:
    """Wait until ``is_there()``; return False if that takes too long."""
    end = time.monotonic() + patience
    while not is_there():
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE)
    return True


def has_ended(process: int) -> bool:
    """Return True if there is no such process on this machine, as far as can be known."""
    if os.name == "nt" or process <= 0:  # there, signal 0 would end it
        return True
    try:
        os.kill(process, 0)
    except OSError:
        return True
    return False


def observe_processes(recorder: Recorder, patches: Patches, module: ModuleType) -> None:
    """Count the processes that the program starts by ``multiprocessing``.

    Args:
        recorder: notes those that are not workers of a data loader.
        patches: undoes it.
        module: ``multiprocessing.process``.
    """

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def start(self: Any) -> None:
            original(self)
            target = getattr(self, "_target", None)
            if getattr(target, "__name__", "") != "_worker_loop":
                recorder.children += 1

        return start

    patches.wrap(module.BaseProcess, "start", make)
