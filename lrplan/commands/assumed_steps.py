"""The steps of a recipe's curves that depend on values its sources do not state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress

from lrplan.clock import Cadence, ClockError
from lrplan.plan import SchedulePlan
from lrplan.recipes.header import Assumption, Recipe
from lrplan.render.view.view_model import Assumed


def assumed_steps(source: Recipe | None, plans: Sequence[SchedulePlan]) -> dict[str, Assumed]:
    """The assumptions behind each of ``plans``, by its name; empty if they are of no recipe."""
    if source is None:
        return {}
    assumptions = tuple(source.curve_assumptions())
    reasons = tuple(dict.fromkeys(each.reason for each in assumptions))
    return {
        plan.name: Assumed(_stretches(plan, assumptions), reasons, source.checked) for plan in plans
    }


def _stretches(
    plan: SchedulePlan, assumptions: Iterable[Assumption]
) -> tuple[tuple[int, int], ...]:
    """The steps that at least one of ``assumptions`` concerns, in stretches that do not touch."""
    # Example: a warm-up over steps 0-100 and a decay over 100-900 are the one stretch 0-900.
    clock, cadence = plan.clock.with_plain_loop, Cadence("step")
    merged: list[tuple[int, int]] = []
    stretches: list[tuple[int, int]] = []
    for each in assumptions:
        # A copy may have another `training`, in which a length of the recipe means nothing.
        with suppress(ClockError):
            ends = clock.resolve(each.start, cadence), clock.resolve(each.end, cadence)
            stretches.append(ends)
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            first, last = merged.pop()
            merged.append((first, max(last, end)))
        else:
            merged.append((start, end))
    return tuple(merged)
