"""Rows of lrplan's own schedulers for any field of a group (``torch_objects.schedulers``)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lrplan.catalog.rows import REQUIRED, Argument, Formula, SchedulerRow

_MODULE = "lrplan.torch_objects.schedulers"

FIELD: Final = Argument(
    "param_group_field",
    "string",
    "lr",
    doc="Field of the parameter group to drive, e.g. momentum, betas[0] or weight_decay.",
)
"""The argument with which most schedulers of our own drive another field than the lr."""

_ANY_FIELD = replace(FIELD, default=REQUIRED, example="weight_decay")
_RAMP = (
    _ANY_FIELD,
    Argument(
        "end_value",
        "number",
        per_group=True,
        doc="Value from tick total_steps on.",
        example=0.4,
        role="end value",
    ),
    Argument(
        "total_steps",
        "duration",
        minimum=1,
        doc="Ticks from start to end.",
        example="30ep",
        role="ramp",
    ),
    Argument(
        "start_value",
        "number",
        None,
        per_group=True,
        optional=True,
        doc="Value at tick 0; null: what the group has.",
        example=0.04,
    ),
)

_RAMP_PARAMETERS = {"start_value": "start", "end_value": "end", "total_steps": "total"}

MILESTONE_LR: Final = SchedulerRow(
    name="MilestoneLrScheduler",
    family="lrplan",
    path=f"{_MODULE}:MilestoneLrScheduler",
    summary="Times gamma at each milestone, for any field: base * gamma ** (milestones <= t).",
    arguments=(
        Argument(
            "milestones",
            "durations",
            minimum=0,
            doc="Ticks of the cuts.",
            example=("10ep", "20ep", "25ep"),
            role="cuts",
        ),
        Argument("gamma", "number", 0.5, unit="ratio", doc="Factor of each cut.", role="factor"),
        FIELD,
    ),
    after_end="Holds the value that the last milestone left.",
    source="Documentation of PyPI pytorch-accelerated",
    absolute_milestones=True,
    formula=Formula("milestone_decay", {"milestones": "milestones", "gamma": "gamma"}),
    update="sets",
)

STEP_WD: Final = SchedulerRow(
    name="StepWdScheduler",
    family="lrplan",
    path=f"{_MODULE}:StepWdScheduler",
    summary="Weight decay (or any field) times gamma at times: base * gamma ** (t // every).",
    arguments=(
        Argument(
            "every",
            "duration",
            minimum=1,
            doc="Ticks between two changes.",
            example="10ep",
            role="every",
        ),
        Argument("gamma", "number", 1.1, unit="ratio", doc="Factor of each change.", role="factor"),
        replace(FIELD, default="weight_decay"),
    ),
    after_end="Has no end: it goes on changing.",
    source="Documentation of PyPI pytorch-accelerated",
    formula=Formula("step_decay", {"every": "every", "gamma": "gamma"}),
    update="sets",
)

LINEAR_PARAM: Final = SchedulerRow(
    name="LinearParamScheduler",
    family="lrplan",
    path=f"{_MODULE}:LinearParamScheduler",
    summary="A straight line between two values of any field.",
    arguments=_RAMP,
    after_end="Holds end_value.",
    source="The warm-up of momentum in Ultralytics YOLOv5",
    formula=Formula("linear", _RAMP_PARAMETERS, gives="value"),
    update="sets",
)

COSINE_PARAM: Final = SchedulerRow(
    name="CosineParamScheduler",
    family="lrplan",
    path=f"{_MODULE}:CosineParamScheduler",
    summary="Half a cosine between two values of any field.",
    arguments=_RAMP,
    after_end="Holds end_value.",
    source="Caron et al. 2021, DINO, arXiv 2104.14294 (weight decay)",
    formula=Formula("cosine", _RAMP_PARAMETERS, gives="value"),
    update="sets",
)

LAMBDA_PARAM: Final = SchedulerRow(
    name="LambdaParamScheduler",
    family="lrplan",
    path=f"{_MODULE}:LambdaParamScheduler",
    summary="Base value of any field times an expression of the tick.",
    arguments=(
        _ANY_FIELD,
        Argument(
            "param_lambda",
            "expression",
            per_group=True,
            doc="The factor f(t) on the base value.",
            role="function",
            example="0.95 ** epoch",
        ),
    ),
    after_end="Has no end: the expression is evaluated at every further tick.",
    source="torch.optim.lr_scheduler.LambdaLR, for any field",
    update="sets",
    abrupt=True,
)

ROWS: Final = (MILESTONE_LR, STEP_WD, LINEAR_PARAM, COSINE_PARAM, LAMBDA_PARAM)
"""In the order they are listed."""
