"""Puts the recordings of the processes of one run together, at the end of process 0."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lrplan.errors import LrplanError
from lrplan.observe.launcher import PATIENCE, LaunchedProcess, has_ended, launched_process, wait_for
from lrplan.observe.recorder import Recorder
from lrplan.recordings.model import Recording
from lrplan.recordings.ranks import rank_differences
from lrplan.recordings.reader import read_recording
from lrplan.text import pluralize, quantity

_TO_END = 10.0
"""Seconds in which the other processes end after they have left their recordings."""


def merge_ranks(recording: Recording, recorder: Recorder, path: Path) -> list[str]:
    """Compare the recordings of all processes; return sentences about what was not recorded.

    Args:
        recording: of process 0; the differences of the others are added to it.
        recorder: of process 0.
        path: the recording's file, beside which the others leave theirs.
    """
    process = launched_process()
    if process is not None:
        recording.world_size = process.world_size
        return list(_merge_parts(recording, process, path))
    return list(_unrecorded(recording, recorder))


def _merge_parts(recording: Recording, process: LaunchedProcess, path: Path) -> Iterator[str]:
    parts: list[tuple[int, Recording]] = []
    patience = PATIENCE
    for rank in range(1, process.world_size):
        part = process.part(path, rank)
        if not wait_for(part.exists, patience):
            yield f"process {rank} left no recording beside {path.name}: it is not compared"
            patience = 0.0  # who waited for one in vain waits for no other
            continue
        try:
            parts.append((rank, read_recording(part)))
        except LrplanError as error:
            yield f"the recording of process {rank} cannot be read: {error}"
        with suppress(OSError):
            part.unlink()
    # A launcher ends the other processes as soon as one fails, as this one may.
    wait_for(lambda: all(has_ended(each.process) for _, each in parts), _TO_END)
    recording.rank_differences = rank_differences(recording, parts)


def _unrecorded(recording: Recording, recorder: Recorder) -> Iterator[str]:
    """The note about processes that train and are not recorded."""
    steps = any(each.steps for each in recording.optimizers)
    if recording.world_size > 1:
        count = recording.world_size
        missing = f"{quantity(count - 1, 'process')} of {count}"
    elif recorder.children and not steps:
        count = recorder.children
        missing = quantity(count, "process")
    else:
        return
    number = 1 if missing.startswith("1 ") else 2
    yield (
        f"{missing} that this program started {pluralize('was', number)} not recorded; to record"
        f" all: torchrun --nproc-per-node {count} -m lrplan record {recording.file}"
    )
