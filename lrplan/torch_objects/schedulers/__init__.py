"""lrplan's own schedulers: drop-in subclasses of ``torch.optim.lr_scheduler.LRScheduler``.

They hold state only; every formula is in ``lrplan.curves``.
"""

from __future__ import annotations

from lrplan.torch_objects.schedulers.base import FieldScheduler
from lrplan.torch_objects.schedulers.cosine_restarts import CosineAnnealingWarmUpRestarts
from lrplan.torch_objects.schedulers.factor_schedulers import (
    InverseSqrtScheduler,
    MilestoneLrScheduler,
    StepWdScheduler,
    WarmupConstantSchedule,
    WarmupCosine,
    WarmupRamp,
)
from lrplan.torch_objects.schedulers.gradual_warmup import GradualWarmupScheduler
from lrplan.torch_objects.schedulers.group_field import NoFieldError, read_field, write_field
from lrplan.torch_objects.schedulers.param_schedulers import (
    CosineParamScheduler,
    LambdaParamScheduler,
    LinearParamScheduler,
)
from lrplan.torch_objects.schedulers.per_group import (
    CosineAnnealingPerGroup,
    WarmRestartsPerGroup,
)
from lrplan.torch_objects.schedulers.piecewise import PiecewiseConstant, PiecewiseLinear
from lrplan.torch_objects.schedulers.published_schedules import (
    REX,
    TriStage,
    WarmupLinear,
    WarmupPolynomial,
    WarmupStableDecay,
)
from lrplan.torch_objects.schedulers.warmup_over import WarmupOver

__all__ = [
    "REX",
    "CosineAnnealingPerGroup",
    "CosineAnnealingWarmUpRestarts",
    "CosineParamScheduler",
    "FieldScheduler",
    "GradualWarmupScheduler",
    "InverseSqrtScheduler",
    "LambdaParamScheduler",
    "LinearParamScheduler",
    "MilestoneLrScheduler",
    "NoFieldError",
    "PiecewiseConstant",
    "PiecewiseLinear",
    "StepWdScheduler",
    "TriStage",
    "WarmRestartsPerGroup",
    "WarmupConstantSchedule",
    "WarmupCosine",
    "WarmupLinear",
    "WarmupOver",
    "WarmupPolynomial",
    "WarmupRamp",
    "WarmupStableDecay",
    "read_field",
    "write_field",
]
