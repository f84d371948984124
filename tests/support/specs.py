"""Specs for tests: from text to plans and traces."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from lrplan.request import Request
from lrplan.simulate.engine_choice import simulate
from lrplan.specfile.load import load
from lrplan.text_position import InputText

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.plan import SchedulePlan
    from lrplan.trace import Trace


def plan(schedule: str, training: str = "epochs: 6, steps_per_epoch: 4") -> SchedulePlan:
    """The plan of a one-schedule spec; ``schedule`` is the YAML below its name."""
    body = "".join(f"    {line}\n" for line in dedent(schedule).strip().splitlines())
    text = f"training: {{{training}}}\nschedules:\n  it:\n{body}"
    return load(InputText("spec.yaml", text), Path()).plans["it"]


def trace(
    schedule: str,
    training: str = "epochs: 6, steps_per_epoch: 4",
    progress: Callable[[int], None] | None = None,
    **asked: object,
) -> Trace:
    """What that schedule did; ``asked`` are fields of a ``Request``."""
    return simulate(plan(schedule, training), Request(**asked), progress=progress)  # type: ignore[arg-type]
