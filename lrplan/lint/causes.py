"""Keeps one finding per cause: drops findings that a more specific one explains.

The other filters are named in ``runner``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from lrplan.finding import Finding
from lrplan.lint.registry import all_rules
from lrplan.lint.rule import Rule
from lrplan.plan import SchedulePlan

# One mistake is often seen by several rules. `T_max: 90` with `interval: step` in a run of 9,000
# steps fires three: horizon-in-epochs-stepped-per-step (level "unit"), cosine-past-t-max-rises
# (level "cause") and rise-after-minimum (level "symptom"). The first explains both others, so it
# alone is reported. A finding is dropped when another one
#   - is of a level that explains its level (or names it in `supersedes`),
#   - concerns the same outermost scheduler, and
#   - is at least as severe: a warning never hides an error.
_EXPLAINS = {"unit": ("cause", "symptom"), "cause": ("symptom",), "symptom": (), None: ()}
"""The levels that a finding of each level explains."""
_OF_THE_WHOLE = frozenset({"cannot-build", "stops-midway"})
"""Problems of a whole schedule, whichever of its schedulers they are reported at."""


def drop_explained(findings: Iterable[Finding], plan: SchedulePlan) -> list[Finding]:
    """The findings about a plan that no other one explains, each once, in the same order."""
    return keep_causes(findings, lambda finding: _top(finding, plan))


def keep_causes(
    findings: Iterable[Finding], subject: Callable[[Finding], Hashable | None]
) -> list[Finding]:
    """The findings that no other one explains, each once, in the same order.

    Args:
        findings: what was found.
        subject: the outermost scheduler that a finding is about; None when it is about the whole
            schedule or run.
    """
    distinct = list(dict.fromkeys(findings))
    rules = all_rules()
    # A finding that is itself dropped explains others all the same, so the result does not depend
    # on the order of the rules.
    explaining = [(rules[each.name], each) for each in distinct if each.name in rules]
    return [
        finding
        for finding in distinct
        if not any(
            _explains(rule, finding) and _same_cause(other, finding, subject)
            for rule, other in explaining
        )
    ]


def _explains(rule: Rule, finding: Finding) -> bool:
    if finding.name in rule.supersedes:
        return True
    explained = all_rules().get(finding.name)
    return (
        explained is not None
        and explained.level in _EXPLAINS[rule.level]
        and finding.name not in rule.does_not_explain
    )


def _same_cause(
    specific: Finding, finding: Finding, subject: Callable[[Finding], Hashable | None]
) -> bool:
    # Rank 0 is an error, 1 a warning and 2 an info: the smaller number is the more severe.
    if finding.severity.rank < specific.severity.rank:
        return False
    # torch builds and runs a schedule as a whole: where it refuses may be beside the cause.
    if finding.name in _OF_THE_WHOLE:
        return True
    subjects = {subject(specific), subject(finding)}
    # What looks at the curve alone cannot tell which of several schedulers made it.
    rule = all_rules().get(finding.name)
    return len(subjects) == 1 or None in subjects or (rule is not None and rule.family == "curve")


def _top(finding: Finding, plan: SchedulePlan) -> str | None:
    """The outermost scheduler that a finding is about; None when it is about the schedule."""
    paths = (scheduler.path for scheduler in plan.schedulers)
    # The dot or bracket at the end of what is compared keeps `scheduler[1]` from taking a finding
    # at `scheduler[10].type`; the dot after the finding's path lets one at `scheduler[1]` itself
    # match.
    inside = (path for path in paths if f"{finding.path}.".startswith((f"{path}.", f"{path}[")))
    return next(inside, None)
