"""The one loop that owns the order of calls: record, step the optimizer, tick the schedulers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrplan.trace import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lrplan.clock import Interval
    from lrplan.simulate.ghost import Ghost
    from lrplan.simulate.record import Recorder
    from lrplan.simulate.tick import Ticks
    from lrplan.simulate.warned import WarningLog

PROGRESS_EVERY = 2048
"""Steps between two calls of ``progress``."""


@dataclass(slots=True)
class Loop:
    """Live objects on their way through a run.

    Args:
        recorder: reads the optimizer's groups.
        ghost: asks for ``get_lr()``, when that is wanted.
        log: takes the warnings.
        step: one ``optimizer.step()``.
        ticks: what is called at each end of an interval.
    """

    recorder: Recorder
    ghost: Ghost | None
    log: WarningLog
    step: Callable[[], object]
    ticks: Ticks
    done: int = field(default=0, init=False)
    """Steps recorded so far."""

    def go(
        self,
        gaps: Iterator[tuple[Interval, ...]],
        progress: Callable[[int], None] | None = None,
    ) -> Failure | None:
        """Run to the end, or to the step after which something raises.

        Args:
            gaps: the ticks between steps, as ``Clock.gaps`` has them.
            progress: called now and then with the number of steps done since the last call.
        """
        try:
            self._run(gaps, progress)
        except Exception as error:  # noqa: BLE001  # a scheduler may raise anything
            reason = str(error) or type(error).__name__
            return Failure(self.done - 1, reason)
        return None

    def _run(
        self, gaps: Iterator[tuple[Interval, ...]], progress: Callable[[int], None] | None
    ) -> None:
        ticks = self.ticks
        for interval in next(gaps):
            for tick in ticks[interval]:
                tick()
        for step, gap in enumerate(gaps):
            self._record(step)
            self.done = step + 1
            self.log.step = step
            if step == 0:
                # torch's schedulers look whether the optimizer was ever stepped, no further;
                # without gradients every later call would change nothing.
                self.step()
            for interval in gap:
                for tick in ticks[interval]:
                    tick()
            if progress is not None and self.done % PROGRESS_EVERY == 0:
                progress(PROGRESS_EVERY)
        if progress is not None:
            progress(self.done % PROGRESS_EVERY)

    def _record(self, step: int) -> None:
        self.recorder.record(step)
        if self.ghost is not None:
            self.ghost.record(step)
