"""What every command that needs curves does first: load, select, simulate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.commands.progress import progress
from lrplan.commands.traces import trace_source
from lrplan.errors import ExitStatus, SpecError
from lrplan.lint.context import installed_torch
from lrplan.lint.runner import check, why_stopped
from lrplan.lint.suppressions import ignores_of, suppress
from lrplan.render.finding_text import print_findings
from lrplan.request import DEFAULT
from lrplan.specfile.load import load_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrplan.commands.terminal import Terminal
    from lrplan.finding import Finding
    from lrplan.plan import SchedulePlan
    from lrplan.request import Request
    from lrplan.specfile.load import Spec
    from lrplan.trace import Trace


@dataclass(frozen=True, slots=True)
class SimulatedSpec:
    """The schedules asked for and what they did, in the same order."""

    spec: Spec
    plans: list[SchedulePlan]
    traces: list[Trace]

    def findings(self) -> list[list[Finding]]:
        """What the rules say about each schedule, without what its spec ignores."""
        ignores = ignores_of(self.spec.source, self.spec.root)
        torch = installed_torch()
        return [
            suppress(check(plan, trace, torch), ignores)[0]
            for plan, trace in zip(self.plans, self.traces, strict=True)
        ]

    def report_failures(self, terminal: Terminal) -> ExitStatus:
        """Say which schedules stopped midway and why, and the exit status that follows."""
        torch = installed_torch()
        failures = [
            finding
            for plan, trace in zip(self.plans, self.traces, strict=True)
            for finding in why_stopped(plan, trace, torch)
        ]
        print_findings(failures, terminal.errors, self.spec.source)
        return ExitStatus.FINDINGS if failures else ExitStatus.OK


def simulate_spec(
    path: str,
    names: Sequence[str],
    terminal: Terminal,
    request: Request = DEFAULT,
) -> SimulatedSpec:
    """Load the spec at ``path`` and run its schedules (those called ``names``, or all).

    Raises:
        SpecError: the spec has problems, or torch refuses to build something it names.
        UsageError: there is no such schedule or device.
    """
    spec = load_file(path, trust=request.trust)
    plans = spec.select(names)
    total = sum(plan.clock.steps for plan in plans)
    traces: list[Trace] = []
    refused: list[Finding] = []
    with progress(terminal.notes, "simulating", total) as advance:
        trace_of = trace_source(request, advance)
        for plan in plans:
            try:
                traces.append(trace_of(plan))
            except SpecError as error:
                refused.extend(error.findings)
    if refused:
        raise SpecError(refused, spec.source)
    return SimulatedSpec(spec, plans, traces)
