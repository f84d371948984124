"""Rows of ``torch.optim``: plain, sign-based and quasi-Newton optimizers.

Every argument may also be in a parameter group, where it overrides the optimizer's.
"""

from __future__ import annotations

from typing import Final

from lrplan.catalog.optimizer_arguments import (
    CAPTURABLE,
    DIFFERENTIABLE,
    FOREACH,
    FUSED,
    MAXIMIZE,
    NO_DECAY,
    eps,
    lr,
)
from lrplan.catalog.rows import Argument, OptimizerRow

SGD: Final = OptimizerRow(
    name="SGD",
    path="torch.optim:SGD",
    largest_lr=50.0,
    summary="Stochastic gradient descent, with momentum on request.",
    arguments=(
        lr(0.001),
        Argument("momentum", "number", 0, minimum=0, doc="Share of the last update kept."),
        Argument("dampening", "number", 0, doc="Share of the gradient kept out of momentum."),
        NO_DECAY,
        Argument("nesterov", "boolean", False, doc="Look ahead; needs momentum, no dampening."),
        MAXIMIZE,
        FOREACH,
        DIFFERENTIABLE,
        FUSED,
    ),
    source="Robbins & Monro 1951; Sutskever et al. 2013, ICML, for momentum",
)

ASGD: Final = OptimizerRow(
    name="ASGD",
    path="torch.optim:ASGD",
    summary="SGD that also averages the weights from step t0 on.",
    arguments=(
        lr(0.01),
        Argument("lambd", "number", 0.0001, doc="Decay term of the internal step size."),
        Argument("alpha", "number", 0.75, doc="Power of the internal step size's decay."),
        Argument("t0", "number", 1e6, unit="steps", doc="Step at which averaging starts."),
        NO_DECAY,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
        CAPTURABLE,
    ),
    source="Polyak & Juditsky 1992, SIAM J. Control Optim. 30(4)",
    notes=("It decays its step size inside, on top of any schedule.",),
)

MUON: Final = OptimizerRow(
    name="Muon",
    path="torch.optim:Muon",
    summary="Momentum whose matrix updates are made orthogonal by Newton-Schulz steps.",
    arguments=(
        lr(0.001),
        Argument("weight_decay", "number", 0.1, minimum=0, doc="Decay, apart from the gradient."),
        Argument("momentum", "number", 0.95, minimum=0, doc="Share of the average kept."),
        Argument("nesterov", "boolean", True, doc="Look ahead along the momentum."),
        Argument(
            "ns_coefficients",
            "numbers",
            (3.4445, -4.775, 2.0315),
            length=3,
            doc="Polynomial of the Newton-Schulz step.",
        ),
        eps(1e-07),
        Argument("ns_steps", "integer", 5, doc="Newton-Schulz steps per update; below 100."),
        Argument(
            "adjust_lr_fn",
            "choice",
            None,
            optional=True,
            choices=("original", "match_rms_adamw"),
            doc="How the shape of a matrix scales its lr; null: original.",
        ),
    ),
    source="Jordan et al. 2024, Muon; Liu et al. 2025, arXiv 2502.16982",
    since="2.9",
    matrix_only=True,
)

LBFGS: Final = OptimizerRow(
    name="LBFGS",
    path="torch.optim:LBFGS",
    summary="Quasi-Newton steps from a short history of gradients.",
    arguments=(
        lr(1),
        Argument("max_iter", "integer", 20, doc="Inner iterations per step."),
        Argument(
            "max_eval",
            "integer",
            None,
            optional=True,
            doc="Evaluations of the loss per step; null: max_iter * 5 // 4.",
        ),
        Argument("tolerance_grad", "number", 1e-07, doc="Stops a step: gradient this small."),
        Argument("tolerance_change", "number", 1e-09, doc="Stops a step: change this small."),
        Argument("history_size", "integer", 100, doc="Updates remembered."),
        Argument(
            "line_search_fn",
            "choice",
            None,
            optional=True,
            choices=("strong_wolfe",),
            doc="Line search; null: a fixed step.",
        ),
    ),
    source="Liu & Nocedal 1989, Math. Programming 45",
    single_group=True,
    needs_closure=True,
)

RPROP: Final = OptimizerRow(
    name="Rprop",
    path="torch.optim:Rprop",
    summary="Resilient propagation: only the sign of a gradient counts; for full batches.",
    arguments=(
        lr(0.01),
        Argument(
            "etas",
            "numbers",
            (0.5, 1.2),
            length=2,
            doc="Factors for a changed and a kept sign, around 1.",
        ),
        Argument(
            "step_sizes",
            "numbers",
            (1e-06, 50),
            length=2,
            doc="Smallest and largest step size.",
        ),
        CAPTURABLE,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
    ),
    source="Riedmiller & Braun 1993, IEEE ICNN",
    notes=(
        "The learning rate sets the first step size only: a schedule has no effect after step 0.",
    ),
)
