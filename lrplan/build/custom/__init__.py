"""lrplan's own schedulers: drop-in subclasses of ``torch.optim.lr_scheduler.LRScheduler``.

They hold state only; every formula is in ``lrplan.curves``.
"""

from __future__ import annotations

from lrplan.build.custom.base import FieldScheduler
from lrplan.build.custom.factors import (
    InverseSqrtScheduler,
    MilestoneLrScheduler,
    StepWdScheduler,
    WarmupConstantSchedule,
    WarmupCosine,
)
from lrplan.build.custom.field import read_field, write_field
from lrplan.build.custom.gradual import GradualWarmupScheduler
from lrplan.build.custom.params import (
    CosineParamScheduler,
    LambdaParamScheduler,
    LinearParamScheduler,
)
from lrplan.build.custom.restarts import CosineAnnealingWarmUpRestarts

__all__ = [
    "CosineAnnealingWarmUpRestarts",
    "CosineParamScheduler",
    "FieldScheduler",
    "GradualWarmupScheduler",
    "InverseSqrtScheduler",
    "LambdaParamScheduler",
    "LinearParamScheduler",
    "MilestoneLrScheduler",
    "StepWdScheduler",
    "WarmupConstantSchedule",
    "WarmupCosine",
    "read_field",
    "write_field",
]
