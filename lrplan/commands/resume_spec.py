"""What commands do with ``--resume-at``: run, interrupt, restore, go on, and judge the result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lrplan.commands.progress import progress
from lrplan.errors import ExitStatus, SpecError, UsageError
from lrplan.lint.context import installed_torch
from lrplan.lint.registry import all_rules
from lrplan.lint.runner import check, explain_problems, stopped
from lrplan.lint.suppressions import ignores_of, suppress
from lrplan.render.finding_text import print_findings
from lrplan.specfile.load import load_file
from lrplan.specfile.training_override import with_training

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lrplan.commands.terminal import Terminal
    from lrplan.finding import Finding
    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.resume import ResumeOptions, ResumeResult
    from lrplan.specfile.load import Spec
    from lrplan.trace import Trace

_OPTION = "--resume-training"


@dataclass(frozen=True, slots=True)
class ResumedSpec:
    """The schedules asked for and how they went on, in the same order."""

    spec: Spec
    plans: list[SchedulePlan]
    runs: list[ResumeResult]

    @property
    def traces(self) -> list[Trace]:
        """The resumed runs, each with its ``unbroken`` one."""
        return [resumed.trace for resumed in self.runs]

    def findings(self) -> list[list[Finding]]:
        """What the rules about resuming say of each schedule, but for what its spec ignores.

        What they have to say of it otherwise is for the same command without ``--resume-at``.
        """
        ignores = ignores_of(self.spec.source, self.spec.root)
        return [
            suppress(_judged(plan, resumed), ignores)[0]
            for plan, resumed in zip(self.plans, self.runs, strict=True)
        ]

    def report_failures(self, terminal: Terminal) -> ExitStatus:
        """Say which runs stopped midway, and the exit status that follows."""
        failures = list(self._failures())
        print_findings(failures, terminal.errors, self.spec.source)
        return ExitStatus.FINDINGS if failures else ExitStatus.OK

    def _failures(self) -> Iterator[Finding]:
        for plan, resumed in zip(self.plans, self.runs, strict=True):
            failure = resumed.trace.failure
            if failure is not None:
                told = f"{plan.name}, resumed at step {resumed.step}, stops after step"
                message = f"{told} {failure.step} of {resumed.trace.planned_steps}"
                finding = stopped(plan, failure)
                yield replace(finding, message=f"{message}: {failure.message}")


def resume_spec(
    path: str, names: Sequence[str], terminal: Terminal, request: Request, asked: ResumeOptions
) -> ResumedSpec:
    """Load the spec at ``path``, run its schedules, and resume each of them.

    Raises:
        SpecError: the spec has problems, or torch refuses to build something it names.
        UsageError: there is no such schedule, device, or step; or the options do not go together.
    """
    if request.get_lr:
        raise UsageError("--get-lr does not go with --resume-at: look at one of them at a time")
    spec = load_file(path, trust=request.trust)
    plans = spec.select(names)
    total = 2 * sum(plan.clock.steps for plan in plans)
    refused: list[Finding] = []
    runs: list[ResumeResult] = []
    with progress(terminal.notes, "simulating", total) as advance:
        run = resumer(spec, plans, request, asked, advance)
        for plan in plans:
            try:
                runs.append(run(plan))
            except SpecError as error:
                refused.extend(error.findings)
    if refused:
        raise SpecError(explain_problems(refused), spec.source)
    return ResumedSpec(spec, plans, runs)


def resumer(
    spec: Spec,
    plans: Sequence[SchedulePlan],
    request: Request,
    asked: ResumeOptions,
    advance: Callable[[int], None] | None = None,
) -> Callable[[SchedulePlan], ResumeResult]:
    """A function that interrupts a plan of ``spec`` and resumes it, as ``asked``.

    Raises:
        UsageError: the options do not go together.
        SpecError: the training of the resumed run is wrong.
    """
    if request.engine == "closed":
        raise UsageError("a resume is stepped: --engine closed does not go with --resume-at")
    later = {plan.name: plan for plan in plans}
    if asked.training:
        folder = Path(spec.source.name).parent
        names = list(later)
        changed = with_training(
            spec, names, asked.training, folder, option=_OPTION, trust=request.trust
        )
        later = {name: changed.plans[name] for name in names}
    # Torch is imported here and no earlier: a spec with mistakes is reported without it.
    from lrplan.simulate.resuming.resume import resume

    how = replace(request, get_lr=False)
    return lambda plan: resume(plan, later[plan.name], asked, how, progress=advance)


def _judged(plan: SchedulePlan, resumed: ResumeResult) -> list[Finding]:
    rules = all_rules()
    found = check(plan, None, installed_torch(), resumed=resumed)
    return [each for each in found if each.name in rules and rules[each.name].needs == "resume"]
