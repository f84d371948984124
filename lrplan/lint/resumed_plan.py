"""Findings about the plan of a resumed run, if it is not the plan of the interrupted one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from lrplan.finding import Finding, Severity
from lrplan.lint.runner import check_schedule
from lrplan.lint.suppressions import Ignore, ignores_of, suppress
from lrplan.lint.torch_release import Version
from lrplan.plan import SchedulePlan
from lrplan.resume import ResumeOptions, ResumeResult

_OF_VALUES = frozenset(
    {"lambda-negative-or-complex-past-end", "lr-negative", "lr-not-finite", "stops-midway"}
)
"""Rules about values: the steps of the resumed run have them, or not."""


def check_later_plan(
    plan: SchedulePlan,
    resumed: ResumeResult,
    found: Sequence[Finding],
    torch: Version | None = None,
) -> list[Finding]:
    """The findings about the plan after the checkpoint that the plan before it does not have.

    Errors, and findings about the steps after the checkpoint, or about none in particular. If no
    state is loaded, the schedules start again and the run is not the rest of that plan: then there
    are no findings.

    Args:
        plan: the schedule whose run is interrupted.
        resumed: the resumed run.
        found: the findings about ``plan``.
        torch: the release of torch it is checked against; None: the installed one.
    """
    later, trace = resumed.resumed_plan, resumed.planned
    if later is plan or trace is None or not resumed.options.goes_on:
        return []
    known = {(each.name, each.path) for each in found if later.source is plan.source}
    # Steps of the later plan are counted from its own beginning; see JoinedTrace.
    shift = resumed.unbroken.planned_steps - later.clock.steps
    new = [
        replace(each, step=None if each.step is None else each.step + shift)
        for each in check_schedule(later, trace, torch=torch)
        if (each.name, each.path) not in known
    ]
    ignores = [] if later.source is plan.source else list(_ignores(later))
    kept, _ = suppress(new, ignores)
    return [
        about_later_plan(_at_resume(each, resumed, shift), resumed.options)
        for each in kept
        if _concerns(each, resumed)
    ]


def about_later_plan(finding: Finding, options: ResumeOptions) -> Finding:
    """A finding about the plan after the checkpoint, which says that it is about this one."""
    changed = ", ".join(filter(None, (options.plan, *options.training)))
    return replace(finding, message=f"resumed with {changed}: {finding.message}")


def _concerns(finding: Finding, resumed: ResumeResult) -> bool:
    if finding.step is None or finding.step >= resumed.step:
        return True
    if finding.name in _OF_VALUES:
        return _has_bad_values(resumed)
    return finding.severity is Severity.ERROR


def _has_bad_values(resumed: ResumeResult) -> bool:
    """Return True if the resumed run stops, or if a value of it is negative or no number."""
    if resumed.trace.failure is not None:
        return True
    return any(
        not values[resumed.step :].min(initial=0.0) >= 0 or np.isinf(values[resumed.step :]).any()
        for columns in resumed.trace.columns.values()
        for values in columns.values()
    )


def _at_resume(finding: Finding, resumed: ResumeResult, shift: int) -> Finding:
    """``finding`` at a step of the resumed run, which may begin after the step that is named."""
    if finding.step is None or finding.step >= resumed.step:
        return finding
    # Words count the steps as the later plan does: without the shift.
    later = f"the run resumes after that, at step {resumed.step - shift:,}"
    return replace(finding, message=f"{finding.message}; {later}", step=resumed.step)


def _ignores(plan: SchedulePlan) -> Iterator[Ignore]:
    """The ignores of the spec of ``plan``."""
    yield from ignores_of(plan.source, None)
    yield from (Ignore(rule, plan.position_of(plan.path)) for rule in plan.ignore)
