"""``lrplan.recording()``: observes the code of a ``with`` block."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lrplan.observation import Observation
from lrplan.observe.installation import Installation
from lrplan.observe.recorder import Recorder
from lrplan.recordings.model import Recording
from lrplan.recordings.observed_run import observed_run


class RecordedBlock:
    """What was observed of a block; ``observation`` is there once it has ended."""

    def __init__(self) -> None:
        self.recording: Recording | None = None
        self.faults: list[str] = []
        """Tracebacks of faults in lrplan's own observers; the program did not notice them."""
        self._observation: Observation | None = None

    @property
    def observation(self) -> Observation:
        """The observed run.

        Raises:
            RuntimeError: the block has not ended.
        """
        if self.recording is None:
            raise RuntimeError("the recording has not ended: read it after the block")
        if self._observation is None:
            self._observation = observed_run(self.recording)
        return self._observation


@contextmanager
def recording(file: str = "") -> Iterator[RecordedBlock]:
    """Observe all training in this process until the end of the block.

    Args:
        file: how the program is called in findings; by default its script.
    """
    recorder = Recorder(file or Path(sys.argv[0]).name)
    installation = Installation(recorder)
    block = RecordedBlock()
    installation.install()
    ending = "failed"
    try:
        yield block
        ending = "finished"
    finally:
        installation.remove()
        block.recording, block.faults = recorder.finish(ending), recorder.faults
