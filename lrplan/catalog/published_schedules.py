"""Rows of the families of the literature: a warm-up and a decay, levels, and points."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lrplan.catalog.field_schedulers import FIELD
from lrplan.catalog.rows import Argument, Formula, SchedulerRow
from lrplan.catalog.warmups import MIN_RATIO, WARMUP_STEPS

_MODULE = "lrplan.torch_objects.schedulers"
_TOTAL = Argument(
    "total_steps",
    "duration",
    minimum=1,
    doc="The tick that reaches the last value, the warm-up included.",
    example="30ep",
    role="end",
)
_LINE = {"warmup_steps": "warmup", "total_steps": "total", "min_ratio": "floor"}
_HOLDS = "Holds min_ratio times the base lr."

WARMUP_LINEAR: Final = SchedulerRow(
    name="WarmupLinear",
    family="lrplan",
    path=f"{_MODULE}:WarmupLinear",
    summary="A line from 0 to the base lr, then a line to min_ratio times it.",
    arguments=(WARMUP_STEPS, _TOTAL, MIN_RATIO, FIELD),
    after_end=_HOLDS,
    source="Devlin et al. 2019, BERT, arXiv 1810.04805",
    meant_for="step",
    formula=Formula("warmup_polynomial", _LINE),
    update="sets",
    warmup_from=0.0,
    aliases=(
        "warmup_linear",
        "LinearWarmupLinearDecay",
    ),
)

WARMUP_POLYNOMIAL: Final = SchedulerRow(
    name="WarmupPolynomial",
    family="lrplan",
    path=f"{_MODULE}:WarmupPolynomial",
    summary="A line from 0 to the base lr, then a power of the rest, to min_ratio times it.",
    arguments=(
        WARMUP_STEPS,
        _TOTAL,
        Argument(
            "power",
            "number",
            above=0,
            unit="exponent",
            doc="1: a line; larger: falls sooner.",
            example=2,
        ),
        MIN_RATIO,
        FIELD,
    ),
    after_end=_HOLDS,
    source="transformers.optimization; You et al. 2017, arXiv 1708.03888",
    meant_for="step",
    formula=Formula("warmup_polynomial", {**_LINE, "power": "power"}),
    update="sets",
    warmup_from=0.0,
    aliases=("warmup_poly",),
)

WARMUP_STABLE_DECAY: Final = SchedulerRow(
    name="WarmupStableDecay",
    family="lrplan",
    path=f"{_MODULE}:WarmupStableDecay",
    summary="A line from 0 to the base lr, constant, and down in the last decay_steps ticks.",
    arguments=(
        WARMUP_STEPS,
        replace(_TOTAL, minimum=None),  # the other lengths decide how short it may be
        Argument(
            "decay_steps",
            "duration",
            minimum=1,
            doc="Ticks of the decay, the last ones of total_steps.",
            example="6ep",
            role="part",
        ),
        Argument(
            "decay_type",
            "choice",
            "1-sqrt",
            choices=("linear", "1-sqrt", "cosine", "exponential"),
            doc="Shape of the decay; exponential needs a min_ratio above 0.",
        ),
        MIN_RATIO,
        FIELD,
    ),
    after_end=_HOLDS,
    source="Hu et al. 2024, MiniCPM, arXiv 2404.06395; Hägele et al. 2024, arXiv 2405.18392",
    meant_for="step",
    formula=Formula(
        "warmup_stable_decay",
        {
            "warmup_steps": "warmup",
            "total_steps": "total",
            "decay_steps": "decay",
            "decay_type": "shape",
            "min_ratio": "floor",
        },
    ),
    update="sets",
    warmup_from=0.0,
    aliases=("WSD", "wsd", "warmup_stable_decay", "trapezoidal"),
)

TRI_STAGE: Final = SchedulerRow(
    name="TriStage",
    family="lrplan",
    path=f"{_MODULE}:TriStage",
    summary="A line up to the base lr, constant, then an exponential down to a share of it.",
    arguments=(
        WARMUP_STEPS,
        Argument(
            "hold_steps",
            "duration",
            minimum=0,
            doc="Ticks at the base lr.",
            example="12ep",
            role="part",
        ),
        Argument(
            "decay_steps",
            "duration",
            minimum=1,
            doc="Ticks of the decay.",
            example="15ep",
            role="part",
        ),
        Argument(
            "init_lr_scale", "number", 0.01, unit="ratio", doc="The first value over the base lr."
        ),
        Argument(
            "final_lr_scale",
            "number",
            0.01,
            above=0,
            unit="ratio",
            doc="The last value over the base lr.",
        ),
        FIELD,
    ),
    after_end="Holds final_lr_scale times the base lr.",
    source="fairseq, tri_stage; Park et al. 2019, SpecAugment, arXiv 1904.08779",
    meant_for="step",
    formula=Formula(
        "tri_stage",
        {
            "warmup_steps": "warmup",
            "hold_steps": "hold",
            "decay_steps": "decay",
            "init_lr_scale": "start",
            "final_lr_scale": "end",
        },
    ),
    update="sets",
    aliases=("tri_stage", "TriStageLR", "TriStageLRScheduler"),
)

REX: Final = SchedulerRow(
    name="REX",
    family="lrplan",
    path=f"{_MODULE}:REX",
    summary="Slow at first and fast at the end: z / (1 - beta + beta * z), z the share left.",
    arguments=(
        _TOTAL,
        Argument(
            "warmup_steps",
            "duration",
            0,
            minimum=0,
            doc="Ticks of the warm-up, a line from 0.",
            example="3ep",
            role="warm-up",
        ),
        MIN_RATIO,
        Argument(
            "beta",
            "number",
            0.5,
            minimum=0,
            below=1,
            unit="ratio",
            doc="How long the value stays high: 0 is a line, the paper has 0.5, others 0.9.",
        ),
        FIELD,
    ),
    after_end=_HOLDS,
    source="Chen et al. 2021, REX, arXiv 2107.04197",
    meant_for="step",
    formula=Formula(
        "rex",
        {
            "total_steps": "total",
            "warmup_steps": "warmup",
            "min_ratio": "floor",
            "beta": "beta",
        },
    ),
    update="sets",
    warmup_from=0.0,
    aliases=("rex", "RexLR", "REX_LR"),
)

PIECEWISE_CONSTANT: Final = SchedulerRow(
    name="PiecewiseConstant",
    family="lrplan",
    path=f"{_MODULE}:PiecewiseConstant",
    summary="One level after the other, as values or as factors on the base lr.",
    arguments=(
        Argument(
            "milestones",
            "durations",
            doc="Ticks from which the next level holds, in order.",
            example=("15ep", "25ep"),
            role="cuts",
        ),
        Argument(
            "values",
            "numbers",
            None,
            optional=True,
            unit="lr",
            doc="Levels, one more than milestones, the same for all groups.",
            example=(0.1, 0.01, 0.001),
        ),
        Argument(
            "factors",
            "numbers",
            None,
            optional=True,
            unit="ratio",
            doc="Levels over the base of each group; instead of values.",
        ),
        FIELD,
    ),
    after_end="Holds the last level.",
    source="Keras, PiecewiseConstantDecay; optax, piecewise_constant_schedule",
    one_of=(("values",), ("factors",)),
    absolute_milestones=True,
    formula=Formula(
        "piecewise_constant", {"milestones": "milestones", "values": "values"}, gives="value"
    ),
    update="sets",
    abrupt=True,
    aliases=("PiecewiseConstantDecay", "piecewise_constant_schedule", "piecewise_constant"),
)

PIECEWISE_LINEAR: Final = SchedulerRow(
    name="PiecewiseLinear",
    family="lrplan",
    path=f"{_MODULE}:PiecewiseLinear",
    summary="Straight lines from point to point, as values or as factors on the base lr.",
    arguments=(
        Argument(
            "points",
            "points",
            None,
            optional=True,
            fractional=True,
            unit="lr",
            doc="Pairs of a tick and the value there, the same for all groups.",
            example=(("0ep", 0.0), ("5ep", 0.1), ("30ep", 0.001)),
        ),
        Argument(
            "factors",
            "points",
            None,
            optional=True,
            fractional=True,
            unit="ratio",
            doc="Pairs of a tick and a factor on the base of each group; instead of points.",
        ),
        FIELD,
    ),
    after_end="Holds the value of the last point; before the first one, that of the first.",
    source="pytorch-ignite, PiecewiseLinear",
    one_of=(("points",), ("factors",)),
    formula=Formula("piecewise_linear", {"points": "points"}, gives="value"),
    update="sets",
    aliases=("piecewise_linear", "piecewise_interpolate_schedule"),
)

ROWS: Final = (
    WARMUP_LINEAR,
    WARMUP_POLYNOMIAL,
    WARMUP_STABLE_DECAY,
    TRI_STAGE,
    REX,
    PIECEWISE_CONSTANT,
    PIECEWISE_LINEAR,
)
"""In the order they are listed."""
