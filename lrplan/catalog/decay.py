"""Rows of ``torch.optim.lr_scheduler``: factors and decays of one formula.

In the summaries ``base`` is the group's learning rate in the optimizer and ``t`` the tick,
counted from 0; the first optimizer step is given the value of ``t = 0``.
"""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument, Formula, SchedulerRow

_MODULE = "torch.optim.lr_scheduler"
_DOCS = "torch.optim.lr_scheduler documentation"
_GAMMA = Argument("gamma", "number", 0.1, unit="ratio", doc="Factor of each cut.", role="factor")

LAMBDA_LR: Final = SchedulerRow(
    name="LambdaLR",
    family="torch",
    path=f"{_MODULE}:LambdaLR",
    summary="Base lr times an expression of the tick: lr = base * f(t).",
    arguments=(
        Argument(
            "lr_lambda",
            "expression",
            per_group=True,
            doc="The factor f(t) on the base lr.",
            role="function",
            example="0.95 ** epoch",
        ),
    ),
    after_end="Has no end: the expression is evaluated at every further tick.",
    source=_DOCS,
    update="sets",
    abrupt=True,
    aliases=("LearningRateScheduler",),
)

MULTIPLICATIVE_LR: Final = SchedulerRow(
    name="MultiplicativeLR",
    family="torch",
    path=f"{_MODULE}:MultiplicativeLR",
    summary="Previous lr times an expression of the tick: lr(t) = lr(t - 1) * f(t).",
    arguments=(
        Argument(
            "lr_lambda",
            "expression",
            per_group=True,
            doc="The factor f(t) on the previous lr; f(0) counts in a SequentialLR only.",
            role="function",
            example="0.95",
        ),
    ),
    after_end="Has no end: every further tick multiplies once more.",
    source=_DOCS,
    update="multiplies",
    abrupt=True,
)

STEP_LR: Final = SchedulerRow(
    name="StepLR",
    family="torch",
    path=f"{_MODULE}:StepLR",
    summary="Times gamma every step_size ticks: lr = base * gamma ** (t // step_size).",
    arguments=(
        Argument(
            "step_size", "duration", doc="Ticks between two cuts.", example="10ep", role="every"
        ),
        _GAMMA,
    ),
    after_end="Has no end: it goes on cutting every step_size ticks.",
    source=_DOCS,
    formula=Formula("step_decay", {"step_size": "every", "gamma": "gamma"}),
    update="multiplies",
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
            doc="Ticks at which the lr is cut; one named twice cuts twice.",
            example=("15ep", "25ep"),
            role="cuts",
        ),
        _GAMMA,
    ),
    after_end="Holds the lr that the last milestone left.",
    source=_DOCS,
    absolute_milestones=True,
    formula=Formula("milestone_decay", {"milestones": "milestones", "gamma": "gamma"}),
    update="multiplies",
    aliases=("multistep", "multi_step", "piecewise_constant_schedule", "PiecewiseConstantDecay"),
)

CONSTANT_LR: Final = SchedulerRow(
    name="ConstantLR",
    family="torch",
    path=f"{_MODULE}:ConstantLR",
    summary="Base lr times factor for total_iters ticks, then the base lr.",
    arguments=(
        Argument(
            "factor",
            "number",
            1 / 3,
            minimum=0,
            maximum=1,
            unit="ratio",
            doc="Factor until the end; 0 fails at the tick that should undo it.",
            role="start factor",
        ),
        Argument("total_iters", "duration", 5, doc="The tick that undoes the factor.", role="hold"),
    ),
    after_end="Holds the full base lr: tick total_iters divides the factor out again.",
    source=_DOCS,
    notes=("Both defaults act: without arguments it runs 5 ticks at a third of the lr.",),
    formula=Formula("constant_factor", {"factor": "factor", "total_iters": "total"}),
    update="multiplies",
    aliases=("constant_schedule",),
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
            doc="Factor on the base lr at tick 0.",
            example=0.01,
            role="start factor",
        ),
        Argument(
            "end_factor",
            "number",
            1.0,
            minimum=0,
            maximum=1,
            unit="ratio",
            doc="Factor from tick total_iters on.",
            role="end factor",
        ),
        Argument(
            "total_iters", "duration", 5, doc="Ticks the line takes.", example="5ep", role="end"
        ),
    ),
    after_end="Holds base * end_factor.",
    source=_DOCS,
    notes=("All three defaults act: without arguments it ramps from a third in 5 ticks.",),
    formula=Formula(
        "linear", {"start_factor": "start", "end_factor": "end", "total_iters": "total"}
    ),
    update="multiplies",
    past_end="zero",
    aliases=("linear", "linear_warmup", "LinearWarmup", "linear_schedule"),
)

EXPONENTIAL_LR: Final = SchedulerRow(
    name="ExponentialLR",
    family="torch",
    path=f"{_MODULE}:ExponentialLR",
    summary="Times gamma every tick: lr = base * gamma ** t.",
    arguments=(
        Argument(
            "gamma",
            "number",
            unit="ratio",
            doc="Factor of each tick.",
            example=0.95,
            role="factor",
        ),
    ),
    after_end="Has no end: it goes on decaying towards 0.",
    source=_DOCS,
    formula=Formula("exponential_decay", {"gamma": "gamma"}),
    update="multiplies",
    aliases=("exponential", "exponential_decay", "ExponentialDecay"),
)

POLYNOMIAL_LR: Final = SchedulerRow(
    name="PolynomialLR",
    family="torch",
    path=f"{_MODULE}:PolynomialLR",
    summary="Decays to 0: lr = base * (1 - min(t, total_iters) / total_iters) ** power.",
    arguments=(
        Argument(
            "total_iters",
            "duration",
            5,
            doc="The tick that reaches 0.",
            example="30ep",
            role="end",
        ),
        Argument("power", "number", 1.0, doc="Exponent; 1 is a straight line."),
    ),
    after_end="Holds 0.",
    source=_DOCS,
    formula=Formula("polynomial_decay", {"total_iters": "total", "power": "power"}),
    update="multiplies",
    past_end="zero",
    aliases=("polynomial", "poly", "PolyLR", "polynomial_schedule", "PolynomialDecay"),
)

COSINE_ANNEALING_LR: Final = SchedulerRow(
    name="CosineAnnealingLR",
    family="torch",
    path=f"{_MODULE}:CosineAnnealingLR",
    summary="Half a cosine down: lr = eta_min + (base - eta_min) * (1 + cos(pi * t / T_max)) / 2.",
    arguments=(
        Argument(
            "T_max", "duration", doc="The tick that reaches eta_min.", example="30ep", role="end"
        ),
        Argument(
            "eta_min",
            "number",
            0.0,
            unit="lr",
            doc="Lowest lr, one number for all groups.",
            role="end value",
        ),
    ),
    after_end="Climbs again: back at the base lr at tick 2 * T_max, and so on with that period.",
    source="Loshchilov & Hutter 2017, SGDR, arXiv 1608.03983 (without the restarts)",
    formula=Formula("half_cosine", {"T_max": "total"}),
    update="moves",
    past_end="waves",
    per_group_class="lrplan.torch_objects.schedulers:CosineAnnealingPerGroup",
    aliases=(
        "cosine",
        "cosine_annealing",
        "CosineAnnealing",
        "cosine_decay_schedule",
        "CosineDecay",
    ),
)
