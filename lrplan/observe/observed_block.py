"""Observes the code between two points of this process, as of a ``with`` block."""

from __future__ import annotations

import sys
from pathlib import Path

from lrplan.observe.installation import Installation
from lrplan.observe.recorder import Recorder
from lrplan.recordings.model import Recording


class ObservedBlock:
    """Observes all training in this process from ``start`` to ``end``.

    Args:
        file: how the program is called in findings; by default its script.
    """

    def __init__(self, file: str = "") -> None:
        self._recorder = Recorder(file or Path(sys.argv[0]).name)
        self._installation = Installation(self._recorder)
        self._recording: Recording | None = None

    @property
    def faults(self) -> list[str]:
        """Tracebacks of faults in lrplan's own observers; the program did not notice them."""
        return self._recorder.faults

    @property
    def ended(self) -> bool:
        """True once the observers are removed."""
        return self._recording is not None

    def start(self) -> None:
        """Put the observers in place."""
        self._installation.install()

    def end(self, ending: str = "finished") -> Recording:
        """Remove them; what was recorded, also if it is asked for again."""
        if self._recording is None:
            self._installation.remove()
            self._recording = self._recorder.finish(ending)
        return self._recording
