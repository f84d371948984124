"""Runs rules over one schedule and turns hits into findings."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from lrplan.finding import Finding, Severity, spec_problem
from lrplan.lint.context import Context
from lrplan.lint.registry import all_rules
from lrplan.lint.spec_problem_pages import MILDER
from lrplan.specfile.problem_scope import child_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lrplan.lint.context import Version
    from lrplan.lint.rule import Hit, Rule
    from lrplan.plan import SchedulePlan
    from lrplan.resume import ResumeResult
    from lrplan.trace import Failure, Trace

_STOPS = "stops-midway"
_OTHER_LOOP = "lightning-module-in-other-loop"


def check(
    plan: SchedulePlan,
    trace: Trace | None,
    torch: Version,
    *,
    built: Sequence[Finding] = (),
    resumed: ResumeResult | None = None,
) -> list[Finding]:
    """Every finding about one schedule, in the order of the file, one per cause.

    Args:
        plan: the resolved schedule.
        trace: what it did; without one only the rules that need none are run.
        torch: the release of torch it is checked against.
        built: what is known from building and running it, such as why it stopped: rules that
            supersede such a problem replace it.
        resumed: how it went on from a checkpoint, where that was asked.
    """
    found = list(built)
    if trace is not None and trace.code_loop is not None:
        plan = plan.in_loop_of_code(trace.code_loop)
        found += _other_loop(plan)
    context = Context(plan, torch, trace, resumed)
    known = {"spec": plan, "curve": trace, "resume": resumed}
    rules = [rule for rule in all_rules().values() if known[rule.needs] is not None]
    found += [finding for rule in rules for finding in _findings(rule, context)]
    if trace is not None and trace.failure is not None:
        found.append(stopped(plan, trace.failure))
    return sorted(
        _most_specific(found, plan),
        key=lambda each: (each.line, each.column, each.rule, each.message),
    )


def _other_loop(plan: SchedulePlan) -> Iterator[Finding]:
    """A LightningModule whose spec says another loop than the one that its code belongs to."""
    loop, own = plan.clock.settings.loop, plan.code_loop
    if plan.factory is None or loop == own:
        return
    path = child_path(child_path(plan.path, "training"), "loop")
    code = plan.factory.code.text
    message = f"`{code}` makes a LightningModule, and `loop: {loop}` leaves out what Lightning does"
    finding = spec_problem(
        _OTHER_LOOP,
        f"{message}: its own ticks, and the hooks of the module",
        place=plan.place(path),
        file=plan.source.name,
        schedule=plan.name,
        path=path,
        fix=f"loop: {own}, or leave `loop` out",
    )
    yield replace(finding, severity=MILDER[_OTHER_LOOP])


def stopped(plan: SchedulePlan, failure: Failure) -> Finding:
    """A run that stopped midway, as a finding."""
    path = plan.schedulers[0].path if plan.schedulers else plan.path
    if plan.factory is not None:
        path = plan.factory.path
    return spec_problem(
        _STOPS,
        f"{_when(plan, failure)}: {failure.message}",
        place=plan.place(path),
        file=plan.source.name,
        schedule=plan.name,
        path=path,
        step=max(failure.step, 0),
        detail=failure.detail,
    )


def why_stopped(plan: SchedulePlan, trace: Trace, torch: Version) -> list[Finding]:
    """Why a run stopped midway, as findings: the causes that rules know, else that it did.

    Args:
        plan: the resolved schedule.
        trace: what it did until then.
        torch: the release of torch it is checked against.
    """
    if trace.failure is None:
        return []
    found = check(plan, trace, torch)
    knowing = {name for name, rule in all_rules().items() if _STOPS in rule.supersedes}
    causes = [each for each in found if each.name in knowing and each.severity is Severity.ERROR]
    if not causes or any(each.name == _STOPS for each in found):
        return [stopped(plan, trace.failure)]
    first = causes[0]
    when = plan.name if "stops" in first.message else _when(plan, trace.failure)
    said = f"{when}: {first.message}"
    return [replace(first, message=said, detail=trace.failure.detail), *causes[1:]]


def explain_problems(findings: Sequence[Finding]) -> list[Finding]:
    """Problems of a spec, those that are a known pitfall under that rule's name."""
    return [_explained(finding) for finding in findings]


def _when(plan: SchedulePlan, failure: Failure) -> str:
    when = f"after step {failure.step}" if failure.step >= 0 else "before the first step"
    return f"{plan.name} stops {when} of {plan.clock.steps} steps"


def _in_file_order(finding: Finding) -> tuple[int, int, str, str]:
    return finding.line, finding.column, finding.rule, finding.message


def _findings(rule: Rule, context: Context) -> Iterator[Finding]:
    # Of numbers that overflow there is one thing to say, and `lr-not-finite` says it; of what only
    # the user's own code knows there is nothing to say.
    with suppress(ArithmeticError):
        for hit in rule.check(context):
            yield _finding(rule, hit, context.plan)


def _finding(rule: Rule, hit: Hit, plan: SchedulePlan) -> Finding:
    place = plan.place(hit.path)
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
    )


def _most_specific(findings: Iterable[Finding], plan: SchedulePlan) -> list[Finding]:
    """Without what a more specific finding, no less severe, says about the same scheduler."""
    found = list(dict.fromkeys(findings))
    rules = all_rules()
    covering = [each for each in found if each.name in rules and rules[each.name].supersedes]
    return [
        finding
        for finding in found
        if not any(_covers(rules[each.name], each, finding, plan) for each in covering)
    ]


def _covers(rule: Rule, specific: Finding, finding: Finding, plan: SchedulePlan) -> bool:
    if finding.name not in rule.supersedes or finding.severity.rank < specific.severity.rank:
        return False
    tops = {_top(specific, plan), _top(finding, plan)}
    # What looks at the curve alone cannot tell which of several schedulers made it.
    known = all_rules().get(finding.name)
    return len(tops) == 1 or None in tops or (known is not None and known.family == "curve")


def _top(finding: Finding, plan: SchedulePlan) -> str | None:
    """The outermost scheduler that a finding is about; None when it is about the schedule."""
    paths = (scheduler.path for scheduler in plan.schedulers)
    inside = (path for path in paths if f"{finding.path}.".startswith((f"{path}.", f"{path}[")))
    return next(inside, None)


def _explained(finding: Finding) -> Finding:
    for rule in all_rules().values():
        said = None if rule.explains is None else rule.explains(finding)
        if said is not None:
            message, fix = said
            return replace(finding, rule=rule.code, name=rule.name, message=message, fix=fix)
    return finding
