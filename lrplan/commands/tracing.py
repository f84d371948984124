"""Where every command gets its curves from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from lrplan.request import Request
    from lrplan.spec.plan import SchedulePlan
    from lrplan.trace import Trace


def tracer(
    request: Request, advance: Callable[[int], None] | None = None
) -> Callable[[SchedulePlan], Trace]:
    """A function from a plan to its trace, obtained as ``request`` asks.

    Args:
        request: how.
        advance: called now and then with the number of steps done since the last call.
    """
    # Torch is imported here and no earlier: a spec with mistakes is reported without it.
    from lrplan.simulate.run import simulate

    return lambda plan: simulate(plan, request, progress=advance)
