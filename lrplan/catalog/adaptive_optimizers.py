"""Rows of ``torch.optim``: optimizers that scale every weight by its gradient's history."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.optimizer_arguments import (
    BETAS,
    CAPTURABLE,
    DECOUPLED,
    DIFFERENTIABLE,
    FOREACH,
    FUSED,
    MAXIMIZE,
    NO_DECAY,
    eps,
    lr,
)
from lrplan.catalog.rows import Argument, OptimizerRow

_AMSGRAD = Argument("amsgrad", "boolean", False, doc="Keep the largest second moment seen.")

ADADELTA: Final = OptimizerRow(
    name="Adadelta",
    path="torch.optim:Adadelta",
    summary="Step sizes from running averages of squared gradients and updates.",
    arguments=(
        lr(1.0),
        Argument("rho", "number", 0.9, minimum=0, maximum=1, doc="Decay of the averages."),
        eps(1e-06, limited=True),
        NO_DECAY,
        FOREACH,
        CAPTURABLE,
        MAXIMIZE,
        DIFFERENTIABLE,
    ),
    source="Zeiler 2012, arXiv 1212.5701",
)

ADAFACTOR: Final = OptimizerRow(
    name="Adafactor",
    path="torch.optim:Adafactor",
    summary="No momentum, and a matrix's second moments kept as one row and one column.",
    arguments=(
        lr(0.01),
        Argument("beta2_decay", "number", -0.8, maximum=0, doc="Power of the average's decay."),
        Argument(
            "eps",
            "numbers",
            (None, 0.001),
            length=2,
            minimum=0,
            doc="Floors of the squared gradient (null: machine epsilon) and of the scale.",
        ),
        Argument("d", "number", 1.0, minimum=1, doc="Threshold that clips an update."),
        Argument("weight_decay", "number", 0.0, minimum=0, doc="Decay, apart from the gradient."),
        FOREACH,
        MAXIMIZE,
    ),
    source="Shazeer & Stern 2018, arXiv 1804.04235",
    since="2.5",
    notes=(
        "The lr is a ceiling: step n, from 1, uses min(lr, 1 / sqrt(n)).",
        "What it uses is then scaled by the root mean square of the weights.",
    ),
)

ADAGRAD: Final = OptimizerRow(
    name="Adagrad",
    path="torch.optim:Adagrad",
    summary="Step sizes that shrink with the sum of squared gradients.",
    arguments=(
        lr(0.01),
        Argument("lr_decay", "number", 0, minimum=0, doc="Decay of the lr inside, per step."),
        NO_DECAY,
        Argument("initial_accumulator_value", "number", 0, minimum=0, doc="Where the sum starts."),
        eps(1e-10, limited=True),
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
        FUSED,
    ),
    source="Duchi, Hazan & Singer 2011, JMLR 12",
)

ADAM: Final = OptimizerRow(
    name="Adam",
    path="torch.optim:Adam",
    largest_lr=1.0,
    sign_sized=True,
    summary="Step sizes from running averages of the gradient and its square.",
    arguments=(
        lr(0.001),
        BETAS,
        eps(1e-08, limited=True),
        NO_DECAY,
        _AMSGRAD,
        FOREACH,
        MAXIMIZE,
        CAPTURABLE,
        DIFFERENTIABLE,
        FUSED,
        DECOUPLED,
    ),
    source="Kingma & Ba 2015, arXiv 1412.6980",
)

ADAMW: Final = OptimizerRow(
    name="AdamW",
    path="torch.optim:AdamW",
    largest_lr=0.5,
    sign_sized=True,
    summary="Adam with weight decay apart from the gradient: each step takes lr * weight_decay.",
    arguments=(
        lr(0.001),
        BETAS,
        eps(1e-08, limited=True),
        Argument("weight_decay", "number", 0.01, minimum=0, doc="Decay, apart from the gradient."),
        _AMSGRAD,
        MAXIMIZE,
        FOREACH,
        CAPTURABLE,
        DIFFERENTIABLE,
        FUSED,
    ),
    source="Loshchilov & Hutter 2019, arXiv 1711.05101",
)

ADAMAX: Final = OptimizerRow(
    name="Adamax",
    path="torch.optim:Adamax",
    largest_lr=1.0,
    sign_sized=True,
    summary="Adam with the infinity norm in place of the second moment.",
    arguments=(
        lr(0.002),
        BETAS,
        eps(1e-08, limited=True),
        NO_DECAY,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
        CAPTURABLE,
    ),
    source="Kingma & Ba 2015, arXiv 1412.6980",
)

NADAM: Final = OptimizerRow(
    name="NAdam",
    path="torch.optim:NAdam",
    largest_lr=1.0,
    sign_sized=True,
    summary="Adam with Nesterov momentum.",
    arguments=(
        lr(0.002),
        BETAS,
        eps(1e-08, limited=True),
        NO_DECAY,
        Argument("momentum_decay", "number", 0.004, minimum=0, doc="Rate of the momentum's rise."),
        DECOUPLED,
        FOREACH,
        MAXIMIZE,
        CAPTURABLE,
        DIFFERENTIABLE,
    ),
    source="Dozat 2016, ICLR workshop",
)

RADAM: Final = OptimizerRow(
    name="RAdam",
    path="torch.optim:RAdam",
    largest_lr=1.0,
    sign_sized=True,
    summary="Adam that corrects the variance of its first steps, a warm-up of its own.",
    arguments=(
        lr(0.001),
        BETAS,
        eps(1e-08, limited=True),
        NO_DECAY,
        DECOUPLED,
        FOREACH,
        MAXIMIZE,
        CAPTURABLE,
        DIFFERENTIABLE,
    ),
    source="Liu et al. 2020, arXiv 1908.03265",
)

RMSPROP: Final = OptimizerRow(
    name="RMSprop",
    path="torch.optim:RMSprop",
    largest_lr=1.0,
    sign_sized=True,
    summary="Step sizes from a running average of squared gradients.",
    arguments=(
        lr(0.01),
        Argument("alpha", "number", 0.99, minimum=0, doc="Decay of the average."),
        eps(1e-08, limited=True),
        NO_DECAY,
        Argument("momentum", "number", 0, minimum=0, doc="Share of the last update kept."),
        Argument("centered", "boolean", False, doc="Subtract the squared mean of the gradient."),
        CAPTURABLE,
        FOREACH,
        MAXIMIZE,
        DIFFERENTIABLE,
    ),
    source="Tieleman & Hinton 2012, lecture 6.5; Graves 2013, arXiv 1308.0850",
)

SPARSE_ADAM: Final = OptimizerRow(
    name="SparseAdam",
    path="torch.optim:SparseAdam",
    largest_lr=1.0,
    sign_sized=True,
    summary="Adam for sparse gradients: only weights that have one are updated.",
    arguments=(
        Argument("lr", "number", 0.001, above=0, unit="lr", doc="Base learning rate."),
        BETAS,
        Argument("eps", "number", 1e-08, above=0, doc="Keeps a division finite."),
        MAXIMIZE,
    ),
    source="Kingma & Ba 2015, arXiv 1412.6980, on the weights that have a gradient",
)
