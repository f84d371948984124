"""Rows of ``torch.optim.lr_scheduler``: factors and decays of one formula.

In the summaries ``base`` is the group's learning rate in the optimizer and ``t`` the tick,
counted from 0; the first optimizer step is given the value of ``t = 0``.
"""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument, SchedulerRow

_MODULE = "torch.optim.lr_scheduler"
_DOCS = "torch.optim.lr_scheduler documentation"

LAMBDA_LR: Final = SchedulerRow(
    name="LambdaLR",
    family="torch",
    path=f"{_MODULE}:LambdaLR",
    summary="Base rate times an expression of the tick: lr = base * f(t).",
    arguments=(
        Argument(
            "lr_lambda",
            "expression",
            per_group=True,
            doc="The factor f(t) on the base rate.",
            example="0.95 ** epoch",
        ),
    ),
    after_end="Has no end: the expression is evaluated at every further tick.",
    source=_DOCS,
)

MULTIPLICATIVE_LR: Final = SchedulerRow(
    name="MultiplicativeLR",
    family="torch",
    path=f"{_MODULE}:MultiplicativeLR",
    summary="Previous rate times an expression of the tick: lr(t) = lr(t - 1) * f(t).",
    arguments=(
        Argument(
            "lr_lambda",
            "expression",
            per_group=True,
            doc="The factor f(t) on the previous rate; f(0) is never used.",
            example="0.95",
        ),
    ),
    after_end="Has no end: every further tick multiplies once more.",
    source=_DOCS,
)

STEP_LR: Final = SchedulerRow(
    name="StepLR",
    family="torch",
    path=f"{_MODULE}:StepLR",
    summary="Times gamma every step_size ticks: lr = base * gamma ** (t // step_size).",
    arguments=(
        Argument("step_size", "duration", doc="Ticks between two cuts.", example="10ep"),
        Argument("gamma", "number", 0.1, unit="ratio", doc="Factor of each cut."),
    ),
    after_end="Has no end: it goes on cutting every step_size ticks.",
    source=_DOCS,
)

MULTI_STEP_LR: Final = SchedulerRow(
    name="MultiStepLR",
    family="torch",
    path=f"{_MODULE}:MultiStepLR",
    summary="Times gamma at each milestone: lr = base * gamma ** (milestones <= t).",
    arguments=(
        Argument(
            "milestones",
            "durations",
            doc="Ticks at which the rate is cut; one named twice cuts twice.",
            example=("15ep", "25ep"),
        ),
        Argument("gamma", "number", 0.1, unit="ratio", doc="Factor of each cut."),
    ),
    after_end="Holds the rate that the last milestone left.",
    source=_DOCS,
    absolute_milestones=True,
)

CONSTANT_LR: Final = SchedulerRow(
    name="ConstantLR",
    family="torch",
    path=f"{_MODULE}:ConstantLR",
    summary="Base rate times factor for total_iters ticks, then the base rate.",
    arguments=(
        Argument(
            "factor",
            "number",
            1 / 3,
            minimum=0,
            maximum=1,
            unit="ratio",
            doc="Factor until the end; 0 fails at the tick that should undo it.",
        ),
        Argument("total_iters", "duration", 5, doc="The tick that undoes the factor."),
    ),
    after_end="Holds the full base rate: tick total_iters divides the factor out again.",
    source=_DOCS,
    notes=("Both defaults act: without arguments it runs 5 ticks at a third of the rate.",),
)

LINEAR_LR: Final = SchedulerRow(
    name="LinearLR",
    family="torch",
    path=f"{_MODULE}:LinearLR",
    summary="A straight line of factors from start_factor to end_factor over total_iters ticks.",
    arguments=(
        Argument(
            "start_factor",
            "number",
            1 / 3,
            above=0,
            maximum=1,
            unit="ratio",
            doc="Factor on the base rate at tick 0.",
            example=0.01,
        ),
        Argument(
            "end_factor",
            "number",
            1.0,
            minimum=0,
            maximum=1,
            unit="ratio",
            doc="Factor from tick total_iters on.",
        ),
        Argument("total_iters", "duration", 5, doc="Ticks the line takes.", example="5ep"),
    ),
    after_end="Holds base * end_factor.",
    source=_DOCS,
    notes=("All three defaults act: without arguments it ramps from a third in 5 ticks.",),
)

EXPONENTIAL_LR: Final = SchedulerRow(
    name="ExponentialLR",
    family="torch",
    path=f"{_MODULE}:ExponentialLR",
    summary="Times gamma every tick: lr = base * gamma ** t.",
    arguments=(
        Argument("gamma", "number", unit="ratio", doc="Factor of each tick.", example=0.95),
    ),
    after_end="Has no end: it goes on decaying towards 0.",
    source=_DOCS,
)

POLYNOMIAL_LR: Final = SchedulerRow(
    name="PolynomialLR",
    family="torch",
    path=f"{_MODULE}:PolynomialLR",
    summary="Decays to 0: lr = base * (1 - min(t, total_iters) / total_iters) ** power.",
    arguments=(
        Argument("total_iters", "duration", 5, doc="The tick that reaches 0.", example="30ep"),
        Argument("power", "number", 1.0, doc="Exponent; 1 is a straight line."),
    ),
    after_end="Holds 0.",
    source=_DOCS,
)

COSINE_ANNEALING_LR: Final = SchedulerRow(
    name="CosineAnnealingLR",
    family="torch",
    path=f"{_MODULE}:CosineAnnealingLR",
    summary="Half a cosine down: lr = eta_min + (base - eta_min) * (1 + cos(pi * t / T_max)) / 2.",
    arguments=(
        Argument("T_max", "duration", doc="The tick that reaches eta_min.", example="30ep"),
        Argument("eta_min", "number", 0.0, unit="lr", doc="Lowest rate, the same for all groups."),
    ),
    after_end="Climbs again: back at the base rate at tick 2 * T_max, and so on with that period.",
    source="Loshchilov & Hutter 2017, SGDR, arXiv 1608.03983 (without the restarts)",
)
