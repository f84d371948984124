"""Stops a run after the number of steps or epochs that the user asked for."""

from __future__ import annotations

from collections.abc import Callable

from lrplan.observe.observed_objects import LiveLoader, LiveOptimizer
from lrplan.observe.recorder import Recorder


class Stop:
    """Ends the program from inside, by ``SystemExit(0)``: ``finally`` and ``atexit`` run.

    A program that catches it is stopped again at its next step. The steps counted are those of the
    optimizer that steps first.

    Args:
        recorder: what is stopped.
        steps: stop after this many steps; None: never.
        epochs: stop before the training data is read more often than this.
    """

    def __init__(
        self, recorder: Recorder, steps: int | None = None, epochs: int | None = None
    ) -> None:
        self._recorder = recorder
        self._steps = steps
        self._epochs = epochs
        self.before: list[Callable[[], object]] = []
        """Called once, while the program's objects are still there."""
        if steps is not None:
            recorder.after_step.append(self._after_step)
        if epochs is not None:
            recorder.before_batch_counts.append(self._in_training)

    def at_epoch(self, loader: LiveLoader) -> None:
        """A loader is about to be started."""
        if self._recorder.is_stopped:
            raise SystemExit(0)
        if self._epochs is not None and loader.recorded.is_training:
            self._stop_if(is_enough=self._recorder.training_passes() >= self._epochs)

    def _in_training(self) -> None:
        """A new loader turns out to be one for training."""
        # A loader is one for training from its first backward pass on, which comes after its start.
        # So `at_epoch` cannot stop a second loader before its first pass, as of a script with a
        # loader for each epoch: it turns out here, one batch later, and before any step is made
        # with it.
        if self._epochs is not None and self._recorder.training_passes() > self._epochs:
            if self._recorder.last_loader is not None:
                # It has begun a pass beyond those asked for, and makes no step.
                self._recorder.last_loader.recorded.is_training = False
            self._stop_if(is_enough=True)

    def _after_step(self, optimizer: LiveOptimizer) -> None:
        if self._steps is not None and optimizer.recorded.order == 0:
            self._stop_if(is_enough=optimizer.values.steps >= self._steps)

    def _stop_if(self, *, is_enough: bool) -> None:
        if not is_enough:
            return
        recorder = self._recorder
        if not recorder.is_stopped:
            for action in self.before:
                recorder.safely(action)
            recorder.is_stopped = True
            recorder.ending = "stopped"
        raise SystemExit(0)
