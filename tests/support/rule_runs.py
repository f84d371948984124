"""Runs every rule over a spec, the way ``validate`` does."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from lrplan.errors import SpecError
from lrplan.finding import Finding
from lrplan.lint.runner import check_schedule, explain_problems
from lrplan.lint.torch_release import parse_version
from lrplan.plan import SchedulePlan
from lrplan.request import Request
from lrplan.resume import ResumeOptions
from lrplan.simulate.engine_choice import simulate
from lrplan.simulate.resuming.resume import resume
from lrplan.specfile.load import load
from lrplan.specfile.training_override import with_training
from lrplan.text_position import InputText


def findings(
    text: str, torch: str = "2.13.0", *, static: bool = False, get_lr: bool = False
) -> list[Finding]:
    """Everything said about the spec ``text``; ``get_lr`` asks for what it would have logged."""
    return list(_findings(text, torch, static=static, get_lr=get_lr))


@lru_cache(maxsize=1000)
def _findings(text: str, torch: str, *, static: bool, get_lr: bool) -> list[Finding]:
    # Several tests look at the examples of all rules.
    try:
        plans = load(InputText("spec.yaml", text), Path()).plans
    except SpecError as error:
        return explain_problems(error.findings)
    return [
        finding
        for plan in plans.values()
        for finding in about(plan, torch, static=static, get_lr=get_lr)
    ]


def resumed(text: str, asked: ResumeOptions) -> list[Finding]:
    """Everything said about the spec ``text`` when its runs are interrupted and resumed."""
    spec = load(InputText("spec.yaml", text), Path())
    later = spec
    if asked.training:
        later = with_training(spec, list(spec.plans), asked.training, Path(), option="--training")
    found: list[Finding] = []
    for name, plan in spec.plans.items():
        then = later.plans[name] if asked.training else plan
        trace = simulate(plan)
        found += check_schedule(
            plan, trace, torch=parse_version("2.13.0"), resumed=resume(plan, then, asked)
        )
    return found


def about(
    plan: SchedulePlan, torch: str = "2.13.0", *, static: bool = False, get_lr: bool = False
) -> list[Finding]:
    """Everything said about one schedule."""
    version = parse_version(torch)
    if static:
        return check_schedule(plan, None, torch=version)
    try:
        trace = simulate(plan, Request(get_lr=get_lr))
    except SpecError as error:
        return check_schedule(plan, None, torch=version, problems=explain_problems(error.findings))
    return check_schedule(plan, trace, torch=version)


def names(text: str, torch: str = "2.13.0") -> set[str]:
    """The names of the findings about ``text``."""
    return {finding.name for finding in findings(text, torch)}
