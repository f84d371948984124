"""The row of the one scheduler of PyPI ``warmup-scheduler``."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument, SchedulerRow

GRADUAL_WARMUP: Final = SchedulerRow(
    name="warmup_scheduler:GradualWarmupScheduler",
    family="warmup_scheduler",
    path="lrplan.torch_objects.adapters.warmup_scheduler:gradual_warmup",
    summary="The package's own warm-up before another scheduler, with its late, uneven hand-over.",
    arguments=(
        Argument(
            "multiplier",
            "number",
            minimum=1,
            unit="ratio",
            doc="The lr after the warm-up over base; above 1, the line starts at base.",
            example=1,
        ),
        Argument(
            "total_epoch",
            "duration",
            minimum=1,
            doc="Ticks of the warm-up.",
            example="5ep",
            role="warm-up",
        ),
        Argument(
            "after_scheduler",
            "scheduler",
            None,
            optional=True,
            doc="What follows; a plateau gets the metric of every tick.",
            example={"type": "StepLR", "step_size": "10ep"},
        ),
    ),
    after_end="The after-scheduler goes on by its own rule; without one, the lr holds.",
    source="PyPI warmup-scheduler 0.3; Goyal et al. 2017, arXiv 1706.02677",
    metric=True,
    hands_over=("total_epoch", 1),
    notes=(
        "The peak is held one tick too long: the after-scheduler starts on tick total_epoch + 1.",
        "An after-scheduler that goes on from the current lr, like a cosine, leaves its curve.",
        "Before a plateau, multiplier 1 gives no warm-up, and others begin one tick ahead.",
        "lrplan's own GradualWarmupScheduler has none of this.",
        'Comes with: pip install "lrplan[warmup_scheduler]".',
    ),
    extra="warmup_scheduler",
    package="warmup-scheduler 0.3",
)

ROWS: Final = (GRADUAL_WARMUP,)
"""The only scheduler of the package."""
