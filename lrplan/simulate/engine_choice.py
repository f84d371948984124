"""The choice of the engine that simulates a plan: the one asked for, or the faster one.

A run is stepped, and not computed by formulas, if ``--engine step`` asks for it; with ``--engine
auto`` also if it has at most ``SHORT_RUN`` steps, or if there is no formula (``NoClosedFormError``;
``closed_form/errors.py`` lists who raises it). That error's text is the ``engine_note`` of the
trace, which ``lrplan table`` prints for long runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lrplan.errors import UsageError
from lrplan.plan import SchedulePlan
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.simulate.closed_form.engine import simulate_by_formula
from lrplan.simulate.closed_form.errors import NoClosedFormError
from lrplan.simulate.stepping.engine import simulate_by_stepping
from lrplan.trace import Trace

SHORT_RUN = 300
"""A run of at most this many steps is stepped: to check a formula would take as long.

A check makes about 75 real calls of ``step()``, each from a state that has to be set, for any
length of the run. Both take longer with more groups, so the number of groups does not matter."""


def simulate(
    plan: SchedulePlan,
    request: Request = DEFAULT_REQUEST,
    *,
    progress: Callable[[int], None] | None = None,
) -> Trace:
    """Return the values that every optimizer step of ``plan`` is given.

    Args:
        plan: the schedule.
        request: the options of the simulation.
        progress: called now and then with the number of steps done since the last call.

    Raises:
        SpecError: torch refuses to build an optimizer or a scheduler.
        UsageError: there is no such device, or the engine asked for cannot do it.
    """
    is_short = plan.clock.steps <= SHORT_RUN
    if request.engine == "step" or (request.engine == "auto" and is_short):
        return simulate_by_stepping(plan, request, progress=progress)
    try:
        trace = simulate_by_formula(plan, request)
    except NoClosedFormError as reason:
        if request.engine == "closed":
            message = f"{plan.name} cannot be computed by --engine closed: {reason}"
            raise UsageError(f"{message}; --engine step runs the real schedulers") from reason
        trace = simulate_by_stepping(plan, request, progress=progress)
        return replace(trace, engine_note=str(reason))
    if progress is not None:
        progress(plan.clock.steps)
    return trace
