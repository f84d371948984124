"""Rows of optimizers that find their own step size, or average in place of a schedule.

As ``other_optimizers``, which lists them: classes outside of torch, built as stand-ins. ``own_lr``
says what each does with its learning rate, which no curve of a schedule shows.
"""

from __future__ import annotations

from typing import Final

from lrplan.catalog.optimizer_arguments import (
    BETAS,
    FOREACH,
    LIKE_ADAMW,
    NO_DECAY,
    betas,
    decay,
    eps,
    flag,
    lr,
    steps,
)
from lrplan.catalog.rows import Argument, OptimizerRow

_FSDP = flag("fsdp_in_use", "Sum the estimate over processes that share the parameters.")
_D0 = Argument("d0", "number", 1e-06, doc="First estimate of the distance to the solution.")
_GROWTH = Argument("growth_rate", "number", None, doc="Limit of its growth a step.")
_LOG = steps("log_every", 0, "Print the estimate every so many steps; 0: never.")

PRODIGY: Final = OptimizerRow(
    name="Prodigy",
    path="prodigyopt:Prodigy",
    package="prodigyopt 1.1.2",
    summary="Adam whose step size is lr times a distance that it estimates.",
    arguments=(
        lr(1.0),
        BETAS,
        Argument("beta3", "number", None, optional=True, doc="Decay of the estimate's averages."),
        eps(1e-08),
        decay(0),
        flag("decouple", LIKE_ADAMW, default=True),
        flag("use_bias_correction", "Correct averages for their start at 0."),
        flag("safeguard_warmup", "Keep the lr out of the estimate's denominator."),
        _D0,
        Argument("d_coef", "number", 1.0, unit="ratio", doc="Factor of the estimate."),
        _GROWTH,
        _FSDP,
        Argument("slice_p", "integer", 1, minimum=1, doc="Estimate from every p-th weight."),
    ),
    source="Mishchenko & Defazio 2023, arXiv 2306.06101",
    own_lr="estimates",
)

_DADAPT = "Defazio & Mishchenko 2023, arXiv 2301.07733"

DADAPT_ADAM: Final = OptimizerRow(
    name="DAdaptAdam",
    path="dadaptation:DAdaptAdam",
    package="dadaptation 3.2",
    summary="Adam whose step size is lr times a distance that it estimates.",
    arguments=(
        lr(1.0),
        BETAS,
        eps(1e-08),
        decay(0),
        _LOG,
        flag("decouple", LIKE_ADAMW),
        flag("use_bias_correction", "Correct averages for their start at 0."),
        _D0,
        _GROWTH,
        _FSDP,
    ),
    source=_DADAPT,
    own_lr="estimates",
)

DADAPT_SGD: Final = OptimizerRow(
    name="DAdaptSGD",
    path="dadaptation:DAdaptSGD",
    package="dadaptation 3.2",
    summary="SGD whose step size is lr times a distance that it estimates.",
    arguments=(
        lr(1.0),
        Argument("momentum", "number", 0.0, minimum=0, doc="Share of the last update kept."),
        NO_DECAY,
        _LOG,
        _D0,
        _GROWTH,
        _FSDP,
    ),
    source=_DADAPT,
    own_lr="estimates",
)

DADAPT_LION: Final = OptimizerRow(
    name="DAdaptLion",
    path="dadaptation:DAdaptLion",
    package="dadaptation 3.2",
    summary="Lion whose step size is lr times a distance that it estimates.",
    arguments=(lr(1.0), betas(0.9, 0.99), decay(0.0), _LOG, _D0, _FSDP),
    source=_DADAPT,
    own_lr="estimates",
)

_SCHEDULE_FREE = "Defazio et al. 2024, arXiv 2405.15682"
_NEEDS_MODES = "its train() and eval() have to be called around training and evaluation"
_AVERAGING = (
    Argument("r", "number", 0.0, doc="Power of the step in the weights of the average."),
    Argument("weight_lr_power", "number", 2.0, doc="Power of the lr in those weights."),
    FOREACH,
)
_OWN_WARM_UP = steps("warmup_steps", 0, "Linear warm-up that it does itself.")

SGD_SCHEDULE_FREE: Final = OptimizerRow(
    name="SGDScheduleFree",
    path="schedulefree:SGDScheduleFree",
    package="schedulefree 1.4.1",
    summary="SGD that averages its weights in place of a schedule.",
    arguments=(
        lr(1.0),
        Argument("momentum", "number", 0.9, minimum=0, doc="Share of the average looked at."),
        NO_DECAY,
        _OWN_WARM_UP,
        *_AVERAGING,
    ),
    source=_SCHEDULE_FREE,
    own_lr="averages",
    no_code=_NEEDS_MODES,
)

ADAMW_SCHEDULE_FREE: Final = OptimizerRow(
    name="AdamWScheduleFree",
    path="schedulefree:AdamWScheduleFree",
    package="schedulefree 1.4.1",
    summary="AdamW that averages its weights in place of a schedule.",
    arguments=(lr(0.0025), BETAS, eps(1e-08), decay(0), _OWN_WARM_UP, *_AVERAGING),
    source=_SCHEDULE_FREE,
    own_lr="averages",
    no_code=_NEEDS_MODES,
)

RADAM_SCHEDULE_FREE: Final = OptimizerRow(
    name="RAdamScheduleFree",
    path="schedulefree:RAdamScheduleFree",
    package="schedulefree 1.4.1",
    summary="RAdam that averages its weights in place of a schedule.",
    arguments=(
        lr(0.0025),
        BETAS,
        eps(1e-08),
        decay(0),
        *_AVERAGING,
        flag("silent_sgd_phase", "Make no steps while it rectifies.", default=True),
    ),
    source=_SCHEDULE_FREE,
    own_lr="averages",
    no_code=_NEEDS_MODES,
)
