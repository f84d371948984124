"""The one loop that owns the order of calls: record, step the optimizer, tick the schedulers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lrplan.simulate.sampling.buffers import CAPACITY
from lrplan.simulate.sampling.get_lr_probe import GetLrProbe
from lrplan.simulate.sampling.recorder import FieldRecorder
from lrplan.simulate.sampling.warning_log import WarningLog
from lrplan.torch_objects.user_code.environment import is_user_code_running
from lrplan.torch_objects.user_code.traceback import one_line, user_frames
from lrplan.trace import Failure

Ticks = Sequence[Callable[[], object]]

_ENDS_RUN = (Exception, SystemExit)
"""Exceptions of a scheduler that end its run: code of the user's own may even try to exit."""


@dataclass(slots=True)
class TrainingLoop:
    """The training loop with live objects; it can be stopped and continued.

    This is the loop that everybody writes::

        for step in range(steps):
            record the values in the groups
            optimizer.step()
            for each scheduler that is called after this step:
                scheduler.step()

    with two shortcuts that change no value: between two ticks the groups are read once and not at
    every step, and an optimizer whose parameters have no gradients is stepped only once (torch's
    schedulers only check that it was stepped).

    Args:
        recorder: reads the optimizer's groups, from the step on at which this loop starts.
        get_lr_probe: calls ``get_lr()``, when that is wanted.
        log: takes the warnings.
        step: one ``optimizer.step()``.
        ticks: what is called for each scheduler.
        calls: which of ``ticks`` are called between steps, as ``call_order`` has them from where
            this loop starts.
        steps: of the run.
        every_step: the optimizer is to be stepped, and the groups read, at every step.
    """

    recorder: FieldRecorder
    get_lr_probe: GetLrProbe | None
    log: WarningLog
    step: Callable[[], object]
    ticks: Ticks
    calls: Iterator[tuple[int, ...]]
    steps: int
    every_step: bool = False
    _is_begun: bool = field(default=False, init=False)
    _is_stepped: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.log.current_step = self._last_step

    @property
    def done(self) -> int:
        """The first step that was not run so far."""
        return self.recorder.done

    def _last_step(self) -> int | None:
        return self.done - 1 if self._is_stepped else None

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
            if not self._is_begun:
                self._is_begun = True
                self._tick(next(self.calls))  # before the first step
            while (first := self.done) < end:
                self._run_chunk(first, min(end, first + CAPACITY))
                self.recorder.flush()
                if progress is not None:
                    progress(self.done - first)
        except _ENDS_RUN as error:
            self.recorder.flush()
            return _failure(self.done - 1, error)
        return None

    def replace_calls(self, calls: Iterator[tuple[int, ...]]) -> None:
        """Continue with another iterator of calls: the old one has ended between two steps."""
        self.calls = calls
        self._is_begun = False

    def _run_chunk(self, first: int, end: int) -> None:
        """The steps from ``first`` to before ``end``."""
        append, ticks = self.recorder.append, self.ticks
        is_plain = self.get_lr_probe is None and not self.every_step
        for step, called in zip(range(first, end), self.calls, strict=False):  # calls go on
            # Example: 8 steps, a tick after every 4. Step 0 is recorded and stepped at once; then
            # nothing until step 3, which records steps 1 to 3 with one reading and ticks; then step
            # 7 for steps 4 to 7.
            if called or self.every_step or step == end - 1 or not self._is_stepped:
                if is_plain and self._is_stepped:
                    append(step + 1)  # all that `_record_and_step` would do, at most steps of a run
                else:
                    self._record_and_step(step + 1)
                for index in called:
                    ticks[index]()

    def _record_and_step(self, until: int) -> None:
        """Record the steps before ``until`` that are not recorded so far."""
        if self.get_lr_probe is not None:
            self.get_lr_probe.record(self.done, until)
        self.recorder.append(until)
        # `_is_stepped` is set before the call: a warning that step() itself gives belongs to its
        # step.
        if self.every_step or not self._is_stepped:
            self._is_stepped = True
            self.step()

    def _tick(self, called: Sequence[int]) -> None:
        for index in called:
            self.ticks[index]()


def _failure(step: int, error: BaseException) -> Failure:
    """The failure of a run whose last step was ``step`` (-1: none)."""
    if is_user_code_running():  # the user's own code: with the frames of its traceback
        return Failure(step, one_line(error), user_frames(error))
    return Failure(step, str(error) or type(error).__name__)
