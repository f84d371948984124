"""The one loop that owns the order of calls: record, step the optimizer, tick the schedulers."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from lrplan.simulate.sampling.buffers import CAPACITY
from lrplan.simulate.sampling.failure import STOPS, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lrplan.simulate.sampling.get_lr_probe import GetLrProbe
    from lrplan.simulate.sampling.recorder import Recorder
    from lrplan.simulate.sampling.warning_log import WarningLog
    from lrplan.trace import Failure

    Ticks = Sequence[Callable[[], object]]
    Calls = tuple[int, ...]

_FIRST_ALONE = (0,)


@dataclass(slots=True)
class Loop:
    """Live objects on their way through a run, which can be stopped and taken up again.

    The groups are read where they may have changed, at ticks, and nothing is called between them:
    without gradients, a step of the optimizer changes nothing.

    Args:
        recorder: reads the optimizer's groups, from the step on at which this loop starts.
        ghost: asks for ``get_lr()``, when that is wanted.
        log: takes the warnings.
        step: one ``optimizer.step()``.
        ticks: what is called for each scheduler.
        calls: which of ``ticks`` are called between steps, as ``Clock.calls`` has them from where
            this loop starts.
        steps: of the run.
        every_step: the optimizer is to be stepped, and the groups read, at every step.
        straight: of a single scheduler that is called after every step: ``straight(n)`` records
            and ticks ``n`` times.
    """

    recorder: Recorder
    ghost: GetLrProbe | None
    log: WarningLog
    step: Callable[[], object]
    ticks: Ticks
    calls: Iterator[Calls]
    steps: int
    every_step: bool = False
    straight: Callable[[int], object] | None = None
    _begun: bool = field(default=False, init=False)
    _stepped: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.log.where = self._last_step

    @property
    def done(self) -> int:
        """The first step that was not run so far."""
        return self.recorder.done

    def _last_step(self) -> int | None:
        return self.done - 1 if self._stepped else None

    def advance(
        self, until: int | None = None, progress: Callable[[int], None] | None = None
    ) -> Failure | None:
        """Run up to where step ``until`` would come next, or to where something raises.

        The schedulers that tick after step ``until - 1`` have ticked when this returns.

        Args:
            until: None for the end of the run.
            progress: called now and then with the number of steps done since the last call.
        """
        end = self.steps if until is None else min(until, self.steps)
        try:
            self._begin()
            while (done := self.done) < end:
                self._go(end - done)
                self.recorder.flush()
                if progress is not None:
                    progress(self.done - done)
        except STOPS as error:
            self.recorder.flush()
            return failure_of(self.done - 1, error)
        return None

    def _begin(self) -> None:
        """The ticks that are left before the first step."""
        if not self._begun:
            self._begun = True
            self._call(next(self.calls))

    def _go(self, steps: int) -> None:
        """That many steps, or fewer."""
        # The first goes alone: it is the one that steps the optimizer.
        wanted = min(steps, CAPACITY) if self._stepped else 1
        chunk = list(islice(self.calls, wanted))
        alone = self.straight is not None and chunk.count(_FIRST_ALONE) == len(chunk)
        if alone and self._stepped and self.straight is not None:
            self.straight(len(chunk))
        else:
            self._walk(chunk)

    def _walk(self, chunk: Sequence[Calls]) -> None:
        done = self.done
        for step, called in enumerate(chunk, done + 1):
            if called or self.every_step:
                self._record(step)
                self._call(called)
        if self.done < done + len(chunk):
            self._record(done + len(chunk))

    def _record(self, until: int) -> None:
        done = self.done
        if self.ghost is not None:
            self.ghost.fill(done, until)
        self.recorder.keep(until)
        if self.every_step or not self._stepped:
            # torch's schedulers look whether the optimizer was ever stepped, no further.
            self._stepped = True
            self.step()

    def _call(self, called: Calls) -> None:
        ticks = self.ticks
        for index in called:
            ticks[index]()
