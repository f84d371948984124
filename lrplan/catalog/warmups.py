"""Rows of lrplan's own schedulers that warm up, from ``lrplan.torch_objects.schedulers``."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lrplan.catalog.field_schedulers import FIELD
from lrplan.catalog.ramps import SHAPE, START
from lrplan.catalog.rows import Argument, Formula, SchedulerRow

_MODULE = "lrplan.torch_objects.schedulers"

WARMUP_STEPS: Final = Argument(
    "warmup_steps",
    "duration",
    minimum=0,
    doc="Ticks of the warm-up, a line from 0.",
    example="3ep",
    role="warm-up",
)
"""The warm-up that most of our own schedulers have."""
MIN_RATIO: Final = Argument(
    "min_ratio",
    "number",
    0.0,
    unit="ratio",
    doc="Floor over the base lr.",
    example=0.1,
)
"""The floor of a decay to a share of the base."""

WARMUP_COSINE: Final = SchedulerRow(
    name="WarmupCosine",
    family="lrplan",
    path=f"{_MODULE}:WarmupCosine",
    summary="A line from 0 to the base lr, then half a cosine down to min_ratio times it.",
    arguments=(
        WARMUP_STEPS,
        Argument(
            "total_steps",
            "duration",
            minimum=1,
            doc="The tick that reaches the floor.",
            example="30ep",
            role="end",
        ),
        MIN_RATIO,
        FIELD,
    ),
    after_end="Climbs again: back at the base lr at tick 2 * total_steps - warmup_steps.",
    source="Goyal et al. 2017, arXiv 1706.02677; Loshchilov & Hutter 2017, arXiv 1608.03983",
    meant_for="step",
    formula=Formula(
        "warmup_cosine", {"warmup_steps": "warmup", "total_steps": "total", "min_ratio": "floor"}
    ),
    update="sets",
    past_end="waves",
    warmup_from=0.0,
    aliases=(
        "warmup_cosine",
        "CosineAnnealingWithWarmup",
        "CosineAnnealingLRWithWarmup",
        "LinearWarmupCosineAnnealingLR",
        "warmup_cosine_decay_schedule",
        "get_cosine_schedule_with_warmup",
        "WarmupCosineSchedule",
    ),
)

WARMUP_CONSTANT: Final = SchedulerRow(
    name="WarmupConstantSchedule",
    family="lrplan",
    path=f"{_MODULE}:WarmupConstantSchedule",
    summary="A line from 0 to the base lr, then constant: lr = base * min(1, t / warmup_steps).",
    arguments=(WARMUP_STEPS, FIELD),
    after_end="Holds the base lr.",
    source="Goyal et al. 2017, arXiv 1706.02677",
    meant_for="step",
    formula=Formula("linear_warmup", {"warmup_steps": "warmup"}),
    update="sets",
    warmup_from=0.0,
    aliases=("warmup_constant_schedule",),
)

INVERSE_SQRT: Final = SchedulerRow(
    name="InverseSqrtScheduler",
    family="lrplan",
    path=f"{_MODULE}:InverseSqrtScheduler",
    summary="A line up to the base lr, then lr = base * sqrt(warmup_steps / t).",
    arguments=(
        Argument(
            "warmup_steps",
            "duration",
            minimum=1,
            doc="Ticks of the warm-up; the scale of the fall, too, unless timescale is given.",
            example="3ep",
            role="warm-up",
        ),
        Argument(
            "timescale",
            "duration",
            None,
            optional=True,
            minimum=1,
            doc="Scale of the fall in ticks; null: the warm-up, so half the base at 4 times it.",
        ),
        Argument(
            "cooldown_steps",
            "duration",
            0,
            minimum=0,
            doc="The last ticks of total_steps, in which a line to 0 is laid over the fall.",
            role="part",
        ),
        Argument(
            "total_steps",
            "duration",
            None,
            optional=True,
            minimum=1,
            doc="The tick at which the cool-down reaches 0; needed for a cool-down.",
        ),
        FIELD,
        Argument(
            "start", "number", 0.0, minimum=0, unit="ratio", doc="Factor on the base lr at tick 0."
        ),
    ),
    after_end="Goes on falling with the inverse square root of the tick; 0 after a cool-down.",
    source="Vaswani et al. 2017, arXiv 1706.03762; Zhai et al. 2022, arXiv 2106.04560 (cool-down)",
    meant_for="step",
    formula=Formula(
        "inverse_sqrt",
        {
            "warmup_steps": "warmup",
            "timescale": "timescale",
            "cooldown_steps": "cooldown",
            "total_steps": "total",
            "start": "start",
        },
    ),
    update="sets",
    warmup_from=0.0,
    aliases=("noam", "NoamLR", "inverse_sqrt", "get_inverse_sqrt_schedule"),
)

COSINE_WARM_UP_RESTARTS: Final = SchedulerRow(
    name="CosineAnnealingWarmUpRestarts",
    family="lrplan",
    path=f"{_MODULE}:CosineAnnealingWarmUpRestarts",
    summary="Cycles from the base lr, the floor, up in a line to eta_max and down a half cosine.",
    arguments=(
        Argument(
            "T_0",
            "duration",
            minimum=1,
            doc="Ticks of the first cycle.",
            example="10ep",
            role="cycle",
        ),
        Argument(
            "T_mult",
            "integer",
            1,
            minimum=1,
            unit="ratio",
            doc="Each cycle's part after the rise is this many times as long as the last one's.",
        ),
        Argument(
            "eta_max",
            "number",
            0.1,
            unit="lr",
            doc="The lr at the first peak, the same for all groups.",
            example=0.5,
            role="peak",
        ),
        Argument(
            "T_up",
            "duration",
            0,
            minimum=0,
            doc="Ticks of each rise.",
            example="2ep",
            role="rise",
        ),
        Argument("gamma", "number", 1.0, unit="ratio", doc="Factor of each peak on the last."),
        FIELD,
    ),
    after_end="Has no end: cycles repeat, each peak gamma times the one before.",
    source="Loshchilov & Hutter 2017, arXiv 1608.03983, with a rise and a falling peak",
    formula=Formula(
        "cosine_warmup_restarts",
        {"eta_max": "peak", "T_0": "first", "T_mult": "mult", "T_up": "warmup", "gamma": "gamma"},
        gives="value",
    ),
    update="sets",
    abrupt=True,
)

GRADUAL_WARMUP: Final = SchedulerRow(
    name="GradualWarmupScheduler",
    family="lrplan",
    path=f"{_MODULE}:GradualWarmupScheduler",
    summary="A line up to base * multiplier, from 0 if multiplier is 1, then another scheduler.",
    arguments=(
        Argument(
            "multiplier",
            "number",
            minimum=1,
            unit="ratio",
            doc="The lr after the warm-up over base; above 1, the line starts at base.",
            example=1,
        ),
        Argument(
            "total_epoch",
            "duration",
            minimum=1,
            doc="Ticks of the warm-up.",
            example="5ep",
            role="warm-up",
        ),
        Argument(
            "after_scheduler",
            "scheduler",
            None,
            optional=True,
            doc="What follows, on base * multiplier; a plateau gets the metric.",
            example={"type": "CosineAnnealingLR", "T_max": "25ep"},
        ),
        replace(
            START,
            default=None,
            optional=True,
            doc="Factor on base at tick 0; null: 0 if multiplier is 1, else 1.",
            role=None,
        ),
        SHAPE,
    ),
    after_end="The after-scheduler goes on by its own rule; without one, the lr holds.",
    source="Goyal et al. 2017, arXiv 1706.02677; interface of PyPI warmup-scheduler",
    metric=True,
    hands_over=("total_epoch", 0),
    formula=Formula(
        "gradual_warmup",
        {
            "multiplier": "multiplier",
            "total_epoch": "total",
            "start": "start",
            "shape": "shape",
        },
    ),
    notes=(
        "The after-scheduler starts at its own tick 0, on tick total_epoch.",
        "A plateau after it is given no metric of the warm-up.",
        "The base_lr of a CyclicLR after it is multiplied too: cycles begin at the warmed-up rate.",
    ),
)

ROWS: Final = (
    WARMUP_COSINE,
    WARMUP_CONSTANT,
    INVERSE_SQRT,
    COSINE_WARM_UP_RESTARTS,
    GRADUAL_WARMUP,
)
"""In the order they are listed."""
