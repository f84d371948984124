"""Runs rules over one schedule and turns hits into findings.

Two things drop a finding here: another one explains it (``causes``), or the spec ignores it
(``suppressions``). Afterwards ``commands/checking/lint_spec.py`` drops what the project's settings
ignore for the file, and ``commands/validate.py`` what is not selected, excluded or in the baseline.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from lrplan.finding import Finding, Severity, spec_problem
from lrplan.frozen_groups import as_scheduled
from lrplan.lint.causes import drop_explained
from lrplan.lint.context import Context
from lrplan.lint.registry import all_rules
from lrplan.lint.rule import Hit, Rule
from lrplan.lint.spec_problem_pages import MILDER
from lrplan.lint.suppressions import Ignore, suppress
from lrplan.lint.torch_release import Version, installed_torch
from lrplan.plan import SchedulePlan
from lrplan.resume import ResumeResult
from lrplan.specfile.problem_scope import child_path
from lrplan.trace import Failure, Trace

_STOPS = "stops-midway"
_OTHER_LOOP = "lightning-module-in-other-loop"


def check_schedule(
    plan: SchedulePlan,
    trace: Trace | None,
    *,
    torch: Version | None = None,
    resumed: ResumeResult | None = None,
    problems: Sequence[Finding] = (),
    ignores: Sequence[Ignore] = (),
) -> list[Finding]:
    """Run every rule over one schedule; every command and the Python interface call this.

    The steps, in order: each rule whose input is there yields hits, which become findings with a
    position; problems met while building or running are added; of several findings with the same
    cause the most specific is kept (``drop_explained``); what the spec ignores is left out.

    Args:
        plan: the resolved schedule.
        trace: its curves; without them only the rules that need none are run.
        torch: the release of torch it is checked against; None: the installed one.
        resumed: the run resumed from a checkpoint, for the rules about that.
        problems: why it could not be built: rules that explain such a problem replace it.
        ignores: rules that the spec silences.

    Returns:
        The findings in the order of the file, one per cause.
    """
    findings = list(problems)
    if trace is not None and trace.code_loop is not None:
        plan = plan.with_loop_of_code(trace.code_loop)
        findings += _other_loop(plan)
    # A rule says what it needs: the plan alone, the curves, or a resumed run. One that needs what
    # is not there is left out, so that `--static` runs the same code with `trace=None`. For groups
    # that the spec freezes, rules see the lrs of the schedule and not the 0.
    trace = None if trace is None else as_scheduled(trace)
    context = Context(plan, torch or installed_torch(), trace, resumed)
    inputs = {"spec": plan, "curve": trace, "resume": resumed, "run": None}
    rules = [rule for rule in all_rules().values() if inputs[rule.needs] is not None]
    findings += [finding for rule in rules for finding in _findings(rule, context)]
    if trace is not None and trace.failure is not None:
        findings.append(finding_of_stopped_run(plan, trace.failure))
    # The order matters: an ignored cause has by now dropped its symptoms, so that one `ignore`
    # silences both. The other way round the symptoms would come back.
    findings = drop_explained(findings, plan)
    if plan.origin is not None:
        findings = [*map(plan.origin.translate, findings), *plan.origin.findings]
    kept, _ = suppress(findings, ignores)
    return sorted(kept, key=lambda each: (each.line, each.column, each.rule, each.message))


def _other_loop(plan: SchedulePlan) -> Iterator[Finding]:
    """A warning for a LightningModule whose spec names another training loop than Lightning's."""
    loop, own = plan.clock.settings.loop, plan.code_loop
    if plan.factory is None or loop == own:
        return
    path = child_path(child_path(plan.path, "training"), "loop")
    code = plan.factory.code.text
    message = f"`{code}` makes a LightningModule, and `loop: {loop}` leaves out what Lightning does"
    finding = spec_problem(
        _OTHER_LOOP,
        f"{message}: its own ticks, and the hooks of the module",
        place=plan.position_of(path),
        file=plan.source.name,
        schedule=plan.name,
        path=path,
        fix=f"loop: {own}, or leave `loop` out",
    )
    yield replace(finding, severity=MILDER[_OTHER_LOOP])


def finding_of_stopped_run(plan: SchedulePlan, failure: Failure) -> Finding:
    """A run that stopped midway, as a finding."""
    path = plan.schedulers[0].path if plan.schedulers else plan.path
    if plan.factory is not None:
        path = plan.factory.path
    return spec_problem(
        _STOPS,
        f"{_when(plan, failure)}: {failure.message}",
        place=plan.position_of(path),
        file=plan.source.name,
        schedule=plan.name,
        path=path,
        step=max(failure.step, 0),
        detail=failure.detail,
    )


def why_stopped(plan: SchedulePlan, trace: Trace) -> list[Finding]:
    """The reasons why a run stopped midway: the causes that rules know, else the failure itself.

    Args:
        plan: the resolved schedule.
        trace: its curves until then.
    """
    if trace.failure is None:
        return []
    # The run is checked as a whole, and of its errors those are kept whose rule supersedes
    # `stops-midway`. An example: "total_steps 90 looks like epochs" in place of torch's ValueError
    # "Tried to step ... times". Without such a rule the failure itself is the finding.
    findings = check_schedule(plan, trace)
    knowing = {name for name, rule in all_rules().items() if _STOPS in rule.supersedes}
    causes = [each for each in findings if each.name in knowing and each.severity is Severity.ERROR]
    if not causes or any(each.name == _STOPS for each in findings):
        return [finding_of_stopped_run(plan, trace.failure)]
    first = causes[0]
    when = plan.name if "stops" in first.message else _when(plan, trace.failure)
    message = f"{when}: {first.message}"
    return [replace(first, message=message, detail=trace.failure.detail), *causes[1:]]


def explain_problems(findings: Sequence[Finding]) -> list[Finding]:
    """Problems of a spec; one that is a known pitfall has the name of that rule."""
    return [_explained(finding) for finding in findings]


def _when(plan: SchedulePlan, failure: Failure) -> str:
    when = f"after step {failure.step}" if failure.step >= 0 else "before the first step"
    return f"{plan.name} stops {when} of {plan.clock.steps} steps"


def _findings(rule: Rule, context: Context) -> Iterator[Finding]:
    # Of numbers that overflow there is one thing to say, and `lr-not-finite` says it; of what only
    # the user's own code knows there is nothing to say.
    with contextlib.suppress(ArithmeticError):
        for hit in rule.check(context):
            yield _finding(rule, hit, context.plan)


def _finding(rule: Rule, hit: Hit, plan: SchedulePlan) -> Finding:
    place = plan.position_of(hit.path)
    return Finding(
        rule=rule.code,
        name=rule.name,
        message=hit.message,
        severity=hit.severity or rule.severity,
        fix=hit.fix,
        file=plan.source.name,
        schedule=plan.name,
        path=hit.path,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        step=hit.step,
        edits=hit.edits,
    )


def _explained(finding: Finding) -> Finding:
    for rule in all_rules().values():
        explanation = None if rule.reword_problem is None else rule.reword_problem(finding)
        if explanation is not None:
            message, fix, edits = explanation
            edits = finding.edits if edits is None else edits
            named = replace(finding, rule=rule.code, name=rule.name)
            return replace(named, message=message, fix=fix, edits=edits)
    return finding
