"""Rows of mmengine's schedulers: each for the learning rate, the momentum, or any field.

The package has every scheduler as ``XParamScheduler``, with an argument ``param_name``, and as
``XLR`` and ``XMomentum``, without it; so three rows are made from each description.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from lrplan.catalog.compound import REDUCE_LR_ON_PLATEAU
from lrplan.catalog.rows import Argument, PastEnd, Role, SchedulerRow

END: Final = 1_000_000_000
"""The package's default ``end``: never."""

_WITHOUT_FORMULA = ("OneCycle", "ReduceOnPlateau")

_NOTES = (
    "by_epoch follows from interval: true for epoch, false for step and batch.",
    "convert_to_iter_based is written as a unit: interval step, and 5ep for 5.",
    'Comes with: pip install "lrplan[mmengine]".',
)
_HOLDS = "Holds what it has from tick end on; without end, goes on."
_PARAM_NAME = Argument(
    "param_name", "string", doc="The field of the parameter groups that it sets.", example="lr"
)
_BEGIN = Argument("begin", "duration", 0, doc="Tick of the run on which it begins.")
_BY_EPOCH = Argument(
    "by_epoch",
    "boolean",
    True,
    doc="Whether it ticks per epoch; need not be given, and has to agree with interval.",
)
_GAMMA = Argument("gamma", "number", 0.1, unit="ratio", doc="Factor of each decay.", role="factor")
_ETA_MIN = Argument("eta_min", "number", None, optional=True, unit="value", doc="Floor.")
_ETA_MIN_RATIO = Argument(
    "eta_min_ratio",
    "number",
    None,
    optional=True,
    unit="ratio",
    doc="Floor over base, instead of eta_min.",
)


_TORCH = {argument.role: argument for argument in REDUCE_LR_ON_PLATEAU.arguments}
"""The arguments of torch's plateau by their role: mmengine's has the same under other names."""


def _end(example: str | None = None, role: Role | None = None) -> Argument:
    return Argument(
        "end",
        "duration",
        END,
        doc="Tick of the run from which it does nothing.",
        example=example,
        role=role,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A scheduler without the field that it sets; ``arguments`` in the order of the constructor."""

    stem: str
    summary: str
    arguments: tuple[Argument, ...]
    after_end: str = _HOLDS
    past_end: PastEnd = "holds"
    notes: tuple[str, ...] = ()
    metric: bool = False
    abrupt: bool = False
    rate_only: bool = False


_KINDS = (
    _Kind(
        stem="Step",
        summary="Times gamma every step_size ticks.",
        abrupt=True,
        arguments=(
            Argument(
                "step_size",
                "duration",
                doc="Ticks between decays.",
                example="10ep",
                role="every",
            ),
            _GAMMA,
            _BEGIN,
            _end(),
            _BY_EPOCH,
        ),
    ),
    _Kind(
        stem="MultiStep",
        summary="Times gamma at each milestone.",
        abrupt=True,
        arguments=(
            Argument(
                "milestones",
                "durations",
                doc="Ticks of the decays, counted from begin.",
                example=("15ep", "25ep"),
                role="cuts",
            ),
            _GAMMA,
            _BEGIN,
            _end(),
            _BY_EPOCH,
        ),
    ),
    _Kind(
        stem="Constant",
        summary="Times factor from begin to the last tick before end.",
        abrupt=True,
        arguments=(
            Argument(
                "factor", "number", 1 / 3, minimum=0, maximum=1, unit="ratio", doc="The factor."
            ),
            _BEGIN,
            _end("5ep"),
            _BY_EPOCH,
        ),
        notes=("The factor is taken back at tick end - 1, one tick early.",),
    ),
    _Kind(
        stem="Exponential",
        summary="Times gamma at every tick.",
        arguments=(
            Argument(
                "gamma",
                "number",
                unit="ratio",
                doc="Factor of each tick.",
                example=0.95,
                role="factor",
            ),
            _BEGIN,
            _end(),
            _BY_EPOCH,
        ),
    ),
    _Kind(
        stem="CosineAnnealing",
        summary="Half a cosine from the base value to a floor.",
        arguments=(
            Argument(
                "T_max",
                "duration",
                None,
                optional=True,
                doc="Ticks to the floor; null: end - begin.",
                role="end",
            ),
            _ETA_MIN,
            _BEGIN,
            _end("30ep", "end"),
            _BY_EPOCH,
            _ETA_MIN_RATIO,
        ),
        notes=("Its last tick is end - 1, so with T_max of end - begin the floor is not reached.",),
    ),
    _Kind(
        stem="Linear",
        summary="A line from start_factor to end_factor times the base value.",
        arguments=(
            Argument(
                "start_factor",
                "number",
                1 / 3,
                minimum=0,
                maximum=1,
                unit="ratio",
                doc="Factor at begin.",
                example=0.01,
            ),
            Argument(
                "end_factor",
                "number",
                1.0,
                minimum=0,
                maximum=1,
                unit="ratio",
                doc="Factor at the last tick, end - 1.",
            ),
            _BEGIN,
            _end("5ep"),
            _BY_EPOCH,
        ),
        notes=("Without end the line is a thousand million ticks long: it does not move.",),
    ),
    _Kind(
        stem="Poly",
        summary="A power of the rest of the way, down to eta_min.",
        arguments=(
            Argument("eta_min", "number", 0, unit="value", doc="Floor, at tick end - 1."),
            Argument("power", "number", 1.0, unit="exponent", doc="1: a line."),
            _BEGIN,
            _end("30ep", "end"),
            _BY_EPOCH,
        ),
    ),
    _Kind(
        stem="OneCycle",
        summary="Up to eta_max and down again, as torch's OneCycleLR; the momentum stays.",
        arguments=(
            Argument("eta_max", "number", 0, per_group=True, unit="lr", doc="Peak.", example=0.1),
            Argument(
                "total_steps",
                "duration",
                None,
                optional=True,
                minimum=1,
                doc="Ticks of it all; null: end - begin.",
                example="30ep",
                role="end",
            ),
            Argument(
                "pct_start",
                "number",
                0.3,
                minimum=0,
                maximum=1,
                unit="ratio",
                doc="Share of the ticks that the rise takes.",
            ),
            Argument(
                "anneal_strategy",
                "choice",
                "cos",
                choices=("cos", "linear"),
                doc="Shape of the rise and the fall.",
            ),
            Argument("div_factor", "number", 25.0, unit="ratio", doc="Peak over start."),
            Argument("final_div_factor", "number", 1e4, unit="ratio", doc="Start over end."),
            Argument(
                "three_phase", "boolean", False, doc="Fall to the start first, then to the end."
            ),
            _BEGIN,
            _end(role="end"),
            _BY_EPOCH,
        ),
        after_end="Raises one tick after total_steps.",
        past_end="raises",
        rate_only=True,
    ),
    _Kind(
        stem="CosineRestart",
        summary="Half cosines of given lengths, each from a weight times the base value.",
        arguments=(
            Argument(
                "periods", "durations", doc="Ticks of each.", example=("10ep", "20ep"), role="cycle"
            ),
            Argument(
                "restart_weights",
                "numbers",
                (1,),
                doc="Weight of each; as many as periods.",
                example=(1, 0.5),
            ),
            Argument(
                "eta_min",
                "number",
                None,
                optional=True,
                unit="value",
                doc="Floor; either this or eta_min_ratio.",
                example=0.0,
            ),
            _ETA_MIN_RATIO,
            _BEGIN,
            _end(),
            _BY_EPOCH,
        ),
        after_end="Holds what the last period had on its last tick.",
        abrupt=True,
    ),
    _Kind(
        stem="ReduceOnPlateau",
        summary="Times factor when a metric has not improved for more than patience epochs.",
        arguments=(
            replace(_TORCH["mode"], name="rule", default="less", choices=("less", "greater")),
            _TORCH["factor"],
            _TORCH["patience"],
            replace(_TORCH["threshold"], minimum=0),
            replace(_TORCH["threshold mode"], name="threshold_rule"),
            replace(_TORCH["cooldown"], doc="Ticks after a cut that do not count."),
            replace(_TORCH["floor"], name="min_value", default=0.0, unit="value", doc="Floor."),
            replace(_TORCH["eps"], unit="value", doc="A smaller cut is left out."),
            _BEGIN,
            _end(),
            _BY_EPOCH,
        ),
        after_end="Has no end: it cuts whenever the metric stalls, until min_value stops it.",
        notes=("Ticks per epoch, after a validation that gives the metric that monitor names.",),
        metric=True,
        abrupt=True,
    ),
)


def _rows() -> Iterator[SchedulerRow]:
    for drives, suffix in (("lr", "LR"), ("momentum", "Momentum"), ("", "ParamScheduler")):
        for kind in _KINDS:
            if suffix != "Momentum" or not kind.rate_only:
                yield _row(kind, drives, f"{kind.stem}{suffix}")


def _row(kind: _Kind, drives: str, name: str) -> SchedulerRow:
    if drives == "momentum":
        notes = ("Drives momentum, or the first of betas.", *kind.notes, *_NOTES)
    else:
        notes = (*kind.notes, *_NOTES)
    return SchedulerRow(
        name=f"mmengine:{name}",
        family="mmengine",
        path=f"lrplan.torch_objects.adapters.mmengine:{name}",
        summary=kind.summary,
        arguments=kind.arguments if drives else (_PARAM_NAME, *kind.arguments),
        after_end=kind.after_end,
        past_end=kind.past_end,
        source="mmengine.optim.scheduler",
        metric=kind.metric,
        abrupt=kind.abrupt,
        notes=notes,
        extra="mmengine",
        package="mmengine 0.10.7",
        wants=("interval",),
        has_formula=drives == "lr" and kind.stem not in _WITHOUT_FORMULA,
        drives=drives or "lr",
        starts_late=(_BEGIN.name,),
    )


ROWS: Final = tuple(_rows())
"""All of the learning rate, all of the momentum, all of any field."""
