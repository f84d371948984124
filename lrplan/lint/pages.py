"""Pages of everything that ``validate`` can report: the rules and the problems of a spec."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from lrplan.catalog import SCHEDULERS, nearest
from lrplan.errors import UsageError
from lrplan.finding import SPEC_PROBLEMS, Severity
from lrplan.lint.registry import all_rules, page_text
from lrplan.lint.rule import Rule
from lrplan.lint.spec_problem_pages import MILDER, NEED_CURVE, PROBLEMS
from lrplan.resume import resume_flags
from lrplan.text_position import printable

SPEC_FAMILY = "spec"
"""The family of the problems that have no rule: their codes start with ``LRP0``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of a rule, or of a problem of the spec.

    Args:
        code: ``LRP`` and three digits.
        name: kebab-case.
        family: its chapter.
        severity: how much it matters, unless a finding says otherwise.
        needs: ``spec``, ``curve`` for what ``validate --static`` cannot see, ``resume`` for what
            is seen with ``--resume-at`` alone, or ``run`` for what no spec contains.
        summary: one line.
        text: Markdown; its headings are of level 2 and below.
        bad: specs in which it is found; none for problems of the spec.
        good: the same specs, corrected.
        resume: the options with which ``bad`` and ``good`` are resumed; none otherwise.
        bad_torch: the release of torch that ``bad`` concerns, when not the installed one.
        seen_in: of a rule that looks at runs: ``any``, ``recording`` or ``source``; empty for one
            that does not.
        bad_source: training scripts in which it is found.
        good_source: the same scripts, corrected.
    """

    code: str
    name: str
    family: str
    severity: Severity
    needs: str
    summary: str
    text: str
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    bad_torch: str | None = None
    seen_in: str = ""
    bad_source: tuple[str, ...] = ()
    good_source: tuple[str, ...] = ()


@cache
def pages() -> Mapping[str, Page]:
    """Every page by its name, in the order of the codes: first the problems of the spec."""
    every = (*_of_problems(), *(_of_rule(rule) for rule in all_rules().values()))
    return {each.name: each for each in every}


def find_page(name_or_code: str) -> Page:
    """The page of that name or code, whatever its case.

    Raises:
        UsageError: there is none; the text says the nearest name.
    """
    wanted = name_or_code.strip().lower().replace("_", "-")
    for each in pages().values():
        if wanted in (each.name, each.code.lower()):
            return each
    close = nearest(name_or_code, (*pages(), *(each.code for each in pages().values())))
    hint = f"did you mean `{close}`?" if close else "`lrplan rules` lists them"
    if name_or_code in SCHEDULERS:
        hint = f"`lrplan schedulers {name_or_code}` describes the scheduler"
    raise UsageError(f"there is no rule `{printable(name_or_code)}`; {hint}")


def families() -> Mapping[str, list[Page]]:
    """Pages by family, both in the order of the codes."""
    by_family: dict[str, list[Page]] = {}
    for each in pages().values():
        by_family.setdefault(each.family, []).append(each)
    return by_family


def _of_rule(rule: Rule) -> Page:
    return Page(
        code=rule.code,
        name=rule.name,
        family=rule.family,
        severity=rule.severity,
        needs=rule.needs,
        summary=rule.summary,
        text=page_text(rule),
        bad=rule.bad,
        good=rule.good,
        resume=() if rule.resume is None else tuple(map(resume_flags, rule.resume)),
        bad_torch=rule.bad_torch,
        seen_in="" if rule.check_run is None else rule.seen_in,
        bad_source=rule.bad_source,
        good_source=rule.good_source,
    )


def _of_problems() -> Iterator[Page]:
    for name, code in SPEC_PROBLEMS.items():
        text = PROBLEMS[name].strip()
        yield Page(
            code=code,
            name=name,
            family=SPEC_FAMILY,
            severity=MILDER.get(name, Severity.ERROR),
            needs="curve" if name in NEED_CURVE else "spec",
            summary=text.partition("\n")[0],
            text=text,
        )
