"""``lrplan.recording()``: the learning rates that the optimizers of a block of code applied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from lrplan.api.findings import Findings
from lrplan.api.trace import Trace
from lrplan.errors import UsageError
from lrplan.lint.run_check import check_observation
from lrplan.observation import Observation
from lrplan.observe.observed_block import ObservedBlock
from lrplan.recordings.observed_run import observed_run
from lrplan.recordings.writer import write_recording
from lrplan.text import join_words


class RecordedRun:
    """A recorded run. Reading its traces, findings or observation ends the recording."""

    def __init__(self, block: ObservedBlock) -> None:
        self._block = block

    @cached_property
    def observation(self) -> Observation:
        """Everything that was seen: optimizers, schedulers, lengths and events."""
        return observed_run(self._block.end())

    @cached_property
    def traces(self) -> dict[str, Trace]:
        """The values that each optimizer applied, by name, in the order of their first steps.

        They are called ``optimizer-0`` and so on; those that made no step are left out.
        """
        traces = [each.trace for each in self.observation.optimizers]
        return {each.name: Trace.of(each) for each in traces if each is not None and each.steps}

    @property
    def trace(self) -> Trace:
        """The values that the only optimizer applied.

        Raises:
            UsageError: none made a step, or several did.
        """
        if len(self.traces) != 1:
            names = join_words(list(self.traces)) or "no optimizer"
            raise UsageError(f"{names} made a step in this recording: look at `traces`")
        return next(iter(self.traces.values()))

    @cached_property
    def findings(self) -> Findings:
        """The findings about the run, at the lines of the program."""
        return Findings(check_observation(self.observation))

    def __repr__(self) -> str:
        if not self._block.ended:
            return "RecordedRun(still recording)"
        return f"RecordedRun({', '.join(map(repr, self.traces.values())) or 'no steps'})"

    def save(self, path: str | Path) -> None:
        """Write the recording, which every command that takes curves can read.

        Raises:
            OutputError: the file could not be written.
        """
        write_recording(Path(path), self._block.end())


@contextmanager
def recording(file: str = "") -> Iterator[RecordedRun]:
    """Record all training in this process until the end of the block; then torch is as before.

    Optimizers and schedulers may be made before it or in it.

    Args:
        file: how the program is called in findings; by default its script.
    """
    block = ObservedBlock(file)
    block.start()
    ending = "failed"
    try:
        yield RecordedRun(block)
        ending = "finished"
    finally:
        block.end(ending)
