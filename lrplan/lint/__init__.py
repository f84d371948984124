"""The linter. This module has the names that every rule imports.

Facts that several rules need are in ``lrplan.lint.facts``. Commands and the Python interface call
``lrplan.lint.runner``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.edits import Edit, rename_key, write_values
from lrplan.finding import Finding, Severity
from lrplan.text import yaml_flow

if TYPE_CHECKING:
    from lrplan.events import Location
    from lrplan.lint.context import Context
    from lrplan.lint.example_scripts import script
    from lrplan.lint.number_text import (
        count,
        duration,
        join_numbers,
        number,
        share,
        ticks,
        unit,
        units,
        with_commas,
        without_commas,
    )
    from lrplan.lint.rule import Explanation, Hit, Rule, RunHit
    from lrplan.lint.run_context import RunContext
    from lrplan.lint.run_plan import check_plans_of_run
    from lrplan.plan import SchedulerPlan, Span
    from lrplan.resume import ResumeOptions
    from lrplan.specfile.problem_scope import child_path

__all__ = [
    "Context",
    "Edit",
    "Explanation",
    "Finding",
    "Hit",
    "Location",
    "ResumeOptions",
    "Rule",
    "RunContext",
    "RunHit",
    "SchedulerPlan",
    "Severity",
    "Span",
    "check_plans_of_run",
    "child_path",
    "count",
    "duration",
    "join_numbers",
    "number",
    "rename_key",
    "script",
    "share",
    "ticks",
    "unit",
    "units",
    "with_commas",
    "without_commas",
    "write_values",
    "yaml_flow",
]

_HOMES = {
    "Context": "lrplan.lint.context",
    "Explanation": "lrplan.lint.rule",
    "Hit": "lrplan.lint.rule",
    "Location": "lrplan.events",
    "ResumeOptions": "lrplan.resume",
    "Rule": "lrplan.lint.rule",
    "RunContext": "lrplan.lint.run_context",
    "RunHit": "lrplan.lint.rule",
    "SchedulerPlan": "lrplan.plan",
    "Span": "lrplan.plan",
    "check_plans_of_run": "lrplan.lint.run_plan",
    "child_path": "lrplan.specfile.problem_scope",
    "script": "lrplan.lint.example_scripts",
}
_NUMBER_TEXT = "lrplan.lint.number_text"


def __getattr__(name: str) -> object:
    # Names are fetched when a rule asks for them: `validate` imports modules of this package when
    # it already knows what all rules find.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415  # as above

    value = getattr(import_module(_HOMES.get(name, _NUMBER_TEXT)), name)
    globals()[name] = value
    return value
