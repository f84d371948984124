"""Arguments that the ``get_scheduler`` of transformers and that of diffusers have in common."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument

FIRST_IS_ZERO: Final = "With a warm-up, the first tick's lr is 0."
WARMUP: Final = Argument(
    "num_warmup_steps",
    "duration",
    minimum=0,
    doc="Ticks of the warm-up, a line from 0.",
    example="3ep",
    role="warm-up",
)
TRAINING: Final = Argument(
    "num_training_steps",
    "duration",
    minimum=1,
    doc="Ticks of the whole schedule, the warm-up among them.",
    example="30ep",
    role="end",
)
WARMUP_UNUSED: Final = Argument(
    "num_warmup_steps",
    "duration",
    None,
    optional=True,
    doc="Taken by get_scheduler, and not used: there is no warm-up.",
)
TRAINING_UNUSED: Final = Argument(
    "num_training_steps",
    "duration",
    None,
    optional=True,
    doc="Taken by get_scheduler, and not used: this one has no end.",
)
