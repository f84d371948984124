"""Rows of the schedulers of pytorch-accelerated, and of the two bases that others build on."""

from __future__ import annotations

from typing import Final

from lrplan.catalog.rows import Argument, Fact, SchedulerRow, Update

_INSTALL = 'Comes with: pip install "lrplan[pytorch_accelerated]".'
_TWICE = "The first value is used twice: the first tick sets it again."
_FROM_THE_RUN = "null: from the run, as the package's Trainer fills it in."


def _row(
    name: str,
    function: str,
    summary: str,
    arguments: tuple[Argument, ...],
    after_end: str,
    *,
    notes: tuple[str, ...],
    wants: tuple[Fact, ...] = (),
    abrupt: bool = True,
    update: Update | None = None,
    source: str = "pytorch-accelerated",
) -> SchedulerRow:
    return SchedulerRow(
        name=f"pytorch_accelerated:{name}",
        family="pytorch_accelerated",
        path=f"lrplan.torch_objects.adapters.pytorch_accelerated:{function}",
        summary=summary,
        arguments=arguments,
        after_end=after_end,
        source=source,
        meant_for="step",
        notes=(*notes, _INSTALL),
        extra="pytorch_accelerated",
        package="pytorch-accelerated 0.1.61",
        wants=wants,
        abrupt=abrupt,
        update=update,
    )


def _from_the_run(name: str, doc: str, unit: str) -> Argument:
    return Argument(
        name, "integer", None, optional=True, minimum=1, unit=unit, doc=f"{doc}; {_FROM_THE_RUN}"
    )


COSINE: Final = _row(
    "CosineLrScheduler",
    "cosine",
    "A line up, half a cosine with k-decay and a cool-down; the end is cut by the warm-up.",
    (
        _from_the_run("total_num_epochs", "Epochs of it all", "epochs"),
        _from_the_run("num_update_steps_per_epoch", "Updates of one epoch", "steps"),
        Argument("k_decay", "number", 1.0, unit="exponent", doc="Above 1, it falls later."),
        Argument("lr_min", "number", 1e-6, minimum=0, unit="lr", doc="Floor."),
        Argument(
            "min_lr_ratio",
            "number",
            None,
            optional=True,
            unit="ratio",
            doc="Floor over base; wins over lr_min.",
        ),
        Argument(
            "num_warmup_epochs",
            "integer",
            0,
            unit="epochs",
            doc="Epochs of the rise.",
            example=3,
        ),
        Argument(
            "warmup_starting_lr", "number", 1e-6, unit="lr", doc="The lr that the rise starts from."
        ),
        Argument(
            "warmup_starting_lr_ratio",
            "number",
            None,
            optional=True,
            unit="ratio",
            doc="Start of the rise over base; the slope still counts from warmup_starting_lr.",
        ),
        Argument(
            "num_cooldown_epochs", "integer", 0, unit="epochs", doc="Epochs at the floor, the last."
        ),
    ),
    "Holds the floor.",
    notes=(
        "With a warm-up the cosine stops early, by the warm-up's length, and drops to the floor.",
        _TWICE,
    ),
    wants=("epochs", "steps_per_epoch"),
    abrupt=False,
    source="pytorch-accelerated; Loshchilov & Hutter 2017, arXiv 1608.03983; arXiv 2004.05909",
)

WSD: Final = _row(
    "WSDLrScheduler",
    "wsd",
    "Up to the base lr, constant, and down before each checkpoint.",
    (
        _from_the_run("num_epochs", "Epochs of it all, instead of total_steps", "epochs"),
        _from_the_run("num_update_steps_per_epoch", "Updates of one epoch", "steps"),
        Argument(
            "total_steps",
            "duration",
            None,
            optional=True,
            minimum=1,
            doc="Ticks of it all, instead of epochs.",
            role="end",
        ),
        Argument(
            "num_warmup_steps",
            "duration",
            0,
            optional=True,
            doc="Ticks of the rise; null: 1 in 100.",
            example="3ep",
            role="warm-up",
        ),
        Argument(
            "decay_phase_ratio",
            "number",
            0.1,
            minimum=0,
            maximum=1,
            unit="ratio",
            doc="Share of the ticks before each checkpoint that the fall takes.",
        ),
        Argument(
            "lr_min",
            "number",
            1e-6,
            minimum=0,
            unit="ratio",
            doc="Floor over base, in spite of the name.",
        ),
        Argument(
            "warmup_starting_lr", "number", 1e-6, unit="lr", doc="The lr that the rise starts from."
        ),
        Argument(
            "use_inverse_sqrt_decay",
            "boolean",
            True,
            doc="Fall as 1 - sqrt(share); false: in proportion to 1 / share.",
        ),
        Argument(
            "num_checkpoints",
            "integer",
            1,
            minimum=1,
            unit="checkpoints",
            doc="Falls; the first ends at a quarter, each later one twice as far.",
        ),
        Argument(
            "is_continuation_from_checkpoint",
            "boolean",
            False,
            doc="Go on from a checkpoint: no warm-up.",
        ),
    ),
    "Holds the floor.",
    notes=(_TWICE,),
    wants=("epochs", "steps_per_epoch"),
    source="pytorch-accelerated; Wen et al. 2024, arXiv 2410.05192",
)

_VALUES = Argument(
    "get_updated_values",
    "expression",
    per_group=True,
    doc="The value itself (not a factor) after that many updates.",
    example="0.1 * 0.5 ** (step // 1000)",
)
_FIELD = Argument(
    "param_group_field", "string", "lr", doc="The field of the parameter groups that it sets."
)

STATEFUL_BASE: Final = _row(
    "StatefulSchedulerBase",
    "StatefulFormula",
    "The base that counts its own updates, with a formula for get_updated_values.",
    (_FIELD, _VALUES),
    "Has no end: the formula goes on.",
    update="sets",
    notes=(_TWICE,),
)

BASE: Final = _row(
    "SchedulerBase",
    "StatelessFormula",
    "The base that is given the number of updates, with a formula for get_updated_values.",
    (_FIELD, _VALUES),
    "Has no end: the formula goes on.",
    update="sets",
    notes=("The first update has the optimizer's own value; the formula begins at 1.",),
)

ROWS: Final = (COSINE, WSD, STATEFUL_BASE, BASE)
"""The schedulers of the package, then the bases that it gives others to build on."""
