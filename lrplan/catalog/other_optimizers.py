"""Rows of optimizers outside of torch, which lrplan builds as stand-ins.

Names, order and defaults of arguments are those of the classes in the releases named. Arguments
that no spec can give, such as functions, are left out.
"""

from __future__ import annotations

from typing import Final

from lrplan.catalog import self_tuning_optimizers as self_tuning
from lrplan.catalog.optimizer_arguments import (
    BETAS,
    FOREACH,
    LIKE_ADAMW,
    MAXIMIZE,
    NO_DECAY,
    betas,
    decay,
    eps,
    flag,
    lr,
    steps,
)
from lrplan.catalog.rows import Argument, OptimizerRow

_CAUTION = flag("caution", "Skip updates against the sign of the gradient.")
_CORRECTED = flag("corrected_weight_decay", "Scale the decay by lr over its largest value.")
_FIXED = flag("fixed_decay", "Do not multiply the decay by the lr.")

LION: Final = OptimizerRow(
    name="Lion",
    path="lion_pytorch:Lion",
    package="lion-pytorch 0.2.5",
    summary="Steps by the sign of a momentum, the same size for every weight.",
    arguments=(
        lr(0.0001),
        betas(0.9, 0.99),
        decay(0.0),
        flag("use_triton", "Use a Triton kernel."),
        flag("decoupled_weight_decay", "Decay by weight_decay / lr of the first lr."),
    ),
    source="Chen et al. 2023, arXiv 2302.06675",
    sign_sized=True,
)

LAMB: Final = OptimizerRow(
    name="Lamb",
    path="timm.optim:Lamb",
    package="timm 1.0.31",
    summary="Adam whose step for each layer is as large as its weights, for large batches.",
    arguments=(
        lr(0.001),
        flag("bias_correction", "Correct averages for their start at 0.", default=True),
        BETAS,
        eps(1e-06),
        decay(0.01),
        flag("grad_averaging", "Weigh the gradient by 1 - beta1.", default=True),
        Argument("max_grad_norm", "number", 1.0, optional=True, doc="Clips the whole gradient."),
        flag("trust_clip", "Keep the ratio of a layer at 1 or below."),
        flag("always_adapt", "Scale layers without weight decay too."),
        _CAUTION,
        flag("decoupled_decay", LIKE_ADAMW),
        _CORRECTED,
        FOREACH,
    ),
    source="You et al. 2020, ICLR, arXiv 1904.00962",
)

LARS: Final = OptimizerRow(
    name="Lars",
    path="timm.optim:Lars",
    package="timm 1.0.31",
    summary="SGD whose step for each layer is as large as its weights, for large batches.",
    arguments=(
        lr(1.0),
        Argument("momentum", "number", 0, minimum=0, doc="Share of the last update kept."),
        Argument("dampening", "number", 0, doc="Share of the gradient kept out of momentum."),
        NO_DECAY,
        flag("nesterov", "Look ahead along the momentum."),
        Argument("trust_coeff", "number", 0.001, unit="ratio", doc="Factor of a layer's ratio."),
        eps(1e-08),
        flag("trust_clip", "Keep the ratio of a layer at 1 or below."),
        flag("always_adapt", "Scale layers without weight decay too."),
        FOREACH,
    ),
    source="You et al. 2017, arXiv 1708.03888",
)

RMSPROP_TF: Final = OptimizerRow(
    name="RMSpropTF",
    path="timm.optim:RMSpropTF",
    package="timm 1.0.31",
    summary="RMSprop as TensorFlow has it: eps under the root, the average from 1 on.",
    arguments=(
        lr(0.01),
        Argument("alpha", "number", 0.9, minimum=0, doc="Decay of the average of the square."),
        eps(1e-10),
        NO_DECAY,
        Argument("momentum", "number", 0.0, minimum=0, doc="Share of the last update kept."),
        flag("centered", "Divide by the variance."),
        flag("decoupled_decay", LIKE_ADAMW),
        _CORRECTED,
        flag("lr_in_momentum", "Multiply by lr before the momentum.", default=True),
        _CAUTION,
        FOREACH,
    ),
    source="timm; TensorFlow 1, tf.train.RMSPropOptimizer",
)

NOVO_GRAD: Final = OptimizerRow(
    name="NvNovoGrad",
    path="timm.optim:NvNovoGrad",
    package="timm 1.0.31",
    summary="Adam with one second moment for each layer.",
    arguments=(
        lr(0.001),
        betas(0.95, 0.98),
        eps(1e-08),
        NO_DECAY,
        flag("grad_averaging", "Weigh the gradient by 1 - beta1."),
        flag("amsgrad", "Keep the largest second moment seen."),
        flag("decoupled_decay", LIKE_ADAMW),
        _CORRECTED,
    ),
    source="Ginsburg et al. 2019, arXiv 1905.11286",
)

ADAN: Final = OptimizerRow(
    name="Adan",
    path="timm.optim:Adan",
    package="timm 1.0.31",
    summary="Adam with an average of the change of the gradient, as Nesterov looks ahead.",
    arguments=(
        lr(0.001),
        betas(0.98, 0.92, 0.99),
        eps(1e-08),
        decay(0.0),
        flag("no_prox", "Decay as AdamW does, not by division."),
        _CAUTION,
        FOREACH,
    ),
    source="Xie et al. 2022, arXiv 2208.06677",
)

LAPROP: Final = OptimizerRow(
    name="LaProp",
    path="timm.optim:LaProp",
    package="timm 1.0.31",
    summary="Adam that divides by the second moment before it takes the average.",
    arguments=(lr(0.0004), BETAS, eps(1e-15), decay(0.0), _CAUTION, _CORRECTED, FOREACH),
    source="Ziyin et al. 2020, arXiv 2002.04839",
)

MADGRAD: Final = OptimizerRow(
    name="MADGRAD",
    path="timm.optim:MADGRAD",
    package="timm 1.0.31",
    summary="Dual averaging with momentum and cube roots of squared gradients.",
    arguments=(
        lr(0.01),
        Argument("momentum", "number", 0.9, minimum=0, doc="Share of the last update kept."),
        NO_DECAY,
        eps(1e-06),
        flag("decoupled_decay", LIKE_ADAMW),
    ),
    source="Defazio & Jelassi 2021, arXiv 2101.11075",
)

ADA_BELIEF: Final = OptimizerRow(
    name="AdaBelief",
    path="adabelief_pytorch:AdaBelief",
    package="adabelief-pytorch 0.2.1",
    summary="Adam that divides by how far the gradient is from its average.",
    arguments=(
        lr(0.001),
        BETAS,
        eps(1e-16),
        decay(0),
        flag("amsgrad", "Keep the largest second moment seen."),
        flag("weight_decouple", LIKE_ADAMW, default=True),
        _FIXED,
        flag("rectify", "Rectify the first steps, as RAdam does.", default=True),
        flag("degenerated_to_sgd", "Step as SGD while it rectifies.", default=True),
        flag("print_change_log", "Print what changed between releases.", default=True),
    ),
    source="Zhuang et al. 2020, arXiv 2010.07468",
)

SOAP: Final = OptimizerRow(
    name="SOAP",
    path="pytorch_optimizer:SOAP",
    package="pytorch-optimizer 4.1.0",
    summary="Adam in the eigenbasis of Shampoo's preconditioner.",
    arguments=(
        lr(0.003),
        betas(0.95, 0.95),
        Argument("shampoo_beta", "number", None, optional=True, doc="Decay of the preconditioner."),
        decay(0.01),
        steps("precondition_frequency", 10, "Steps between two eigenbases."),
        Argument("max_precondition_dim", "integer", 10000, doc="Largest side preconditioned."),
        flag("merge_dims", "Merge dimensions of a tensor."),
        flag("precondition_1d", "Precondition vectors too."),
        flag("correct_bias", "Correct averages for their start at 0.", default=True),
        flag("normalize_gradient", "Normalize each update."),
        Argument(
            "data_format",
            "choice",
            "channels_first",
            choices=("channels_first", "channels_last"),
            doc="Order of the dimensions of images.",
        ),
        eps(1e-08),
        MAXIMIZE,
    ),
    source="Vyas et al. 2024, arXiv 2409.11321",
)

SOPHIA: Final = OptimizerRow(
    name="SophiaH",
    path="pytorch_optimizer:SophiaH",
    package="pytorch-optimizer 4.1.0",
    summary="Momentum over an estimate of the Hessian's diagonal, clipped.",
    arguments=(
        lr(0.06),
        betas(0.96, 0.99),
        decay(0.0),
        flag("weight_decouple", LIKE_ADAMW, default=True),
        _FIXED,
        Argument("p", "number", 0.01, doc="Largest size of an update before the lr."),
        steps("update_period", 10, "Steps between two estimates."),
        Argument("num_samples", "integer", 1, minimum=1, doc="Samples of an estimate."),
        Argument(
            "hessian_distribution",
            "choice",
            "gaussian",
            choices=("gaussian", "rademacher"),
            doc="Distribution of the samples.",
        ),
        eps(1e-12),
        MAXIMIZE,
        FOREACH,
    ),
    source="Liu et al. 2023, arXiv 2305.14342",
    no_code="it needs gradients of gradients, backward(create_graph=True)",
)

CAME: Final = OptimizerRow(
    name="CAME",
    path="pytorch_optimizer:CAME",
    package="pytorch-optimizer 4.1.0",
    summary="Adafactor that trusts each update by how steady it is.",
    arguments=(
        lr(0.0002),
        betas(0.9, 0.999, 0.9999),
        decay(0.0),
        flag("weight_decouple", LIKE_ADAMW, default=True),
        _FIXED,
        Argument("clip_threshold", "number", 1.0, doc="Threshold that clips an update."),
        flag("ams_bound", "Keep the largest second moment seen."),
        Argument("eps1", "number", 1e-30, doc="Floor of the squared gradient."),
        Argument("eps2", "number", 1e-16, doc="Floor of the instability."),
        MAXIMIZE,
        FOREACH,
    ),
    source="Luo et al. 2023, arXiv 2307.02047",
)

_IN_8_BITS = (
    Argument("optim_bits", "integer", 32, doc="Bits of the states where 8 are not used."),
    steps("min_8bit_size", 4096, "Smallest tensor whose states have 8 bits."),
)
_PAGED = flag("is_paged", "Move states to the CPU when the GPU runs out of memory.")
_BNB = "bitsandbytes 0.50.2"
_BITS = "Dettmers et al. 2022, ICLR, arXiv 2110.02861"
_AMSGRAD = flag("amsgrad", "Has to be false.")

ADAM_8BIT: Final = OptimizerRow(
    name="Adam8bit",
    path="bitsandbytes.optim:Adam8bit",
    package=_BNB,
    summary="Adam whose states have 8 bits.",
    arguments=(lr(0.001), BETAS, eps(1e-08), NO_DECAY, _AMSGRAD, *_IN_8_BITS, _PAGED),
    source=_BITS,
)

ADAMW_8BIT: Final = OptimizerRow(
    name="AdamW8bit",
    path="bitsandbytes.optim:AdamW8bit",
    package=_BNB,
    summary="AdamW whose states have 8 bits.",
    arguments=(lr(0.001), BETAS, eps(1e-08), decay(0.01), _AMSGRAD, *_IN_8_BITS, _PAGED),
    source=_BITS,
)

PAGED_ADAMW_8BIT: Final = OptimizerRow(
    name="PagedAdamW8bit",
    path="bitsandbytes.optim:PagedAdamW8bit",
    package=_BNB,
    summary="AdamW whose states have 8 bits, moved to the CPU when the GPU runs out of memory.",
    arguments=(lr(0.001), BETAS, eps(1e-08), decay(0.01), _AMSGRAD, *_IN_8_BITS),
    source=_BITS,
)

LION_8BIT: Final = OptimizerRow(
    name="Lion8bit",
    path="bitsandbytes.optim:Lion8bit",
    package=_BNB,
    summary="Lion whose states have 8 bits.",
    arguments=(lr(0.0001), betas(0.9, 0.99), decay(0), _IN_8_BITS[1], _PAGED),
    source="Chen et al. 2023, arXiv 2302.06675",
    sign_sized=True,
)

HF_ADAFACTOR: Final = OptimizerRow(
    name="transformers:Adafactor",
    path="transformers.optimization:Adafactor",
    package="transformers 5.23.0",
    summary="Adafactor as fairseq has it, which may choose its own step size.",
    arguments=(
        Argument("lr", "number", None, optional=True, minimum=0, unit="lr", doc="Base lr."),
        Argument(
            "eps", "numbers", (1e-30, 0.001), length=2, doc="Floors of the square and of the scale."
        ),
        Argument("clip_threshold", "number", 1.0, doc="Threshold that clips an update."),
        Argument("decay_rate", "number", -0.8, doc="Power of the average's decay."),
        Argument("beta1", "number", None, optional=True, doc="Momentum; null: none."),
        decay(0.0),
        flag("scale_parameter", "Multiply lr by the size of the weights.", default=True),
        flag("relative_step", "Choose the step size by the step; lr must be null.", default=True),
        flag("warmup_init", "Begin that step size near 0."),
    ),
    source="Shazeer & Stern 2018, arXiv 1804.04235",
    notes=("With an lr it needs `relative_step: false`.",),
    no_code="torch has another class of this name",
)

ROWS: Final = (
    *(
        ADA_BELIEF,
        self_tuning.ADAMW_SCHEDULE_FREE,
        ADAN,
        CAME,
        self_tuning.DADAPT_ADAM,
        self_tuning.DADAPT_LION,
        self_tuning.DADAPT_SGD,
    ),
    *(
        LAMB,
        LAPROP,
        LARS,
        LION,
        MADGRAD,
        NOVO_GRAD,
        self_tuning.PRODIGY,
        self_tuning.RADAM_SCHEDULE_FREE,
        RMSPROP_TF,
    ),
    *(self_tuning.SGD_SCHEDULE_FREE, SOAP, SOPHIA, HF_ADAFACTOR),
    *(ADAM_8BIT, ADAMW_8BIT, LION_8BIT, PAGED_ADAMW_8BIT),
)
"""In the order of the alphabet, and those of 8 bits."""
