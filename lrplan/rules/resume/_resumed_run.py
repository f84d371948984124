"""The difference between a resumed run and the unbroken one, in words and hits."""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrplan.lint import Context, Hit, SchedulerPlan, count, number, script, share
from lrplan.resume import ColumnDifference, ResumeResult
from lrplan.trace import DEFAULT_GROUP

AS_DOCUMENTED = (
    "build optimizer and schedulers, then optimizer.load_state_dict(...), then"
    " scheduler.load_state_dict(...)"
)
"""The order that torch's documentation asks for."""
_SAVED = 'saved = {"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}'


def script_that_loads(lines: tuple[str, ...]) -> str:
    """An example that saves both states, loads some of them by ``lines``, and trains on."""
    return script(
        "StepLR(optimizer, step_size=3)",
        made=(_SAVED, *lines),
        after_epoch=("scheduler.step()",),
    )


def differs(resumed: ResumeResult) -> bool:
    """Return True if the resumed run is another one than the unbroken run."""
    return bool(resumed.differences) or resumed.stops


def describe_difference(resumed: ResumeResult) -> str:
    """The difference of the resumed run from the unbroken one, for one that ``differs``."""
    if not resumed.differences:
        return _stop(resumed)
    gap = worst_gap(resumed)
    whose = "" if gap.group == DEFAULT_GROUP else f" of {gap.group}"
    field = "the lr" if gap.field == "lr" else gap.field
    left = resumed.trace.steps - resumed.step
    often = _count_of_steps(gap.steps, left)
    text = f"{field}{whose} at step {gap.first:,} is {_values_at(resumed, gap, gap.first)}; {often}"
    if gap.worst != gap.first:
        text += f", most at step {gap.worst:,}: {_values_at(resumed, gap, gap.worst)}"
    if math.isfinite(gap.relative):
        text += f" ({share(gap.relative)} of the peak)"
    return f"{text}, and {_stop(resumed)}" if resumed.stops else text


def _count_of_steps(steps: int, left: int) -> str:
    if steps == left:
        return f"all {count(left, 'remaining step')} differ"
    verb = "differs" if steps == 1 else "differ"
    return f"{steps:,} of the {count(left, 'remaining step')} {verb}"


def worst_gap(resumed: ResumeResult) -> ColumnDifference:
    """The learning rate that differs most, or else another field."""
    lrs = [gap for gap in resumed.differences if gap.field == "lr"]
    return max(lrs or resumed.differences, key=lambda gap: gap.relative)


def first_step(resumed: ResumeResult) -> int | None:
    """The first step that differs."""
    return min((gap.first for gap in resumed.differences), default=None)


def hit_scheduler(
    context: Context, message: str, fix: str, *types: str, path: str = ""
) -> Iterator[Hit]:
    """A hit at the first scheduler of ``types``, or at the first of all."""
    yield Hit(
        path=path or _first(context, types),
        message=message,
        fix=fix,
        step=first_step(context.resume),
    )


def top_schedulers(context: Context, *types: str) -> list[tuple[SchedulerPlan, int]]:
    """The outermost schedulers of those types, with the calls made before the checkpoint."""
    pairs = zip(context.plan.schedulers, context.resume.calls, strict=True)
    return [(top, called) for top, called in pairs if not types or top.type in types]


def _first(context: Context, types: tuple[str, ...]) -> str:
    schedulers = top_schedulers(context, *types) or top_schedulers(context)
    return schedulers[0][0].path if schedulers else context.plan.path


def _values_at(resumed: ResumeResult, gap: ColumnDifference, step: int) -> str:
    actual = resumed.trace.columns[gap.field][gap.group][step]
    expected = resumed.unbroken.columns[gap.field][gap.group][step]
    return f"{number(float(actual))} instead of {number(float(expected))}"


def _stop(resumed: ResumeResult) -> str:
    failure = resumed.trace.failure
    if failure is None:
        return ""
    return f"the resumed run stops after step {failure.step:,}: {failure.message}"
