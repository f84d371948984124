"""Rows of lrplan's own warm-ups of any shape, and the keys of a scheduler's ``warmup``."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.field_schedulers import FIELD
from lrplan.catalog.rows import Argument, Formula, SchedulerRow

_MODULE = "lrplan.torch_objects.schedulers"

_LENGTH = Argument(
    "warmup_steps",
    "duration",
    minimum=0,
    doc="Ticks of the warm-up.",
    example="3ep",
    role="warm-up",
)
START: Final = Argument(
    "start",
    "number",
    0.0,
    minimum=0,
    unit="ratio",
    doc="Factor at tick 0.",
    role="start factor",
)
SHAPE: Final = Argument(
    "shape",
    "choice",
    "linear",
    choices=("linear", "cosine", "exponential"),
    doc="The way from start to 1; an exponential needs a start above 0.",
)
_MODE = Argument(
    "mode",
    "choice",
    "mask",
    choices=("mask", "multiply"),
    doc="mask: instead of the scheduler, until it is over; multiply: its factor on it.",
)

WARMUP_RAMP: Final = SchedulerRow(
    name="WarmupRamp",
    family="lrplan",
    path=f"{_MODULE}:WarmupRamp",
    summary="A line, half a cosine or an exponential from start * base to base, then constant.",
    arguments=(_LENGTH, START, SHAPE, FIELD),
    after_end="Holds the base lr.",
    source="LinearLR and OneCycleLR of torch; the warm-up `exp` of mmcv",
    meant_for="step",
    formula=Formula("warmup_ramp", {"warmup_steps": "warmup", "start": "start", "shape": "shape"}),
    update="sets",
)

WARMUP_OVER: Final = SchedulerRow(
    name="WarmupOver",
    family="lrplan",
    path=f"{_MODULE}:WarmupOver",
    summary="A warm-up over another scheduler, which ticks underneath from the first tick.",
    arguments=(
        Argument(
            "base_scheduler",
            "scheduler",
            doc="What ticks underneath; a plateau gets the metric.",
            example={"type": "CosineAnnealingLR", "T_max": "30ep"},
        ),
        _LENGTH,
        START,
        SHAPE,
        _MODE,
    ),
    after_end="The scheduler underneath goes on by its own rule.",
    source="google-research/bert (mask); google-research/big_vision (multiply)",
    metric=True,
    meant_for="step",
    notes=("With mask the lr jumps at the end of the warm-up to what the scheduler is at.",),
)

MODE: Final = Argument(
    "mode",
    "choice",
    "before",
    choices=("before", *_MODE.choices),
    doc="before: the scheduler starts when the warm-up ends; mask and multiply: it ticks from 0.",
)
LENGTH: Final = Argument(
    "length",
    "duration",
    minimum=0,
    doc="Ticks of the warm-up.",
    example="5%",
    role="warm-up",
)
START_LR: Final = Argument(
    "start_lr",
    "number",
    None,
    optional=True,
    minimum=0,
    unit="lr",
    doc="The learning rate at tick 0, instead of `start`.",
)
WARMUP_KEYS: Final = (LENGTH, START, SHAPE, MODE, START_LR)
"""The keys of ``warmup`` as a mapping."""

WARMUP_PACKAGES: Final = ("transformers", "diffusers")
"""Packages whose schedulers keep no more state than torch's own, so that ``warmup`` suits them."""


def takes_warmup(row: SchedulerRow) -> bool:
    """Return True if the key ``warmup`` suits a scheduler that drives the learning rate."""
    return (
        row.field({}) == "lr"
        and not row.replaces_lr
        and not row.name_of("warm-up")
        and (not row.extra or row.family in WARMUP_PACKAGES)
    )


ROWS: Final = (WARMUP_RAMP, WARMUP_OVER)
"""In the order they are listed."""
