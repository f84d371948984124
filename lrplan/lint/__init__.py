"""The linter; here, what a rule is written with.

A rule imports the names below from ``lrplan.lint``, and facts that several rules ask for from
``lrplan.lint.facts``. Commands and the Python interface call ``lrplan.lint.runner``.
"""

from lrplan.finding import Finding, Severity
from lrplan.lint.context import Context
from lrplan.lint.rule import Hit, Rule
from lrplan.lint.wording import (
    count,
    duration,
    listed,
    number,
    share,
    ticks,
    unit,
    with_commas,
    without_commas,
)
from lrplan.plan import SchedulerPlan, Span
from lrplan.resume import ResumeOptions
from lrplan.specfile.problem_scope import child_path

__all__ = [
    "Context",
    "Finding",
    "Hit",
    "ResumeOptions",
    "Rule",
    "SchedulerPlan",
    "Severity",
    "Span",
    "child_path",
    "count",
    "duration",
    "listed",
    "number",
    "share",
    "ticks",
    "unit",
    "with_commas",
    "without_commas",
]
