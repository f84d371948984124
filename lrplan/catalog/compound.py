"""Rows of torch's schedulers that drive others, wait for a metric, or serve weight averaging."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument, Formula, SchedulerRow

_MODULE = "torch.optim.lr_scheduler"
_DOCS = "torch.optim.lr_scheduler documentation"

_WARMUP_THEN_COSINE = (
    {"type": "LinearLR", "start_factor": 0.01, "total_iters": "5ep"},
    {"type": "CosineAnnealingLR", "T_max": "25ep"},
)
_RAMP_AND_DECAY = (
    {"type": "LinearLR", "total_iters": "5ep"},
    {"type": "ExponentialLR", "gamma": 0.95},
)

SEQUENTIAL_LR: Final = SchedulerRow(
    name="SequentialLR",
    family="torch",
    path=f"{_MODULE}:SequentialLR",
    summary="One scheduler after the other; each starts at its own tick 0 on its milestone.",
    arguments=(
        Argument(
            "schedulers",
            "schedulers",
            doc="In the order they run; ReduceLROnPlateau is refused.",
            example=_WARMUP_THEN_COSINE,
        ),
        Argument(
            "milestones",
            "durations",
            doc="Ticks of the hand-overs, one fewer than schedulers.",
            example=("5ep",),
            role="hand-over",
        ),
    ),
    after_end="The last scheduler goes on by its own rule.",
    source=_DOCS,
    absolute_milestones=True,
    container="sequential",
    aliases=("warmup_exponential_decay_schedule", "join_schedules"),
)

CHAINED_SCHEDULER: Final = SchedulerRow(
    name="ChainedScheduler",
    family="torch",
    path=f"{_MODULE}:ChainedScheduler",
    summary="All schedulers tick together, in order, on the same lr, so that factors multiply.",
    arguments=(
        Argument(
            "schedulers",
            "schedulers",
            doc="In the order they tick; ReduceLROnPlateau is refused.",
            example=_RAMP_AND_DECAY,
        ),
    ),
    after_end="Every scheduler goes on by its own rule.",
    source=_DOCS,
    notes=(
        "LambdaLR, OneCycleLR, CyclicLR and warm restarts overwrite what those before them did.",
    ),
    container="chained",
)

REDUCE_LR_ON_PLATEAU: Final = SchedulerRow(
    name="ReduceLROnPlateau",
    family="torch",
    path=f"{_MODULE}:ReduceLROnPlateau",
    summary="Times factor when a metric has not improved for more than patience ticks.",
    arguments=(
        Argument(
            "mode",
            "choice",
            "min",
            choices=("min", "max"),
            doc="Whether a smaller or a larger metric is better.",
            role="mode",
        ),
        Argument(
            "factor",
            "number",
            0.1,
            below=1,
            unit="ratio",
            doc="Factor of each cut.",
            role="factor",
        ),
        Argument(
            "patience",
            "duration",
            10,
            doc="Bad ticks in a row that are forgiven; the next one cuts.",
            example=3,
            role="patience",
        ),
        Argument(
            "threshold",
            "number",
            1e-4,
            doc="An improvement smaller than this counts as none.",
            role="threshold",
        ),
        Argument(
            "threshold_mode",
            "choice",
            "rel",
            choices=("rel", "abs"),
            doc="Whether threshold is a share of the best value or a difference to it.",
            role="threshold mode",
        ),
        Argument(
            "cooldown",
            "duration",
            0,
            doc="Ticks after a cut in which bad ones do not count.",
            role="cooldown",
        ),
        Argument(
            "min_lr",
            "number",
            0,
            per_group=True,
            unit="lr",
            doc="The lr is not cut below.",
            role="floor",
        ),
        Argument(
            "eps",
            "number",
            1e-8,
            unit="lr",
            doc="A cut no larger than this is left out.",
            role="eps",
        ),
    ),
    after_end="Has no end: it cuts whenever the metric stalls, until min_lr or eps stops it.",
    source=_DOCS,
    metric=True,
    meant_for="epoch",
)

SWA_LR: Final = SchedulerRow(
    name="SWALR",
    family="swa",
    path="torch.optim.swa_utils:SWALR",
    summary="From the current lr to the constant swa_lr of stochastic weight averaging.",
    arguments=(
        Argument(
            "swa_lr",
            "number",
            per_group=True,
            unit="lr",
            doc="The lr to arrive at; may be higher than the current one.",
            example=0.05,
        ),
        Argument(
            "anneal_epochs",
            "duration",
            10,
            minimum=0,
            doc="Ticks until swa_lr is reached.",
            example="10ep",
            role="ramp",
        ),
        Argument(
            "anneal_strategy",
            "choice",
            "cos",
            choices=("cos", "linear"),
            doc="Shape of the way there.",
        ),
    ),
    after_end="Holds swa_lr.",
    source="Izmailov et al. 2018, Stochastic Weight Averaging, arXiv 1803.05407",
    formula=Formula("averaging", {}),
    update="moves",
    meant_for="epoch",
)
