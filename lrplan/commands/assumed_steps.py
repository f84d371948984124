"""The steps of a recipe's curves that depend on values its sources do not state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lrplan.clock import Cadence
from lrplan.plan import SchedulePlan
from lrplan.recipes import name_in
from lrplan.recipes.header import Assumption, recipe
from lrplan.render.view.view_model import Assumed


def assumed_steps(spec: str, plans: Sequence[SchedulePlan]) -> dict[str, Assumed]:
    """The assumptions behind each of ``plans``, by its name; empty if ``spec`` is no recipe."""
    name = name_in(spec)
    if name is None:
        return {}
    source = recipe(name)
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
    clock, cadence = plan.clock.of_steps, Cadence("step")
    merged: list[tuple[int, int]] = []
    for start, end in sorted(
        (clock.resolve(each.start, cadence), clock.resolve(each.end, cadence))
        for each in assumptions
    ):
        if merged and start <= merged[-1][1]:
            first, last = merged.pop()
            merged.append((first, max(last, end)))
        else:
            merged.append((start, end))
    return tuple(merged)
