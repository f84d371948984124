"""Rows of the schedulers of ``timm.scheduler``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from lrplan.catalog.compound import REDUCE_LR_ON_PLATEAU
from lrplan.catalog.rows import Argument, SchedulerRow

_INSTALL = 'Comes with: pip install "lrplan[timm]".'
_TWO_CLOCKS = "With interval: step or batch it acts only with t_in_epochs: false."
_HOLDS_FLOOR = "Holds lr_min."
_GROUP_SCALE = "The lr_scale of a group, where it has one, multiplies all that it sets, lr_min too."


def _row(
    name: str,
    summary: str,
    arguments: Sequence[Argument],
    after_end: str,
    *,
    metric: bool = False,
    only_per_epoch: bool = False,
    abrupt: bool = True,
    notes: tuple[str, ...] = (_TWO_CLOCKS, _GROUP_SCALE),
    source: str = "timm.scheduler",
) -> SchedulerRow:
    return SchedulerRow(
        name=f"timm:{name}",
        family="timm",
        path=f"lrplan.torch_objects.adapters.timm:{name}",
        summary=summary,
        arguments=tuple(arguments),
        after_end=after_end,
        source=source,
        metric=metric,
        only_per_epoch=only_per_epoch,
        abrupt=abrupt,
        notes=(*notes, _INSTALL),
        extra="timm",
        package="timm 1.0.31",
        has_formula=True,
        wants=("interval",),
        # Without a prefix the first cycle begins at tick 0, under the warm-up.
        starts_late=("warmup_prefix" if _PREFIX_OFF in arguments else "warmup_t",),
    )


_INITIAL = Argument(
    "t_initial",
    "duration",
    above=0,
    fractional=True,
    doc="Ticks of the first cycle, the warm-up among them unless warmup_prefix.",
    example="30ep",
    role="end",
)
_LR_MIN = Argument("lr_min", "number", 0.0, minimum=0, unit="lr", doc="Floor.", example=1e-5)
_CYCLES = (
    Argument("cycle_mul", "number", 1.0, unit="ratio", doc="Factor of each cycle's length."),
    Argument("cycle_decay", "number", 1.0, unit="ratio", doc="Factor of each cycle's peak."),
    Argument("cycle_limit", "integer", 1, unit="cycles", doc="Cycles before the floor."),
)
_WARMUP = (
    Argument(
        "warmup_t",
        "duration",
        0,
        fractional=True,
        doc="Ticks of the warm-up.",
        example="3ep",
        role="warm-up",
    ),
    Argument(
        "warmup_lr_init",
        "number",
        0.0,
        unit="lr",
        doc="The lr at the warm-up's start, in all groups.",
        example=1e-4,
    ),
)
_DECAY_RATE = Argument(
    "decay_rate",
    "number",
    1.0,
    unit="ratio",
    doc="Factor of a cut.",
    example=0.1,
    role="factor",
)
_TORCH = {argument.role: argument for argument in REDUCE_LR_ON_PLATEAU.arguments}
"""The arguments of torch's plateau by their role: timm's has the same under other names."""
_IN_EPOCHS = Argument(
    "t_in_epochs",
    "boolean",
    True,
    doc="Whether it acts on epochs or on updates; must go with interval.",
)
_NOISE_RANGE = Argument(
    "noise_range_t",
    "durations",
    None,
    optional=True,
    fractional=True,
    doc="First tick with noise, and the first without it again.",
)
_NOISE = (
    Argument("noise_pct", "number", 0.67, unit="ratio", doc="Largest noise, as a share."),
    Argument("noise_std", "number", 1.0, unit="ratio", doc="Spread of the noise, as a share."),
)
_SEED = Argument("noise_seed", "integer", 42, doc="Seed of the noise.")
_INITIALIZE = Argument(
    "initialize",
    "boolean",
    True,
    doc="Base is the group's lr; false: its initial_lr, which must be there.",
)
_K_DECAY = Argument("k_decay", "number", 1.0, unit="exponent", doc="Above 1 the fall begins later.")


def _warmup_prefix(*, default: bool, example: object = None) -> Argument:
    return Argument(
        "warmup_prefix",
        "boolean",
        default,
        doc="Start the decay's own clock after the warm-up; false: under it.",
        example=example,
    )


_PREFIX_OFF = _warmup_prefix(default=False, example=True)
_PREFIX_ON = _warmup_prefix(default=True)
_TAIL = (_IN_EPOCHS, _NOISE_RANGE, *_NOISE, _SEED)

COSINE: Final = _row(
    "CosineLRScheduler",
    "A line up to the base lr, then half cosines down to lr_min.",
    (
        _INITIAL,
        _LR_MIN,
        *_CYCLES,
        *_WARMUP,
        _PREFIX_OFF,
        *_TAIL,
        _K_DECAY,
        _INITIALIZE,
    ),
    _HOLDS_FLOOR,
    source="timm.scheduler; Loshchilov & Hutter 2017, arXiv 1608.03983",
)

TANH: Final = _row(
    "TanhLRScheduler",
    "A line up, then a hyperbolic tangent down to nearly lr_min, in cycles.",
    (
        _INITIAL,
        Argument("lb", "number", -7.0, doc="Where on the curve a cycle begins; less than ub."),
        Argument("ub", "number", 3.0, doc="Where on the curve a cycle ends."),
        _LR_MIN,
        *_CYCLES,
        *_WARMUP,
        _PREFIX_OFF,
        *_TAIL,
        _INITIALIZE,
    ),
    _HOLDS_FLOOR,
    source="timm.scheduler; Hsueh et al. 2018, arXiv 1806.01593",
)

POLY: Final = _row(
    "PolyLRScheduler",
    "A line up, then a power of the rest of the way, down to lr_min, in cycles.",
    (
        _INITIAL,
        Argument("power", "number", 0.5, unit="exponent", doc="1: a line; below 1: falls late."),
        _LR_MIN,
        *_CYCLES,
        *_WARMUP,
        _PREFIX_OFF,
        *_TAIL,
        _K_DECAY,
        _INITIALIZE,
    ),
    _HOLDS_FLOOR,
    source="timm.scheduler; Zhang & Li 2020, arXiv 2004.05909",
)

STEP: Final = _row(
    "StepLRScheduler",
    "A line up, then times decay_rate every decay_t ticks after the warm-up.",
    (
        Argument(
            "decay_t",
            "duration",
            above=0,
            fractional=True,
            doc="Ticks between two cuts; 2.4: cuts at ticks 3, 5, 8, 10, and so on.",
            example="10ep",
            role="every",
        ),
        _DECAY_RATE,
        *_WARMUP,
        _PREFIX_ON,
        *_TAIL,
        _INITIALIZE,
    ),
    "Has no end: it goes on falling.",
)

MULTI_STEP: Final = _row(
    "MultiStepLRScheduler",
    "A line up, then times decay_rate at the tick before each of decay_t.",
    (
        Argument(
            "decay_t",
            "durations",
            fractional=True,
            doc="In order; each cut comes one tick before the one named.",
            example=("15ep", "25ep"),
            role="cuts",
        ),
        _DECAY_RATE,
        *_WARMUP,
        _PREFIX_ON,
        *_TAIL,
        _INITIALIZE,
    ),
    "Holds the lr of the last cut.",
    notes=(
        _TWO_CLOCKS,
        "torch's MultiStepLR cuts at the milestone itself, a tick later.",
        _GROUP_SCALE,
    ),
)

PLATEAU: Final = _row(
    "PlateauLRScheduler",
    "A line up, then times decay_rate when a metric has not improved for more than patience_t.",
    (
        replace(_TORCH["factor"], name="decay_rate"),
        replace(
            _TORCH["patience"],
            name="patience_t",
            doc="Bad ticks in a row that are forgiven.",
            example=None,
        ),
        replace(_TORCH["threshold"], doc="A smaller relative improvement does not count."),
        replace(
            _TORCH["cooldown"],
            name="cooldown_t",
            doc="Ticks after a cut that count for nothing.",
        ),
        *_WARMUP,
        replace(_LR_MIN, role="floor"),
        replace(
            _TORCH["mode"],
            default="max",
            doc="Whether a smaller or a larger metric is better; for a loss, min.",
            example="min",
        ),
        _NOISE_RANGE,
        Argument(
            "noise_type", "choice", "normal", choices=("normal", "uniform"), doc="Kind of noise."
        ),
        *_NOISE,
        Argument("noise_seed", "integer", None, optional=True, doc="Seed; null: 42."),
        _INITIALIZE,
    ),
    "Has no end: the metric decides.",
    metric=True,
    only_per_epoch=True,
    notes=(
        "It acts with interval: epoch only; step_update() does nothing.",
        "The lr_scale of a group, where it has one, multiplies its rate, but not lr_min.",
        "Deprecated by timm, which warns when it is built.",
    ),
)

WSD: Final = _row(
    "WSDLRScheduler",
    "Up, constant or slowly falling, and down to lr_min over the last decay_t ticks.",
    (
        Argument(
            "t_initial",
            "duration",
            above=0,
            fractional=True,
            doc="Ticks after the warm-up, those of the decay among them.",
            example="27ep",
            role="end",
        ),
        Argument(
            "decay_t",
            "duration",
            above=0,
            fractional=True,
            doc="Ticks of the decay.",
            example="6ep",
        ),
        _LR_MIN,
        Argument(
            "stable_fn",
            "choice",
            "constant",
            choices=("constant", "rsqrt", "power"),
            doc="Shape of the middle part.",
        ),
        Argument(
            "stable_timescale",
            "duration",
            None,
            optional=True,
            fractional=True,
            doc="Scale of a middle part that falls; null: warmup_t.",
        ),
        Argument(
            "stable_power",
            "number",
            0.5,
            above=0,
            unit="exponent",
            doc="For stable_fn power: (1 + t / stable_timescale) ** -stable_power.",
        ),
        Argument(
            "decay_fn",
            "choice",
            "1-sqrt",
            choices=("linear", "1-sqrt", "cosine", "power", "exp"),
            doc="Shape of the fall.",
        ),
        Argument(
            "decay_power",
            "number",
            0.5,
            above=0,
            unit="exponent",
            doc="For decay_fn power: 1 - share ** decay_power.",
        ),
        Argument(
            "decay_ratio",
            "number",
            0.1,
            above=0,
            below=1,
            unit="ratio",
            doc="For decay_fn exp: how far an exponential falls, then stretched to lr_min.",
        ),
        *_WARMUP,
        *_TAIL,
        _INITIALIZE,
    ),
    _HOLDS_FLOOR,
    abrupt=False,
    notes=(_TWO_CLOCKS, "The whole run lasts warmup_t + t_initial.", _GROUP_SCALE),
    source="timm.scheduler; Hägele et al. 2024, arXiv 2405.18392",
)

ROWS: Final = (COSINE, TANH, POLY, STEP, MULTI_STEP, PLATEAU, WSD)
"""The most used first."""
