"""Lightning's ``Trainer`` with automatic optimization, as of 2.6.

Source: ``lightning/pytorch/loops/training_epoch_loop.py``, ``_update_learning_rates``.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from lrplan.clock.loops.plain import PlainLoop, Refusal, skipped_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.clock.batching import Batching, LastWindow
    from lrplan.clock.cadence import Cadence, Interval
    from lrplan.clock.loops.plain import IntArray
    from lrplan.clock.training_settings import TrainingSettings


class LightningLoop(PlainLoop):
    """Ticks per epoch unless told otherwise, and counts ``frequency`` in batches of the epoch.

    A scheduler of ``interval: step`` with ``frequency: n`` is called after a batch that stepped
    the optimizer if its number in the epoch, from 1, is a multiple of n. With ``accumulate`` A
    that is every ``n / gcd(A, n)``-th step; the epoch's short last window counts if the number
    of batches B is a multiple of n. Plateaus are called after everything else: they read what
    validation gave. A skipped optimizer step is not noticed.
    """

    whose: ClassVar[str] = "Lightning's loop"
    last_windows: ClassVar[tuple[LastWindow, ...]] = ("step",)

    def default_interval(self, settings: TrainingSettings) -> Interval:
        """``epoch``, whatever the run is given in."""
        del settings
        return "epoch"

    def refusal(self, rate: Cadence, *, written: bool) -> Refusal | None:
        """Lightning knows no ``interval: batch``."""
        del written
        if rate.interval != "batch":
            return None
        message = "Lightning ticks per step or per epoch: it refuses `interval: batch`"
        return Refusal("interval", message, "interval: step, or another `training.loop`")

    def made(
        self, settings: TrainingSettings, pace: Batching, rate: Cadence, ticks: IntArray
    ) -> IntArray:
        """Calls after these numbers of ticks."""
        if rate.interval != "step":
            return super().made(settings, pace, rate, ticks)
        every = _every(pace, rate)
        if pace.batches_per_epoch is None:
            return ticks // every
        epochs, rest = ticks // _steps(pace), ticks % _steps(pace)
        calls: IntArray = epochs * _calls_of_epoch(pace, rate) + rest // every
        return calls

    def calls_per_tick(self, settings: TrainingSettings, pace: Batching, rate: Cadence) -> Fraction:
        """Calls for each tick of ``rate.interval`` in the long run."""
        if rate.interval != "step":
            return super().calls_per_tick(settings, pace, rate)
        if pace.batches_per_epoch is None:
            return Fraction(1, _every(pace, rate))
        return Fraction(_calls_of_epoch(pace, rate), _steps(pace))

    def rank(self, rate: Cadence) -> tuple[int, int]:
        """Plateaus come last."""
        return int(rate.kind == "plateau"), super().rank(rate)[1]

    def explain(self, settings: TrainingSettings, steps: int) -> Iterator[str]:
        """How many steps Lightning announces."""
        yield f"Lightning's `trainer.estimated_stepping_batches` is {steps}"
        if settings.skipped_steps:
            yield f"{skipped_words(settings.skipped_steps)}; Lightning ticks all the same"


def _every(pace: Batching, rate: Cadence) -> int:
    return rate.frequency // math.gcd(pace.accumulate, rate.frequency)


def _steps(pace: Batching) -> int:
    return int(pace.ticks_of_epoch("step"))


def _calls_of_epoch(pace: Batching, rate: Cadence) -> int:
    batches = int(pace.ticks_of_epoch("batch"))
    return (_steps(pace) - 1) // _every(pace, rate) + (batches % rate.frequency == 0)
