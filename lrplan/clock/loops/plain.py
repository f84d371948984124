"""A plain training loop; the other loops are described by their differences from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching, LastWindow
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.duration import ClockError
from lrplan.clock.training_settings import TrainingSettings
from lrplan.text import quantity

_OF_ACCELERATE = ("split_batches", "step_scheduler_with_optimizer")
_RANKS: dict[Interval, int] = {"step": 0, "batch": 1, "epoch": 2}


@dataclass(frozen=True, slots=True)
class UnsupportedCadence:
    """A scheduler that a loop cannot tick as the spec asks, with what to write instead."""

    key: str
    message: str
    fix: str


class PlainLoop:
    """A loop over batches that calls ``step()`` itself: ``optimizer``, then ``scheduler``.

    Every n-th tick of its interval, counted from the run's start, calls a scheduler once. A
    gradient scaler that skips an optimizer step does not keep the loop from calling schedulers.
    """

    display_name: ClassVar[str] = "a plain loop"
    last_windows: ClassVar[tuple[LastWindow, ...]] = ("step", "drop", "carry")
    """The values of ``last_window`` that this loop can have."""
    steps_win: ClassVar[bool] = False
    """True if ``steps`` replaces ``epochs``; False if it only caps the run."""
    takes_fractions: ClassVar[bool] = False
    """True if ``epochs`` may be a fraction."""
    shards_batches: ClassVar[bool] = False
    """True if whole batches are distributed to devices, and not samples."""
    one_scheduler: ClassVar[bool] = False
    """True if the loop can have only one scheduler."""

    def check(self, settings: TrainingSettings) -> None:
        """Check that the settings are all of this loop.

        Raises:
            ClockError: there are some; ``key`` names the first.
        """
        for key in _OF_ACCELERATE:
            if getattr(settings, key) != (key == "step_scheduler_with_optimizer"):
                self._check_accelerate_setting(settings, key)
        if settings.last_window not in self.last_windows:
            message = f"last_window: {settings.last_window} is not possible in {self.display_name}"
            fix = f"leave it out, or last_window: {' or '.join(self.last_windows)}"
            raise ClockError(message, key="last_window", fix=fix)

    def default_interval(self, settings: TrainingSettings) -> Interval:
        """The interval of a scheduler that names none: ``step`` if the run is given in steps."""
        return "step" if settings.epochs is None else "epoch"

    def refusal(
        self, cadence: Cadence, *, written: bool, windows_change: bool = False
    ) -> UnsupportedCadence | None:
        """The reason why a scheduler cannot be ticked at ``cadence``; None if it can.

        Args:
            cadence: what the spec asks for.
            written: the spec itself says the interval; otherwise it is the loop's default.
            windows_change: not all steps of the run have the same number of batches.
        """
        del cadence, written, windows_change
        return None

    def calls_after_ticks(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence, ticks: IntArray
    ) -> IntArray:
        """Calls of a scheduler's ``step()`` after each of these numbers of ticks.

        Args:
            settings: the ``training`` mapping of the spec.
            batching: how batches make steps in it.
            cadence: what ticks the scheduler.
            ticks: ticks of ``cadence.interval``, from 0.
        """
        del settings, batching
        calls: IntArray = ticks // cadence.frequency
        return calls

    def metric_values_after(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence, ticks: IntArray
    ) -> IntArray:
        """Values of a metric that the script has passed on after these numbers of ticks.

        One for each ``step()`` that the script calls, read by the scheduler or not. The arguments
        are those of ``calls_after_ticks``.
        """
        return self.calls_after_ticks(settings, batching, cadence, ticks)

    def calls_per_tick(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence
    ) -> Fraction:
        """Calls for each tick of ``cadence.interval`` in the long run, if no step is skipped."""
        del settings, batching
        return Fraction(1, cadence.frequency)

    def repeats(self, settings: TrainingSettings) -> int:
        """Calls made one after the other for a single tick, with the same metric."""
        del settings
        return 1

    def ticks_when_skipped(self, settings: TrainingSettings) -> bool:
        """Return True if schedulers are called after a step that the gradient scaler skipped."""
        del settings
        return True

    def follows_steps(self, settings: TrainingSettings, interval: Interval) -> bool:
        """Return True if only optimizer steps call a scheduler of ``interval``."""
        del settings
        return interval == "step"

    def rank(self, cadence: Cadence) -> tuple[int, int]:
        """Schedulers of a lower rank are called first if several are due at the same time."""
        return 0, _RANKS[cadence.interval]

    def share_of_warm_up(self, percent: Fraction, ticks: Fraction) -> Fraction:
        """``percent`` of ``ticks``, for an argument that is the length of a warm-up."""
        return ticks * percent / 100

    def explain(self, settings: TrainingSettings, steps: int) -> Iterator[str]:
        """Sentences on what this loop does differently from a plain one."""
        del steps
        skipped = settings.skipped_steps
        if skipped:
            yield f"{skipped_words(skipped)}; schedulers tick all the same"

    def _check_accelerate_setting(self, settings: TrainingSettings, key: str) -> None:
        message = f"{key} is a setting of accelerate, and this run's loop is {settings.loop}"
        raise ClockError(message, key=key, fix="leave it out, or loop: accelerate")


def skipped_words(skipped: tuple[int, ...]) -> str:
    """``the gradient scaler skips 2 of the steps (3, 17)``."""
    steps = ", ".join(f"{step}" for step in skipped[:5]) + (", ..." if len(skipped) > 5 else "")
    return f"the gradient scaler skips {quantity(len(skipped), 'step')} ({steps})"


def count_marked(marked: list[int], ticks: IntArray) -> IntArray:
    """Count the sorted ``marked`` ticks (from 1) among the first ``ticks``.

    With ``[3, 5]`` marked, of the first 2, 3, 4 and 9 ticks it is 0, 1, 1 and 2.
    """
    return np.searchsorted(np.asarray(marked, dtype=np.int64), ticks, side="right").astype(np.int64)
