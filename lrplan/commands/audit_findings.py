"""Findings of an audit, for the reports that CI systems read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lrplan._version import __version__
from lrplan.auditing.result import Audit, Cause
from lrplan.finding import SPEC_PROBLEMS, Finding, Severity
from lrplan.logs.log import Log
from lrplan.render.report import REPORTS, ReportContext, RuleDescription

_NAME = "logged-rates-differ"
_SEVERITIES: Mapping[str, Severity] = {
    "explained": Severity.INFO,
    "differs": Severity.ERROR,
    "unexplained": Severity.ERROR,
}
FORMATS = ("github", "sarif", "junit")
"""The formats of :func:`report_of`."""


def report_of(found: Audit, log: Log, schedule: str, report_format: str) -> str:
    """The report of an audit: a run as planned has no finding, any other one for each cause.

    Args:
        found: what the audit says.
        log: the log, at whose rows the findings are reported.
        schedule: the name of the plan.
        report_format: one of ``FORMATS``.
    """
    context = ReportContext(
        schedules={log.path: [schedule]},
        torch="",
        lrplan=__version__,
        rules=_rules,
    )
    return REPORTS[report_format](findings_of(found, log, schedule), {}, context=context)


def findings_of(found: Audit, log: Log, schedule: str) -> Sequence[Finding]:
    """A finding for each cause, or one of a log that nothing explains.

    A cause that a rule describes is reported under the name of that rule, if it has no
    alternatives.
    """
    if found.verdict == "as-planned":
        return []
    causes = found.causes or (Cause("", found.sentence),)
    codes = {name: rule.code for name, rule in _rules().items()}
    return [_finding(found, cause, log, schedule, codes) for cause in causes]


def _finding(
    found: Audit, cause: Cause, log: Log, schedule: str, codes: Mapping[str, str]
) -> Finding:
    known = cause.rule if cause.rule in codes and not cause.alternatives else None
    name = known or _NAME
    return Finding(
        rule=codes.get(name, SPEC_PROBLEMS[_NAME]),
        name=name,
        message=cause.message,
        severity=_SEVERITIES[found.verdict],
        file=log.path,
        schedule=schedule,
        step=cause.step,
    )


def _rules() -> Mapping[str, RuleDescription]:
    from lrplan.lint.pages import pages

    return pages()
