"""Rows of pytorch-ignite's parameter schedulers, attached to the events they are made for."""

from __future__ import annotations

from typing import Final, Literal

from lrplan.catalog.compound import REDUCE_LR_ON_PLATEAU
from lrplan.catalog.rows import Argument, Fact, SchedulerRow

_INSTALL = 'Comes with: pip install "lrplan[ignite]".'
_STARTED = "Sets the value before the update: its handler is on ITERATION_STARTED (EPOCH_STARTED)."

_PARAM_NAME = Argument(
    "param_name", "string", doc="The field of the parameter groups that it sets.", example="lr"
)
_GROUP = Argument(
    "param_group_index",
    "integer",
    None,
    optional=True,
    minimum=0,
    unit="index",
    doc="The only parameter group that it sets; null: all.",
)
_CYCLE = (
    _PARAM_NAME,
    Argument(
        "start_value", "number", unit="value", doc="Value at the start of a cycle.", example=0.1
    ),
    Argument("end_value", "number", unit="value", doc="Value that a cycle goes to.", example=0.001),
    Argument(
        "cycle_size",
        "duration",
        minimum=2,
        doc="Events of a cycle.",
        example="10ep",
        role="cycle",
    ),
    Argument("cycle_mult", "number", 1.0, unit="ratio", doc="Length of a cycle over the last's."),
    Argument("start_value_mult", "number", 1.0, unit="ratio", doc="The same for start_value."),
    Argument("end_value_mult", "number", 1.0, unit="ratio", doc="The same for end_value."),
    Argument(
        "warmup_duration",
        "duration",
        0,
        doc="Events of a line from the end of a cycle to the start of the next.",
    ),
    _GROUP,
)


def _row(
    name: str,
    function: str,
    summary: str,
    arguments: tuple[Argument, ...],
    after_end: str,
    *,
    notes: tuple[str, ...] = (_STARTED,),
    wants: tuple[Fact, ...] = ("outermost",),
    meant_for: Literal["step", "epoch"] | None = "step",
    metric: bool = False,
    abrupt: bool = False,
    hands_over: tuple[str, int] | None = None,
) -> SchedulerRow:
    return SchedulerRow(
        name=f"ignite:{name}",
        family="ignite",
        path=f"lrplan.torch_objects.adapters.ignite:{function}",
        summary=summary,
        arguments=arguments,
        after_end=after_end,
        source="ignite.handlers.param_scheduler",
        metric=metric,
        abrupt=abrupt,
        meant_for=meant_for,
        notes=(*notes, _INSTALL),
        extra="ignite",
        package="pytorch-ignite 0.5.5",
        wants=wants,
        hands_over=hands_over,
    )


LINEAR_CYCLICAL: Final = _row(
    "LinearCyclicalScheduler",
    "linear_cyclical",
    "A line to end_value and, unless monotonic, a line back, over and over.",
    (
        *_CYCLE,
        Argument(
            "monotonic",
            "boolean",
            False,
            doc="Go one way in a cycle; warmup_duration needs it.",
        ),
    ),
    "Has no end: cycles repeat.",
    abrupt=True,
)

COSINE_ANNEALING: Final = _row(
    "CosineAnnealingScheduler",
    "cosine_annealing",
    "Half a cosine from start_value to end_value, over and over.",
    _CYCLE,
    "Has no end: it starts again with the event after the cycle, never quite at end_value.",
    abrupt=True,
)

PIECEWISE_LINEAR: Final = _row(
    "PiecewiseLinear",
    "piecewise_linear",
    "Lines between the values given for some events.",
    (
        _PARAM_NAME,
        Argument(
            "milestones_values",
            "points",
            doc="Pairs of an event and its value, in order.",
            example=((0, 0.0), ("3ep", 0.1), ("30ep", 0.0)),
        ),
        _GROUP,
    ),
    "Holds the last value.",
    abrupt=True,
)

WITH_WARMUP: Final = _row(
    "create_lr_scheduler_with_warmup",
    "with_warmup",
    "A line up, then a scheduler of torch or of ignite.",
    (
        Argument(
            "lr_scheduler",
            "scheduler",
            doc="What follows the warm-up.",
            example={"type": "CosineAnnealingLR", "T_max": "27ep"},
        ),
        Argument("warmup_start_value", "number", unit="lr", doc="The lr at event 0.", example=0.0),
        Argument(
            "warmup_duration",
            "duration",
            minimum=2,
            doc="Values of the warm-up: its last one, the peak, is at event warmup_duration - 1.",
            example="3ep",
            role="warm-up",
        ),
        Argument(
            "warmup_end_value",
            "number",
            None,
            optional=True,
            unit="lr",
            doc="The lr at the end of the warm-up; null: the optimizer's.",
        ),
    ),
    "The scheduler inside goes on by its own rule.",
    hands_over=("warmup_duration", -1),
)

CONCAT: Final = _row(
    "ConcatScheduler",
    "concat",
    "One of ignite's schedulers after the other, on a single field.",
    (
        Argument(
            "schedulers",
            "schedulers",
            doc="Two or more of ignite's schedulers, in order.",
            example=(
                {
                    "type": "ignite:LinearCyclicalScheduler",
                    "param_name": "lr",
                    "start_value": 0.0,
                    "end_value": 0.1,
                    "cycle_size": "6ep",
                },
                {
                    "type": "ignite:CosineAnnealingScheduler",
                    "param_name": "lr",
                    "start_value": 0.1,
                    "end_value": 0.001,
                    "cycle_size": "27ep",
                },
            ),
        ),
        Argument(
            "durations",
            "durations",
            doc="Events of each scheduler but the last, each counted from its own start.",
            example=("3ep",),
            role="phases",
        ),
    ),
    "The last scheduler goes on by its own rule.",
    abrupt=True,
)

PARAM_GROUPS: Final = _row(
    "ParamGroupScheduler",
    "param_groups",
    "Several of ignite's schedulers at once, a parameter group each.",
    (
        Argument(
            "schedulers",
            "schedulers",
            doc="Ignite's schedulers, each with a param_group_index.",
            example=(
                {
                    "type": "ignite:CosineAnnealingScheduler",
                    "param_name": "lr",
                    "start_value": 0.1,
                    "end_value": 0.001,
                    "cycle_size": "30ep",
                    "param_group_index": 0,
                },
            ),
        ),
    ),
    "Each scheduler goes on by its own rule.",
)

LR_SCHEDULER: Final = _row(
    "LRScheduler",
    "wrap_torch_scheduler",
    "A scheduler of torch as one of ignite's handlers.",
    (
        Argument(
            "lr_scheduler",
            "scheduler",
            doc="The scheduler of torch; its get_lr() is asked, step() is not called.",
            example={"type": "StepLR", "step_size": "10ep"},
        ),
        Argument(
            "use_legacy",
            "boolean",
            False,
            doc="Attach it to ITERATION_COMPLETED, after the update, as long ago.",
        ),
    ),
    "The scheduler inside goes on by its own rule.",
)

_PLATEAU_ARGUMENTS = tuple(each for each in REDUCE_LR_ON_PLATEAU.arguments if each.name != "min_lr")
PLATEAU: Final = _row(
    "ReduceLROnPlateauScheduler",
    "plateau",
    "torch's ReduceLROnPlateau as a handler of the evaluator's COMPLETED.",
    (
        _GROUP,
        *_PLATEAU_ARGUMENTS,
        # Not a floor by its role: without a param_group_index ignite drops it.
        Argument(
            "min_lr",
            "number",
            0,
            unit="lr",
            doc="Floor; without param_group_index ignite drops it, and the floor is 0.",
        ),
    ),
    REDUCE_LR_ON_PLATEAU.after_end,
    notes=("Its metric_name is the spec's monitor.",),
    wants=(),
    meant_for="epoch",
    metric=True,
    abrupt=True,
)

ROWS: Final = (
    LINEAR_CYCLICAL,
    COSINE_ANNEALING,
    PIECEWISE_LINEAR,
    WITH_WARMUP,
    CONCAT,
    PARAM_GROUPS,
    LR_SCHEDULER,
    PLATEAU,
)
"""In the order of ignite's documentation, the compound ones last."""
