"""All findings about one spec for ``lrplan validate``: problems, rules, unused ignores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.errors import ExitStatus, SpecError
from lrplan.finding import Finding
from lrplan.lint.registry import rules_that_need
from lrplan.lint.resumed_plan import check_later_plan
from lrplan.lint.runner import check_schedule, explain_problems
from lrplan.lint.suppressions import findings_of_unused_ignores, ignores_of, suppress
from lrplan.lint.torch_release import Version
from lrplan.lint.unused_lengths import unused_lengths
from lrplan.plan import SchedulePlan
from lrplan.resume import ResumeResult
from lrplan.trace import Trace

if TYPE_CHECKING:
    from lrplan.lock import Lock, LockCheck
    from lrplan.specfile.load import Spec


LOCK_RULES = ("locked-curve-changed", "locked-schedule-missing", "LRP093", "LRP094")
"""Findings that need a lock: without one, an ignore of them does not count as unused."""


@dataclass(frozen=True, slots=True)
class CheckedSpec:
    """The findings in one spec, in the order of the file."""

    findings: tuple[Finding, ...]
    usable: bool
    """True if the spec could be read and built."""
    lock_check: LockCheck | None = None
    """The comparison with a lock; None if there was none to compare with."""

    @property
    def status(self) -> ExitStatus:
        """The exit status that follows from the spec itself."""
        return ExitStatus.OK if self.usable else ExitStatus.USAGE


def check_spec(
    spec: Spec,
    problems: Sequence[Finding],
    torch: Version,
    simulate: Callable[[SchedulePlan], Trace] | None,
    lock: Lock | None = None,
    resume: Callable[[SchedulePlan], ResumeResult] | None = None,
    facts: Sequence[str] | None = None,
) -> CheckedSpec:
    """Run every rule over the schedules of ``spec``.

    Args:
        spec: its sound schedules.
        problems: what is wrong with the others.
        torch: the release of torch it is checked against.
        simulate: makes a trace; None runs only the rules that need none.
        lock: curves that those of the spec must still be; needs ``simulate``.
        resume: interrupts a run and resumes it, for the rules about that; needs ``simulate``.
        facts: ``KEY=VALUE`` that hold now, to be compared with those of the lock.
    """
    traced: dict[str, Trace] = {}
    findings = explain_problems(problems)
    usable = not findings
    for plan in spec.plans.values():
        try:
            trace = None if simulate is None else simulate(plan)
            resumed = None if resume is None else resume(plan)
        except SpecError as error:
            usable = False
            refusal = explain_problems(error.findings)
            findings += check_schedule(plan, None, torch=torch, problems=refusal)
        else:
            found = check_schedule(plan, trace, torch=torch, resumed=resumed)
            findings += found
            if resumed is not None:
                findings += check_later_plan(plan, resumed, found, torch)
            if trace is not None:
                traced[plan.name] = trace
    lock_check = None
    if lock is not None:
        from lrplan.lock import check_locked

        plans = [plan for plan in spec.plans.values() if plan.name in traced]
        lock_check = check_locked(spec, plans, list(traced.values()), lock, facts)
        findings += lock_check.findings
    if usable:
        findings += unused_lengths(spec.source, spec.root)
    ignores = ignores_of(spec.source, spec.root)
    kept, used = suppress(findings, ignores)
    if simulate is not None and usable:
        # Without --locked no rule looked at a lock: an ignore of `locked-curve-changed` matched
        # nothing, but it is not useless, and so is not reported as unused.
        unseen = {*(() if lock else LOCK_RULES), *(() if resume else rules_that_need("resume"))}
        effective = [each for each in ignores if each.rule not in unseen]
        kept += findings_of_unused_ignores(effective, used, spec.source)
    if any(each.edits for each in kept):
        from lrplan.specfile.apply_edits import without_refused_edits

        kept = without_refused_edits(kept, spec.source.text)
    return CheckedSpec(tuple(sorted(kept, key=_in_file_order)), usable, lock_check)


def _in_file_order(finding: Finding) -> tuple[int, int, str]:
    return finding.line, finding.column, finding.rule
