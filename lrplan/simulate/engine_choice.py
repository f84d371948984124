"""A plan, run: by the engine that suits it, or the one asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.errors import UsageError
from lrplan.request import DEFAULT
from lrplan.simulate.closed_form.engine import simulate_by_formula
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.stepping.engine import simulate_by_stepping

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.trace import Trace

SMALL = 50_000
"""Steps times groups up to which stepping is over before a formula would have been checked."""


def simulate(
    plan: SchedulePlan,
    request: Request = DEFAULT,
    *,
    progress: Callable[[int], None] | None = None,
) -> Trace:
    """What every step of ``plan`` is given.

    Args:
        plan: the schedule.
        request: how its curve is obtained.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device, or the engine asked for cannot do it.
    """
    if request.engine == "step" or (request.engine == "auto" and _is_small(plan)):
        return simulate_by_stepping(plan, request, progress=progress)
    try:
        trace = simulate_by_formula(plan, request)
    except NoClosedFormError as reason:
        if request.engine == "closed":
            told = f"{plan.name} cannot be computed by --engine closed: {reason}"
            raise UsageError(f"{told}; --engine step runs the real schedulers") from reason
        return replace(
            simulate_by_stepping(plan, request, progress=progress), engine_note=str(reason)
        )
    if progress is not None:
        progress(plan.clock.steps)
    return trace


def _is_small(plan: SchedulePlan) -> bool:
    return plan.clock.steps * len(plan.optimizer.groups) <= SMALL
