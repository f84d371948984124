"""The record of a problem: a spec that cannot be parsed, or a rule that fired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from lrplan.text_position import START, TextPosition

if TYPE_CHECKING:
    from lrplan.edits import Edit, TextEdit

RULES_PAGE = "docs/rules.md"
"""The file in the repository of lrplan that has the pages of all rules and problems."""

SPEC_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "unreadable-file": "LRP001",
        "yaml-syntax": "LRP002",
        "duplicate-key": "LRP003",
        "unknown-key": "LRP004",
        "unknown-name": "LRP005",
        "missing-key": "LRP006",
        "wrong-type": "LRP007",
        "bad-value": "LRP008",
        "bad-duration": "LRP009",
        "bad-expression": "LRP010",
        "bad-metric": "LRP011",
        "untrusted-code": "LRP012",
        "cannot-build": "LRP013",
        "stops-midway": "LRP014",
        "over-budget": "LRP015",
        "lightning-module-in-other-loop": "LRP016",
        "config-syntax": "LRP017",
        "config-value-unread": "LRP018",
        "missing-fact": "LRP019",
        "misleading-config-key": "LRP020",
        "source-syntax": "LRP021",
        "unknown-rule": "LRP091",
        "unused-ignore": "LRP092",
        "locked-curve-changed": "LRP093",
        "locked-schedule-missing": "LRP094",
        "unused-length": "LRP095",
        "logged-rates-differ": "LRP096",
    }
)
"""Names and codes of problems that make a spec unusable; codes of rules start at LRP101."""


class Severity(str, Enum):
    """The severity of a finding."""

    ERROR = "error"
    """Training is wrong, or crashes, or the spec cannot be used."""
    WARNING = "warning"
    """Probably not what was meant."""
    INFO = "info"
    """Surprising, but defensible."""

    @property
    def rank(self) -> int:
        """0 for the most severe."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem, with its position in the spec.

    Lines and columns count from 1. ``path`` is the dotted path of the value in the spec
    (``schedules.finetune.scheduler.T_max``). ``step`` is the optimizer step where it shows, if
    there is one.
    """

    rule: str
    name: str
    message: str
    severity: Severity = Severity.ERROR
    fix: str = ""
    file: str = "<stdin>"
    schedule: str | None = None
    path: str = ""
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 1
    step: int | None = None
    detail: tuple[str, ...] = ()
    """Lines to show below the message, such as the traceback through the user's own code."""
    edits: tuple[Edit, ...] = ()
    """The fix as changes of the spec; empty if the user has to decide something."""
    text_edits: tuple[TextEdit, ...] = ()
    """The fix as changes of a script."""

    @property
    def url(self) -> str:
        """The page that explains it, as a reference within the repository of lrplan."""
        return page_anchor(self.name, self.rule)

    def __str__(self) -> str:
        fix = f" ({self.fix})" if self.fix else ""
        first = f"{self.file}:{self.line}:{self.column}: {self.message}{fix} [{self.name}]"
        return "\n  ".join((first, *self.detail))


def page_anchor(name: str, code: str) -> str:
    """The page of a rule, as a reference within the repository of lrplan."""
    return f"{RULES_PAGE}#{name}-{code.lower()}"


def spec_problem(
    name: str,
    message: str,
    *,
    place: TextPosition = START,
    file: str = "<stdin>",
    schedule: str | None = None,
    path: str = "",
    fix: str = "",
    step: int | None = None,
    detail: tuple[str, ...] = (),
    edits: tuple[Edit, ...] = (),
) -> Finding:
    """An error that makes a spec unusable, under one of ``SPEC_PROBLEMS``.

    Raises:
        KeyError: ``name`` is not one of them.
    """
    return Finding(
        rule=SPEC_PROBLEMS[name],
        name=name,
        message=message,
        fix=fix,
        file=file,
        schedule=schedule,
        path=path,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        step=step,
        detail=detail,
        edits=edits,
    )
