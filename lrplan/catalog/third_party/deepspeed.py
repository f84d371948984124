"""Rows of the schedulers of ``deepspeed.runtime.lr_schedules``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lrplan.catalog.rows import Argument, SchedulerRow

_INSTALL = 'Comes with: pip install "lrplan[deepspeed]".'
_TWICE = "Its first tick repeats what its constructor has set: a warm-up from 0 gives two zeros."
_TOTAL = Argument(
    "total_num_steps",
    "duration",
    minimum=1,
    doc="Ticks of the whole schedule, the warm-up among them.",
    example="30ep",
    role="end",
)
_WARMUP_STEPS = Argument(
    "warmup_num_steps",
    "duration",
    1000,
    minimum=1,
    doc="Ticks of the warm-up; 1 counts as 2.",
    example="3ep",
    role="warm-up",
    default_in_steps=True,
)
_WARMUP_TYPE = Argument(
    "warmup_type",
    "choice",
    "log",
    choices=("log", "linear"),
    doc="Shape of the warm-up: the logarithm of the tick, or a line.",
    example="linear",
)
_WARMUP_MIN = Argument(
    "warmup_min_lr", "number", 0.0, per_group=True, unit="lr", doc="The lr at the start."
)


def _row(
    name: str,
    summary: str,
    arguments: Sequence[Argument],
    after_end: str,
    *,
    notes: tuple[str, ...] = (_TWICE,),
    abrupt: bool = False,
    source: str = "deepspeed.runtime.lr_schedules",
) -> SchedulerRow:
    return SchedulerRow(
        name=f"deepspeed:{name}",
        family="deepspeed",
        path=f"lrplan.torch_objects.adapters.deepspeed:{name}",
        summary=summary,
        arguments=tuple(arguments),
        after_end=after_end,
        source=source,
        abrupt=abrupt,
        meant_for="step",
        notes=(*notes, _INSTALL),
        extra="deepspeed",
        package="deepspeed 0.19.8",
        has_formula=True,
    )


WARMUP: Final = _row(
    "WarmupLR",
    "From warmup_min_lr up to warmup_max_lr, then constant.",
    (
        _WARMUP_MIN,
        Argument(
            "warmup_max_lr",
            "number",
            None,
            optional=True,
            per_group=True,
            unit="lr",
            doc="The lr after the warm-up; null: the optimizer's.",
        ),
        _WARMUP_STEPS,
        _WARMUP_TYPE,
    ),
    "Has no end: warmup_max_lr.",
)

WARMUP_DECAY: Final = _row(
    "WarmupDecayLR",
    "From warmup_min_lr up to warmup_max_lr, then a line down to warmup_min_lr.",
    (
        _TOTAL,
        _WARMUP_MIN,
        Argument(
            "warmup_max_lr",
            "number",
            0.001,
            per_group=True,
            unit="lr",
            doc="The lr after the warm-up; the optimizer's own lr is not used.",
            example=0.1,
        ),
        _WARMUP_STEPS,
        _WARMUP_TYPE,
    ),
    "Holds warmup_min_lr.",
)

WARMUP_COSINE: Final = _row(
    "WarmupCosineLR",
    "Up from warmup_min_ratio times the base lr, then half a cosine to cos_min_ratio times it.",
    (
        _TOTAL,
        Argument(
            "warmup_min_ratio", "number", 0.0, unit="ratio", doc="The lr at the start over base."
        ),
        _WARMUP_STEPS,
        Argument(
            "cos_min_ratio", "number", 0.0001, unit="ratio", doc="The lr at the end over base."
        ),
        _WARMUP_TYPE,
    ),
    "Holds cos_min_ratio times the base lr.",
    notes=(_TWICE, "The cosine begins a tick late into its fall: base itself is not reached."),
)

ONE_CYCLE: Final = _row(
    "OneCycle",
    "From cycle_min_lr up to cycle_max_lr and back, then a decay; momentum the other way.",
    (
        Argument(
            "cycle_min_lr",
            "number",
            per_group=True,
            unit="lr",
            doc="The lr at both ends of the cycle.",
            example=0.01,
        ),
        Argument(
            "cycle_max_lr",
            "number",
            per_group=True,
            unit="lr",
            doc="The lr at its peak.",
            example=0.1,
        ),
        Argument("decay_lr_rate", "number", 0.0, unit="ratio", doc="Strength of the decay."),
        Argument(
            "cycle_first_step_size",
            "duration",
            2000,
            minimum=1,
            doc="Ticks of the rise.",
            example="10ep",
            role="cycle",
            default_in_steps=True,
        ),
        Argument(
            "cycle_second_step_size",
            "duration",
            None,
            optional=True,
            minimum=0,
            doc="Ticks of the fall; null: as many as of the rise.",
        ),
        Argument("cycle_first_stair_count", "integer", 0, doc="Ticks held on a stair of the rise."),
        Argument(
            "cycle_second_stair_count",
            "integer",
            None,
            optional=True,
            doc="The same of the fall; null: as of the rise.",
        ),
        Argument("decay_step_size", "duration", 0, doc="Ticks of one unit of decay; 0: none."),
        Argument("cycle_momentum", "boolean", True, doc="Cycle betas too, where there are any."),
        Argument("cycle_min_mom", "number", 0.8, per_group=True, doc="Lowest first beta."),
        Argument("cycle_max_mom", "number", 0.9, per_group=True, doc="Highest first beta."),
        Argument("decay_mom_rate", "number", 0.0, unit="ratio", doc="Its growth in the decay."),
    ),
    "Goes on with the decay: cycle_min_lr / (1 + decay_lr_rate * ticks / decay_step_size).",
    notes=(
        "It replaces the optimizer's lr, and betas by (cycle_min_mom, 0.99) from the start.",
        "With an optimizer without betas, say SGD, momentum stays as it is.",
    ),
    abrupt=True,
    source="deepspeed.runtime.lr_schedules; Smith 2018, arXiv 1803.09820",
)

RANGE_TEST: Final = _row(
    "LRRangeTest",
    "From a low lr up and up, to see where training breaks.",
    (
        Argument(
            "lr_range_test_min_lr",
            "number",
            1e-3,
            per_group=True,
            unit="lr",
            doc="The lr at the start; the optimizer's own lr is not used.",
        ),
        Argument(
            "lr_range_test_step_size",
            "duration",
            2000,
            minimum=1,
            doc="Ticks in which it grows by the rate below.",
            example="5ep",
        ),
        Argument("lr_range_test_step_rate", "number", 1.0, unit="ratio", doc="Growth over start."),
        Argument("lr_range_test_staircase", "boolean", False, doc="Grow in stairs."),
    ),
    "Has no end: it goes on rising.",
    notes=(),
    abrupt=True,
    source="deepspeed.runtime.lr_schedules; Smith 2018, arXiv 1803.09820",
)

ROWS: Final = (WARMUP, WARMUP_DECAY, WARMUP_COSINE, ONE_CYCLE, RANGE_TEST)
"""The schedulers for training come first."""
