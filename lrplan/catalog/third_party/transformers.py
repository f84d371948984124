"""Rows of the schedulers that ``transformers.get_scheduler`` knows by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from lrplan.catalog.compound import REDUCE_LR_ON_PLATEAU
from lrplan.catalog.rows import Argument, PastEnd, SchedulerRow
from lrplan.catalog.third_party.get_scheduler_arguments import (
    FIRST_IS_ZERO,
    TRAINING,
    TRAINING_UNUSED,
    WARMUP,
    WARMUP_UNUSED,
)

_INSTALL = 'Comes with: pip install "lrplan[transformers]".'
_WITHOUT_FORMULA = ("greedy",)
_RISES = "Climbs again: a cosine that nothing stops."

_WAVES = Argument(
    "num_cycles",
    "number",
    0.5,
    unit="ratio",
    doc="Full waves of the cosine; half a wave ends at the bottom.",
)
_MIN_LR = Argument(
    "min_lr",
    "number",
    None,
    optional=True,
    unit="lr",
    doc="Floor for the optimizer's own lr; other groups get theirs in proportion.",
)
_MIN_LR_RATE = Argument(
    "min_lr_rate",
    "number",
    None,
    optional=True,
    unit="ratio",
    doc="Floor over base; instead of min_lr.",
    example=0.1,
)


def _row(
    name: str,
    summary: str,
    arguments: Sequence[Argument],
    after_end: str,
    *,
    metric: bool = False,
    abrupt: bool = False,
    past_end: PastEnd = "holds",
    aliases: tuple[str, ...] = (),
    one_of: tuple[tuple[str, ...], ...] = (),
    notes: tuple[str, ...] = (),
    source: str = "transformers.optimization",
) -> SchedulerRow:
    return SchedulerRow(
        name=f"transformers:{name}",
        family="transformers",
        path=f"lrplan.torch_objects.adapters.transformers:{name}",
        summary=summary,
        arguments=tuple(arguments),
        after_end=after_end,
        source=source,
        metric=metric,
        abrupt=abrupt,
        past_end=past_end,
        aliases=aliases,
        meant_for="step",
        one_of=one_of,
        notes=(*notes, _INSTALL),
        extra="transformers",
        package="transformers 5.23.0",
        has_formula=name not in _WITHOUT_FORMULA,
    )


LINEAR: Final = _row(
    "linear",
    "A line from 0 to the base lr, then a line down to 0; the Trainer's default.",
    (WARMUP, TRAINING),
    "Holds 0.",
    past_end="zero",
    aliases=("get_linear_schedule_with_warmup", "linear_with_warmup", "WarmupLinearSchedule"),
    notes=(FIRST_IS_ZERO,),
)

COSINE: Final = _row(
    "cosine",
    "A line from 0 to the base lr, then half a cosine down to 0.",
    (WARMUP, TRAINING, _WAVES),
    _RISES,
    past_end="waves",
    aliases=("get_cosine_schedule_with_warmup", "cosine_with_warmup", "WarmupCosineSchedule"),
    notes=(FIRST_IS_ZERO,),
)

COSINE_WITH_RESTARTS: Final = _row(
    "cosine_with_restarts",
    "A line from 0 to the base lr, then half cosines of equal length, one after the other.",
    (
        WARMUP,
        TRAINING,
        Argument("num_cycles", "integer", 1, unit="cycles", doc="Half cosines.", example=3),
    ),
    "Holds 0.",
    abrupt=True,
    past_end="zero",
    aliases=(
        "get_cosine_with_hard_restarts_schedule_with_warmup",
        "WarmupCosineWithHardRestartsSchedule",
    ),
    notes=(FIRST_IS_ZERO,),
)

POLYNOMIAL: Final = _row(
    "polynomial",
    "A line from 0 to the base lr, then a power of the rest of the way, down to lr_end.",
    (
        WARMUP,
        TRAINING,
        Argument(
            "lr_end",
            "number",
            1e-7,
            unit="lr",
            doc="The lr at the end for the optimizer's own lr, which must be larger.",
        ),
        Argument("power", "number", 1.0, unit="exponent", doc="1: a line; larger: falls sooner."),
    ),
    "Holds lr_end.",
    aliases=("get_polynomial_decay_schedule_with_warmup",),
    notes=(
        FIRST_IS_ZERO,
        "A group with an lr of its own ends at lr_end * its lr / the optimizer's lr.",
    ),
)

CONSTANT: Final = _row(
    "constant",
    "The base lr throughout; a warm-up asked for is not made.",
    (WARMUP_UNUSED, TRAINING_UNUSED),
    "Has no end: the base lr.",
    aliases=("get_constant_schedule",),
)

CONSTANT_WITH_WARMUP: Final = _row(
    "constant_with_warmup",
    "A line from 0 to the base lr, then constant.",
    (WARMUP, TRAINING_UNUSED),
    "Has no end: the base lr.",
    aliases=("get_constant_schedule_with_warmup",),
    notes=(FIRST_IS_ZERO,),
)

INVERSE_SQRT: Final = _row(
    "inverse_sqrt",
    "A line from 0 to the base lr, then base / sqrt((t - warm-up) / timescale + 1).",
    (
        WARMUP,
        Argument(
            "timescale",
            "duration",
            None,
            optional=True,
            minimum=1,
            doc="Scale of the fall in ticks; null: the warm-up, or 10000 without one.",
        ),
        TRAINING_UNUSED,
    ),
    "Has no end: it goes on falling.",
    aliases=("get_inverse_sqrt_schedule",),
    notes=(FIRST_IS_ZERO,),
    source="transformers.optimization; big_vision utils.py",
)

REDUCE_LR_ON_PLATEAU_ROW: Final = _row(
    "reduce_lr_on_plateau",
    "torch's ReduceLROnPlateau under another name; a warm-up asked for is not made.",
    (*REDUCE_LR_ON_PLATEAU.arguments, WARMUP_UNUSED, TRAINING_UNUSED),
    REDUCE_LR_ON_PLATEAU.after_end,
    aliases=("get_reduce_on_plateau_schedule",),
    metric=True,
    abrupt=True,
)

COSINE_WITH_MIN_LR: Final = _row(
    "cosine_with_min_lr",
    "A line from 0 to the base lr, then half a cosine down to a floor.",
    (WARMUP, TRAINING, _WAVES, _MIN_LR, _MIN_LR_RATE),
    _RISES,
    past_end="waves",
    aliases=("get_cosine_with_min_lr_schedule_with_warmup",),
    one_of=(("min_lr",), ("min_lr_rate",)),
    notes=(FIRST_IS_ZERO,),
)

COSINE_WARMUP_WITH_MIN_LR: Final = _row(
    "cosine_warmup_with_min_lr",
    "A line up that peaks on the warm-up's last tick, then half a cosine down to a floor.",
    (
        WARMUP,
        TRAINING,
        _WAVES,
        _MIN_LR,
        _MIN_LR_RATE,
        Argument(
            "warmup_lr_rate",
            "number",
            None,
            optional=True,
            unit="ratio",
            doc="The lr at tick 0 over base; null: 1 / num_warmup_steps.",
        ),
    ),
    _RISES,
    past_end="waves",
    one_of=(("min_lr",), ("min_lr_rate",)),
    notes=("Peak and floor come one tick before those of cosine_with_min_lr.",),
)

_SHAPES = ("linear", "cosine", "1-sqrt")
WARMUP_STABLE_DECAY: Final = _row(
    "warmup_stable_decay",
    "Up to the base lr, constant, and down to min_lr_ratio times it.",
    (
        WARMUP,
        Argument(
            "num_decay_steps",
            "duration",
            minimum=0,
            doc="Ticks of the decay.",
            example="6ep",
            role="part",
        ),
        Argument(
            "num_training_steps",
            "duration",
            None,
            optional=True,
            doc="Ticks of the whole schedule; what warm-up and decay leave is constant.",
            example="30ep",
            role="end",
        ),
        Argument(
            "num_stable_steps",
            "duration",
            None,
            optional=True,
            doc="Ticks of the constant part; wins over num_training_steps.",
            role="part",
        ),
        Argument("warmup_type", "choice", "linear", choices=_SHAPES, doc="Shape of the rise."),
        Argument("decay_type", "choice", "cosine", choices=_SHAPES, doc="Shape of the fall."),
        Argument(
            "min_lr_ratio",
            "number",
            0,
            unit="ratio",
            doc="The lr at the start and the end over base.",
        ),
        _WAVES,
    ),
    "Holds min_lr_ratio times the base lr.",
    aliases=("get_wsd_schedule",),
    one_of=(("num_training_steps",), ("num_stable_steps",)),
    notes=("decay_type 1-sqrt falls fastest at first: 1 - sqrt(share of the decay).",),
    source="transformers.optimization; Hu et al. 2024, MiniCPM, arXiv 2404.06395",
)

GREEDY: Final = _row(
    "greedy",
    "Divides by factor after more than patience good ticks, multiplies after as many bad ones.",
    (
        Argument(
            "mode",
            "choice",
            "min",
            choices=("min", "max"),
            doc="Whether a smaller or a larger metric is better.",
        ),
        Argument("factor", "number", 0.95, below=1, unit="ratio", doc="Factor of each cut."),
        Argument("patience", "duration", 10, doc="Ticks in a row that change nothing yet."),
        Argument(
            "threshold", "number", 1e-6, doc="An improvement smaller than this counts as none."
        ),
        Argument(
            "threshold_mode",
            "choice",
            "abs",
            choices=("rel", "abs"),
            doc="Whether threshold is a share of the best or a difference.",
        ),
        Argument("cooldown", "duration", 0, doc="Ticks after a cut that count for nothing."),
        Argument("warmup", "duration", 0, doc="Ticks after a rise that count for nothing."),
        Argument("min_lr", "number", 1e-3, per_group=True, unit="lr", doc="Floor.", example=1e-3),
        Argument("max_lr", "number", 1.0, per_group=True, unit="lr", doc="Ceiling."),
        Argument("eps", "number", 1e-8, unit="lr", doc="A smaller change is not made."),
        Argument("verbose", "boolean", False, doc="Print every change to standard output."),
        Argument("smooth", "boolean", False, doc="Judge the mean of the last window_size values."),
        Argument("window_size", "integer", 50, doc="Values in that mean."),
        Argument(
            "reset_start",
            "duration",
            500,
            doc="Cuts at the floor after which it starts over from the base lr.",
        ),
        WARMUP_UNUSED,
        TRAINING_UNUSED,
    ),
    "Has no end: the metric decides.",
    metric=True,
    abrupt=True,
    source="transformers.optimization.GreedyLR; arXiv 2512.14527",
)

ROWS: Final = (
    LINEAR,
    COSINE,
    COSINE_WITH_RESTARTS,
    POLYNOMIAL,
    CONSTANT,
    CONSTANT_WITH_WARMUP,
    INVERSE_SQRT,
    REDUCE_LR_ON_PLATEAU_ROW,
    COSINE_WITH_MIN_LR,
    COSINE_WARMUP_WITH_MIN_LR,
    WARMUP_STABLE_DECAY,
    GREEDY,
)
"""In the order transformers lists them."""

FUNCTIONS: Final = {
    "_get_constant_lambda": CONSTANT,
    "_get_constant_schedule_with_warmup_lr_lambda": CONSTANT_WITH_WARMUP,
    "_get_linear_schedule_with_warmup_lr_lambda": LINEAR,
    "_get_cosine_schedule_with_warmup_lr_lambda": COSINE,
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": COSINE_WITH_RESTARTS,
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": POLYNOMIAL,
    "_get_inverse_sqrt_schedule_lr_lambda": INVERSE_SQRT,
    "_get_cosine_with_min_lr_schedule_with_warmup_lr_rate_lambda": COSINE_WARMUP_WITH_MIN_LR,
    "_get_wsd_scheduler_lambda": WARMUP_STABLE_DECAY,
}
"""By the name of the function in ``transformers.optimization`` that a ``LambdaLR`` is given."""


def row_of_lambda(name: str, arguments: Collection[str]) -> SchedulerRow | None:
    """The row of the scheduler that one of these functions makes of a ``LambdaLR``.

    Args:
        name: of the function.
        arguments: the names of those that it was given.
    """
    row = FUNCTIONS.get(name)
    # Newer releases give the function of the cosine a floor, too.
    return COSINE_WITH_MIN_LR if row is COSINE and "min_lr_rate" in arguments else row
