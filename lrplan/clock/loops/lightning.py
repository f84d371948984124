"""Lightning's ``Trainer`` with automatic optimization, as of 2.6.

Source: ``lightning/pytorch/loops/training_epoch_loop.py``, ``_update_learning_rates``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching, LastWindow
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.loops.plain import PlainLoop, UnsupportedCadence, skipped_words
from lrplan.clock.training_settings import TrainingSettings


class LightningLoop(PlainLoop):
    """Ticks per epoch by default, and counts ``frequency`` in batches of the epoch.

    A scheduler of ``interval: step`` with ``frequency: n`` is called after a batch that stepped
    the optimizer if its number in the epoch, from 1, is a multiple of n. With ``accumulate`` A
    that is every ``n / gcd(A, n)``-th step; the epoch's short last window counts if the number
    of batches B is a multiple of n. Plateaus are called after everything else: they read what
    validation gave. A skipped optimizer step is not noticed.
    """

    display_name: ClassVar[str] = "Lightning's loop"
    last_windows: ClassVar[tuple[LastWindow, ...]] = ("step",)

    def default_interval(self, settings: TrainingSettings) -> Interval:
        """Always ``epoch``."""
        del settings
        return "epoch"

    def refusal(
        self, cadence: Cadence, *, written: bool, windows_change: bool = False
    ) -> UnsupportedCadence | None:
        """Refuse ``interval: batch``, which Lightning does not have, and uneven frequencies."""
        del written
        if windows_change and cadence.interval == "step" and cadence.frequency > 1:
            message = "Lightning counts the batches of an epoch, whose windows change in this run"
            return UnsupportedCadence("frequency", message, "leave `frequency` out")
        if cadence.interval != "batch":
            return None
        message = "Lightning ticks per step or per epoch: it refuses `interval: batch`"
        return UnsupportedCadence("interval", message, "interval: step, or another `training.loop`")

    def calls_after_ticks(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence, ticks: IntArray
    ) -> IntArray:
        """Calls of ``step()`` after each of these numbers of ticks."""
        is_refused = settings.accumulate_ramp is not None
        if cadence.interval != "step" or cadence.frequency == 1 or is_refused:
            return super().calls_after_ticks(settings, batching, cadence, ticks)
        every = _steps_per_call(batching, cadence)
        if batching.batches_per_epoch is None:
            return ticks // every
        # Lightning counts batches anew in each epoch. With 10 batches, 4 accumulated and
        # `frequency: 2`, steps are at batches 4, 8 and 10, all of them multiples of 2: 3 calls an
        # epoch. With `frequency: 8` it is batch 8 alone.
        epochs, rest = ticks // _steps(batching), ticks % _steps(batching)
        calls: IntArray = epochs * _calls_of_epoch(batching, cadence) + rest // every
        return calls

    def calls_per_tick(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence
    ) -> Fraction:
        """Calls for each tick of ``cadence.interval`` in the long run."""
        if cadence.interval != "step" or cadence.frequency == 1:
            return super().calls_per_tick(settings, batching, cadence)
        if batching.batches_per_epoch is None:
            return Fraction(1, _steps_per_call(batching, cadence))
        return Fraction(_calls_of_epoch(batching, cadence), _steps(batching))

    def rank(self, cadence: Cadence) -> tuple[int, int]:
        """Order of schedulers that are due together: plateaus come last."""
        return int(cadence.kind == "plateau"), super().rank(cadence)[1]

    def explain(self, settings: TrainingSettings, steps: int) -> Iterator[str]:
        """Sentences on the number of steps that Lightning announces, and on skipped steps."""
        if settings.accumulate_ramp is None:  # with one, Lightning refuses to say
            yield f"Lightning's `trainer.estimated_stepping_batches` is {steps}"
        if settings.skipped_steps:
            yield f"{skipped_words(settings.skipped_steps)}; Lightning ticks all the same"


def _steps_per_call(batching: Batching, cadence: Cadence) -> int:
    """Steps of full windows from one call to the next: A batches each, ``frequency / gcd``."""
    return cadence.frequency // math.gcd(batching.accumulate, cadence.frequency)


def _steps(batching: Batching) -> int:
    """Optimizer steps of an epoch."""
    return int(batching.ticks_per_epoch("step"))


def _calls_of_epoch(batching: Batching, cadence: Cadence) -> int:
    """Calls in a full epoch: at full windows, and at the last batch, which may cut one short."""
    # Full windows before the last step, then the last step by itself. 10 batches, 4 accumulated:
    # `frequency: 2` gives 2 // 1 + 1 = 3 calls, `frequency: 8` gives 2 // 2 + 0 = 1.
    batches = int(batching.ticks_per_epoch("batch"))
    return (_steps(batching) - 1) // _steps_per_call(batching, cadence) + (
        batches % cadence.frequency == 0
    )
