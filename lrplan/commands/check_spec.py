"""Everything that is to be said about a spec: problems, rules, and what it asks not to be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.errors import ExitStatus, SpecError
from lrplan.lint.registry import all_rules
from lrplan.lint.runner import check, explain_problems
from lrplan.lint.suppressions import ignores_of, suppress, unused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lrplan.finding import Finding
    from lrplan.lint.context import Version
    from lrplan.lock import Lock
    from lrplan.plan import SchedulePlan
    from lrplan.resume import ResumeResult
    from lrplan.specfile.load import Spec
    from lrplan.trace import Trace


LOCK_RULES = ("locked-curve-changed", "locked-schedule-missing", "LRP093", "LRP094")
"""What is found with a lock only: without one, an ignore of it is not unused."""


@dataclass(frozen=True, slots=True)
class CheckedSpec:
    """What was found in one spec, in the order of the file."""

    findings: tuple[Finding, ...]
    usable: bool
    """Whether it could be read and built."""

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
) -> CheckedSpec:
    """Run every rule over the schedules of ``spec``.

    Args:
        spec: its sound schedules.
        problems: what is wrong with the others.
        torch: the release of torch the rules have in mind.
        simulate: makes a trace; None runs only the rules that need none.
        lock: curves that those of the spec must still be; needs ``simulate``.
        resume: interrupts a run and resumes it, for the rules about that; needs ``simulate``.
    """
    traced: dict[str, Trace] = {}
    found = explain_problems(problems)
    usable = not found
    for plan in spec.plans.values():
        try:
            trace = None if simulate is None else simulate(plan)
            resumed = None if resume is None else resume(plan)
        except SpecError as error:
            usable = False
            found += check(plan, None, torch, built=explain_problems(error.findings))
        else:
            found += check(plan, trace, torch, resumed=resumed)
            if trace is not None:
                traced[plan.name] = trace
    if lock is not None:
        from lrplan.lock import locked_findings

        plans = [plan for plan in spec.plans.values() if plan.name in traced]
        found += locked_findings(spec, plans, list(traced.values()), lock)
    ignores = ignores_of(spec.source, spec.root)
    kept, used = suppress(found, ignores)
    if simulate is not None and usable:
        unseen = {*(() if lock else LOCK_RULES), *(() if resume else _resume_rules())}
        judged = [each for each in ignores if each.rule not in unseen]
        kept += unused(judged, used, spec.source)
    return CheckedSpec(tuple(sorted(kept, key=_in_file_order)), usable)


def _resume_rules() -> Iterator[str]:
    """What is found in a resumed run only."""
    for rule in all_rules().values():
        if rule.needs == "resume":
            yield from (rule.name, rule.code)


def _in_file_order(finding: Finding) -> tuple[int, int, str]:
    return finding.line, finding.column, finding.rule
