"""What schedulers are called elsewhere, and the row that comes nearest to each."""

from __future__ import annotations

from typing import Final

ELSEWHERE: Final = {
    # transformers, diffusers: the functions behind get_scheduler
    "get_linear_schedule_with_warmup": "transformers:linear",
    "get_cosine_schedule_with_warmup": "transformers:cosine",
    "get_cosine_with_hard_restarts_schedule_with_warmup": "transformers:cosine_with_restarts",
    "get_polynomial_decay_schedule_with_warmup": "transformers:polynomial",
    "get_constant_schedule": "transformers:constant",
    "get_constant_schedule_with_warmup": "transformers:constant_with_warmup",
    "get_inverse_sqrt_schedule": "transformers:inverse_sqrt",
    "get_reduce_on_plateau_schedule": "transformers:reduce_lr_on_plateau",
    "get_cosine_with_min_lr_schedule_with_warmup": "transformers:cosine_with_min_lr",
    "get_wsd_schedule": "transformers:warmup_stable_decay",
    "get_piecewise_constant_schedule": "diffusers:piecewise_constant",
    # pytorch-transformers, before it was renamed
    "WarmupLinearSchedule": "transformers:linear",
    "WarmupCosineSchedule": "transformers:cosine",
    "WarmupCosineWithHardRestartsSchedule": "transformers:cosine_with_restarts",
    # names that circulate as recipes
    "CosineAnnealingWithWarmup": "WarmupCosine",
    "CosineAnnealingLRWithWarmup": "WarmupCosine",
    "LinearWarmupCosineAnnealingLR": "WarmupCosine",
    "NoamLR": "InverseSqrtScheduler",
    "LinearWarmup": "LinearLR",
    # optax
    "constant_schedule": "ConstantLR",
    "linear_schedule": "LinearLR",
    "cosine_decay_schedule": "CosineAnnealingLR",
    "exponential_decay": "ExponentialLR",
    "polynomial_schedule": "PolynomialLR",
    "piecewise_constant_schedule": "MultiStepLR",
    "warmup_cosine_decay_schedule": "WarmupCosine",
    "warmup_constant_schedule": "WarmupConstantSchedule",
    "warmup_exponential_decay_schedule": "SequentialLR",
    "sgdr_schedule": "CosineAnnealingWarmRestarts",
    "cosine_onecycle_schedule": "OneCycleLR",
    "linear_onecycle_schedule": "OneCycleLR",
    "join_schedules": "SequentialLR",
    # Keras
    "CosineDecay": "CosineAnnealingLR",
    "CosineDecayRestarts": "CosineAnnealingWarmRestarts",
    "ExponentialDecay": "ExponentialLR",
    "PolynomialDecay": "PolynomialLR",
    "PiecewiseConstantDecay": "MultiStepLR",
    "LearningRateScheduler": "LambdaLR",
}
"""By a name that people know from another package."""

_FOLDED = {name.casefold(): meant for name, meant in ELSEWHERE.items()}


def known_elsewhere(name: str) -> str | None:
    """The row for a scheduler named as in another package; None where the name is not known.

    Case does not count, and neither does the module before the name.
    """
    last = name.replace(":", ".").rpartition(".")[2]
    return _FOLDED.get(last.casefold())
