"""A plan, run: by the engine that suits it, or the one asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.request import DEFAULT
from lrplan.simulate.stepped import step

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.request import Request
    from lrplan.spec.plan import SchedulePlan
    from lrplan.trace import Trace


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
        UsageError: there is no such device or engine.
    """
    return step(plan, request, progress=progress)
