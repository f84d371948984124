"""Traces of schedules for every command: from the cache, or else by simulation."""

from __future__ import annotations

from collections.abc import Callable

from lrplan.cache.trace_cache import open_cache
from lrplan.frozen_groups import with_frozen_steps
from lrplan.plan import SchedulePlan
from lrplan.request import Request
from lrplan.trace import Trace


def cached_simulator(
    request: Request, advance: Callable[[int], None] | None = None
) -> Callable[[SchedulePlan], Trace]:
    """A function from a plan to its trace, obtained as ``request`` asks.

    Args:
        request: how.
        advance: called now and then with the number of steps done since the last call.
    """
    before = open_cache(request)

    def trace_of(plan: SchedulePlan) -> Trace:
        key = None if before is None else before.key(plan)
        trace = None if before is None else before.find(plan, key)
        if trace is not None:
            if advance is not None:
                advance(trace.steps)
            return with_frozen_steps(plan, trace)
        # Torch is imported here and no earlier: known curves and broken specs need none.
        from lrplan.simulate.engine_choice import simulate

        trace = simulate(plan, request, progress=advance)
        if before is not None:
            before.keep(key, trace)
        return with_frozen_steps(plan, trace)

    return trace_of
