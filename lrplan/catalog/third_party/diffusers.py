"""Rows of the schedulers that ``diffusers.optimization.get_scheduler`` knows by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lrplan.catalog.rows import Argument, PastEnd, SchedulerRow
from lrplan.catalog.third_party.get_scheduler_arguments import (
    FIRST_IS_ZERO,
    TRAINING,
    TRAINING_UNUSED,
    WARMUP,
    WARMUP_UNUSED,
)

_INSTALL = 'Comes with: pip install "lrplan[diffusers]".'


def _row(
    name: str,
    summary: str,
    arguments: Sequence[Argument],
    after_end: str,
    *notes: str,
    abrupt: bool = False,
    past_end: PastEnd = "holds",
    aliases: tuple[str, ...] = (),
) -> SchedulerRow:
    return SchedulerRow(
        name=f"diffusers:{name}",
        family="diffusers",
        path=f"lrplan.torch_objects.adapters.diffusers:{name}",
        summary=summary,
        arguments=tuple(arguments),
        after_end=after_end,
        source="diffusers.optimization",
        abrupt=abrupt,
        past_end=past_end,
        aliases=aliases,
        meant_for="step",
        notes=(*notes, _INSTALL),
        extra="diffusers",
        package="diffusers 0.42.1",
        has_formula=True,
    )


ROWS: Final = (
    _row(
        "linear",
        "A line from 0 to the base lr, then a line down to 0.",
        (WARMUP, TRAINING),
        "Holds 0.",
        FIRST_IS_ZERO,
        past_end="zero",
    ),
    _row(
        "cosine",
        "A line from 0 to the base lr, then half a cosine down to 0.",
        (WARMUP, TRAINING),
        "Climbs again: a cosine that nothing stops.",
        FIRST_IS_ZERO,
        past_end="waves",
    ),
    _row(
        "cosine_with_restarts",
        "A line from 0 to the base lr, then half cosines of equal length, one after the other.",
        (
            WARMUP,
            TRAINING,
            Argument("num_cycles", "integer", 1, unit="cycles", doc="Half cosines.", example=3),
        ),
        "Holds 0.",
        FIRST_IS_ZERO,
        abrupt=True,
        past_end="zero",
    ),
    _row(
        "polynomial",
        "A line from 0 to the base lr, then a power of the rest of the way, down to 1e-7.",
        (
            WARMUP,
            TRAINING,
            Argument(
                "power", "number", 1.0, unit="exponent", doc="1: a line; larger: falls sooner."
            ),
        ),
        "Holds 1e-7.",
        FIRST_IS_ZERO,
    ),
    _row(
        "constant",
        "The base lr throughout; a warm-up asked for is not made.",
        (WARMUP_UNUSED, TRAINING_UNUSED),
        "Has no end: the base lr.",
    ),
    _row(
        "constant_with_warmup",
        "A line from 0 to the base lr, then constant.",
        (WARMUP, TRAINING_UNUSED),
        "Has no end: the base lr.",
        FIRST_IS_ZERO,
    ),
    _row(
        "piecewise_constant",
        "The base lr times one factor after the other.",
        (
            Argument(
                "step_rules",
                "string",
                doc="FACTOR:TICK,...,FACTOR: each factor up to its tick, the last one after them.",
                example="1:1000,0.1:2000,0.01",
            ),
            WARMUP_UNUSED,
            TRAINING_UNUSED,
        ),
        "Holds the last factor.",
        "The ticks in step_rules count from the start; they are not lengths, and have no unit.",
        abrupt=True,
        aliases=("get_piecewise_constant_schedule",),
    ),
)
"""In the order diffusers lists them."""
