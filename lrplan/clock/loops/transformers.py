"""The ``Trainer`` of transformers, as of 5.23.

Source: ``transformers/trainer.py``, ``set_initial_training_values`` and ``_run_epoch``;
``training_args.py``, ``get_warmup_steps``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

from lrplan.arrays import IntArray
from lrplan.clock.batching import Batching, LastWindow
from lrplan.clock.cadence import Cadence, Interval
from lrplan.clock.loops.plain import PlainLoop, UnsupportedCadence, count_marked, skipped_words
from lrplan.clock.training_settings import TrainingSettings


class TrainerLoop(PlainLoop):
    """The loop of the Trainer: its one scheduler ticks with every update that was not skipped.

    Updates are ``ceil(epochs * ceil(batches / accumulate))``, where ``epochs`` may be a fraction;
    ``steps`` is ``max_steps``, which replaces ``epochs``. ``ReduceLROnPlateau`` is called after
    each evaluation instead: ``interval: epoch`` is ``eval_strategy="epoch"``, ``interval: step``
    with ``frequency: n`` is ``eval_steps=n``. A warm-up given in percent is rounded up.
    """

    display_name: ClassVar[str] = "the Trainer of transformers"
    last_windows: ClassVar[tuple[LastWindow, ...]] = ("step",)
    steps_win: ClassVar[bool] = True
    takes_fractions: ClassVar[bool] = True
    shards_batches: ClassVar[bool] = True
    one_scheduler: ClassVar[bool] = True

    def default_interval(self, settings: TrainingSettings) -> Interval:
        """``step``: the Trainer ticks with updates."""
        del settings
        return "step"

    def refusal(
        self, cadence: Cadence, *, written: bool, windows_change: bool = False
    ) -> UnsupportedCadence | None:
        """Refuse all but ``step``, except for plateaus: these follow evaluations."""
        del windows_change
        if cadence.kind == "plateau":
            return None if written and cadence.interval != "batch" else _ASK
        if cadence.interval != "step":
            message = (
                f"the Trainer ticks with every update: it has no `interval: {cadence.interval}`"
            )
            return UnsupportedCadence(
                "interval", message, "interval: step, or another `training.loop`"
            )
        if cadence.frequency != 1:
            message = "the Trainer ticks with every update: it has no `frequency`"
            return UnsupportedCadence("frequency", message, "leave `frequency` out")
        return None

    def calls_after_ticks(
        self, settings: TrainingSettings, batching: Batching, cadence: Cadence, ticks: IntArray
    ) -> IntArray:
        """Calls of ``step()``: at updates that were not skipped, or at evaluations."""
        if cadence.kind == "plateau" or cadence.interval != "step":
            return super().calls_after_ticks(settings, batching, cadence, ticks)
        return ticks - count_marked([step + 1 for step in settings.skipped_steps], ticks)

    def ticks_when_skipped(self, settings: TrainingSettings) -> bool:
        """Return False: the Trainer checks that the optimizer stepped."""
        del settings
        return False

    def rank(self, cadence: Cadence) -> tuple[int, int]:
        """Order of schedulers that are due together: plateaus come last."""
        return int(cadence.kind == "plateau"), super().rank(cadence)[1]

    def share_of_warm_up(self, percent: Fraction, ticks: Fraction) -> Fraction:
        """``ceil(max_steps * share)``, multiplied as floats are: 10 % of 70 is 8."""
        return Fraction(math.ceil(float(ticks) * float(percent / 100)))

    def explain(self, settings: TrainingSettings, steps: int) -> Iterator[str]:
        """Sentences on the number of updates, and on skipped steps."""
        yield f"the Trainer's `max_steps` is {steps}: the scheduler ticks once for each"
        if settings.skipped_steps:
            left = steps - len(settings.skipped_steps)
            yield f"{skipped_words(settings.skipped_steps)}, where it does not tick: {left} ticks"


_ASK = UnsupportedCadence(
    "interval",
    "the Trainer calls ReduceLROnPlateau after each evaluation: say when that is",
    "interval: epoch, or interval: step and frequency: N where eval_steps is N",
)
