"""What rules say about a resumed run: how far it is from the unbroken one, in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from lrplan.lint.facts.lr_curves import number
from lrplan.lint.rule import Hit
from lrplan.lint.wording import count, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lrplan.lint.context import Context
    from lrplan.plan import SchedulerPlan
    from lrplan.resume import ColumnDifference, ResumeResult

AS_DOCUMENTED = (
    "build optimizer and schedulers, then optimizer.load_state_dict(...), then"
    " scheduler.load_state_dict(...)"
)
"""The order that torch's documentation asks for."""

_UNNAMED = "all"


def differs(resumed: ResumeResult) -> bool:
    """Whether the resumed run is another one than the unbroken run."""
    return bool(resumed.gaps) or resumed.stops


def apart(resumed: ResumeResult) -> str:
    """How far the resumed run is from the unbroken one; it ``differs``."""
    if not resumed.gaps:
        return _stop(resumed)
    gap = worst_gap(resumed)
    whose = "" if gap.group == _UNNAMED else f" of {gap.group}"
    field = "the rate" if gap.field == "lr" else gap.field
    left = resumed.trace.steps - resumed.step
    often = _often(gap.steps, left)
    told = f"{field}{whose} at step {gap.first:,} is {_given(resumed, gap, gap.first)}; {often}"
    if gap.worst != gap.first:
        told += f", most at step {gap.worst:,}: {_given(resumed, gap, gap.worst)}"
    if math.isfinite(gap.relative):
        told += f" ({share(gap.relative)} of the peak)"
    return f"{told}, and {_stop(resumed)}" if resumed.stops else told


def _often(steps: int, left: int) -> str:
    if steps == left:
        return f"all {count(left, 'step')} left differ"
    verb = "differs" if steps == 1 else "differ"
    return f"{steps:,} of the {count(left, 'step')} left {verb}"


def worst_gap(resumed: ResumeResult) -> ColumnDifference:
    """The learning rate that differs most, or else another field."""
    rates = [gap for gap in resumed.gaps if gap.field == "lr"]
    return max(rates or resumed.gaps, key=lambda gap: gap.relative)


def first_step(resumed: ResumeResult) -> int | None:
    """The first step that differs."""
    return min((gap.first for gap in resumed.gaps), default=None)


def hits(context: Context, message: str, fix: str, *types: str, path: str = "") -> Iterator[Hit]:
    """One hit, at the first scheduler of ``types``, or the first of all."""
    yield Hit(
        path=path or _first(context, types),
        message=message,
        fix=fix,
        step=first_step(context.resumed),
    )


def tops(context: Context, *types: str) -> list[tuple[SchedulerPlan, int]]:
    """The outermost schedulers of those types, with the calls made before the checkpoint."""
    pairs = zip(context.plan.schedulers, context.resumed.calls, strict=True)
    return [(top, called) for top, called in pairs if not types or top.type in types]


def _first(context: Context, types: tuple[str, ...]) -> str:
    found = tops(context, *types) or tops(context)
    return found[0][0].path if found else context.plan.path


def _given(resumed: ResumeResult, gap: ColumnDifference, step: int) -> str:
    given = resumed.trace.columns[gap.field][gap.group][step]
    due = resumed.unbroken.columns[gap.field][gap.group][step]
    return f"{number(float(given))} instead of {number(float(due))}"


def _stop(resumed: ResumeResult) -> str:
    failure = resumed.trace.failure
    if failure is None:
        return ""
    return f"the resumed run stops after step {failure.step:,}: {failure.message}"
