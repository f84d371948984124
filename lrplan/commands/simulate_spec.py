"""The first half of every command that needs curves: load a spec, select, simulate, resume."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from lrplan.commands.cached_simulator import cached_simulator
from lrplan.commands.curves.unfit_options import not_a_log_error
from lrplan.commands.file_settings import request_of_file
from lrplan.commands.log_hint import hint_if_log
from lrplan.commands.progress import progress
from lrplan.commands.resumed_plans import resumed_plans
from lrplan.commands.source_notes import print_notes
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, SpecError, UsageError
from lrplan.finding import Finding, Severity
from lrplan.lint.registry import rules_that_need
from lrplan.lint.resumed_plan import about_later_plan, check_later_plan
from lrplan.lint.runner import check_schedule, explain_problems, finding_of_stopped_run, why_stopped
from lrplan.lint.selection import Selection
from lrplan.lint.suppressions import Ignore, ignores_of, suppress
from lrplan.plan import SchedulePlan
from lrplan.recipes.header import Recipe, recipe_in
from lrplan.render.finding_text import print_findings
from lrplan.request import DEFAULT_REQUEST, Request
from lrplan.resume import ResumeOptions, ResumeResult
from lrplan.script_plans import load_plans
from lrplan.specfile.load import Spec
from lrplan.trace import Trace

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SimulatedSpec:
    """The schedules selected and their traces, in the same order.

    With ``--resume-at`` there is a resume result for each schedule, and its trace is that of the
    resumed run, which holds the unbroken one.
    """

    spec: Spec
    plans: list[SchedulePlan]
    traces: list[Trace]
    resumes: list[ResumeResult]
    ignored: tuple[str, ...] = ()
    """Rules that the project's settings leave out for this source."""

    @property
    def recipe(self) -> Recipe | None:
        """The published recipe that the spec is, or is a copy of; None for any other."""
        return recipe_in(self.spec.root)

    def findings(self) -> list[list[Finding]]:
        """The findings about each schedule, without those that its spec or its project ignores.

        With ``--resume-at`` these are the findings about resuming, and those about another plan of
        the new process: the others belong to the same command without it.
        """
        ignores = ignores_of(self.spec.source, self.spec.root)
        if not self.resumes:
            pairs = zip(self.plans, self.traces, strict=True)
            found = [check_schedule(plan, trace, ignores=ignores) for plan, trace in pairs]
        else:
            resumes = zip(self.plans, self.resumes, strict=True)
            found = [_about_resuming(plan, resumed, ignores) for plan, resumed in resumes]
        left = Selection(ignore=self.ignored)
        return [[each for each in about if left.wants(each)] for about in found]

    def report_failures(self, terminal: Terminal) -> ExitStatus:
        """Print which schedules stopped midway and why; return the exit status that follows."""
        failures = list(self._failures())
        print_findings(failures, terminal.errors, self.spec.source)
        return ExitStatus.FINDINGS if failures else ExitStatus.OK

    def _failures(self) -> Iterator[Finding]:
        if self.resumes:
            for plan, resumed in zip(self.plans, self.resumes, strict=True):
                yield from _failure_after_resume(plan, resumed)
        else:
            for plan, trace in zip(self.plans, self.traces, strict=True):
                yield from why_stopped(plan, trace)


def simulate_spec(
    path: str,
    names: Sequence[str],
    terminal: Terminal,
    request: Request = DEFAULT_REQUEST,
    resume: ResumeOptions | None = None,
) -> SimulatedSpec:
    """Load the spec at ``path`` and simulate its schedules (those called ``names``, or all).

    Args:
        path: of the spec, or ``-``.
        names: schedules to simulate; all when empty.
        terminal: where progress is shown.
        request: how curves are obtained.
        resume: also interrupt each run and resume it so.

    Raises:
        SpecError: the spec has problems, or torch refuses to build something it names.
        UsageError: there is no such schedule, device or step; or the options do not go together.
    """
    if resume is not None and request.get_lr:
        raise UsageError("--get-lr does not go with --resume-at: look at one of them at a time")
    if request.source.columns:
        raise not_a_log_error(path, request.source.columns, "a plan")
    request = request_of_file(path, request)
    try:
        spec = load_plans(path, request.source, trust=request.trust)
    except SpecError as error:
        raise SpecError(hint_if_log(path, error.findings), error.source) from error
    print_notes(spec, terminal)
    plans = spec.select(names)
    runs = 1 if resume is None else 2
    total = runs * sum(plan.clock.steps for plan in plans)
    with progress(terminal.notes, "simulating", total) as advance:
        if resume is None:
            traces = _run_all(spec, plans, cached_simulator(request, advance))
            return SimulatedSpec(spec, plans, traces, [], request.source.ignore)
        resumes = _run_all(spec, plans, resumer(spec, plans, request, resume, advance))
    traces = [resumed.trace for resumed in resumes]
    return SimulatedSpec(spec, plans, traces, resumes, request.source.ignore)


def _run_all(
    spec: Spec, plans: Sequence[SchedulePlan], run: Callable[[SchedulePlan], T]
) -> list[T]:
    """``run`` of each plan; the problems of all that are refused are raised together."""
    results: list[T] = []
    refused: list[Finding] = []
    for plan in plans:
        try:
            results.append(run(plan))
        except SpecError as error:
            refused.extend(error.findings)
    if refused:
        raise SpecError(refused, spec.source)
    return results


def resumer(
    spec: Spec,
    plans: Sequence[SchedulePlan],
    request: Request,
    options: ResumeOptions,
    advance: Callable[[int], None] | None = None,
) -> Callable[[SchedulePlan], ResumeResult]:
    """A function that interrupts a plan of ``spec`` and resumes it as ``options`` say.

    Raises:
        UsageError: the options do not go together.
        SpecError: the training or the plan of the resumed run is wrong.
    """
    if request.engine == "closed":
        raise UsageError("a resume is stepped: --engine closed does not go with --resume-at")
    later = resumed_plans(spec, plans, options, trust=request.trust)
    # Torch is imported here and no earlier: a spec with mistakes is reported without it.
    from lrplan.simulate.resuming.resume import resume

    stepped = replace(request, get_lr=False)

    def resume_plan(plan: SchedulePlan) -> ResumeResult:
        try:
            return resume(plan, later[plan.name], options, stepped, progress=advance)
        except SpecError as error:
            found = _why_refused(plan, later[plan.name], error, options)
            raise SpecError(found, error.source) from error

    return resume_plan


def _why_refused(
    plan: SchedulePlan, later: SchedulePlan, error: SpecError, options: ResumeOptions
) -> list[Finding]:
    """The reasons why a run cannot be resumed: errors of the new plan, or what torch says."""
    found = explain_problems(error.findings)
    if later is plan:
        return found
    causes = check_schedule(later, None, problems=found)
    return [
        each if each in found else about_later_plan(each, options)
        for each in causes
        if each.severity is Severity.ERROR
    ]


def _about_resuming(
    plan: SchedulePlan, resumed: ResumeResult, ignores: Sequence[Ignore]
) -> list[Finding]:
    found = check_schedule(plan, None, resumed=resumed, ignores=ignores)
    later, _ = suppress(check_later_plan(plan, resumed, found), ignores)
    return [*(each for each in found if each.name in rules_that_need("resume")), *later]


def _failure_after_resume(plan: SchedulePlan, resumed: ResumeResult) -> Iterator[Finding]:
    failure = resumed.trace.failure
    if failure is not None:
        when = f"{plan.name}, resumed at step {resumed.step}, stops after step"
        message = f"{when} {failure.step} of {resumed.trace.planned_steps}: {failure.message}"
        yield replace(finding_of_stopped_run(plan, failure), message=message)
