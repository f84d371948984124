"""The context of a report: schedules, rules, versions, and what fails the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from lrplan.finding import Finding, Severity
from lrplan.text import join_first
from lrplan.text_position import InputText


class RuleDescription(Protocol):
    """The description of a rule, or of a problem of the spec."""

    @property
    def code(self) -> str:
        """``LRP`` and three digits."""

    @property
    def name(self) -> str:
        """The name in kebab-case."""

    @property
    def family(self) -> str:
        """The chapter of the documentation."""

    @property
    def severity(self) -> Severity:
        """The severity, unless a finding has its own."""

    @property
    def summary(self) -> str:
        """A summary in one line."""

    @property
    def text(self) -> str:
        """The whole page, as Markdown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContext:
    """The facts about one run of ``validate`` that reports show.

    Args:
        schedules: the names of the schedules checked, by the file they are in; a file that
            could not be read has none. Files are reported in this order.
        torch: the release of torch that was checked against.
        lrplan: our own version.
        rules: returns everything that could have been found, by name, in the order of the codes;
            called by formats that list it.
        fail_on: the least severity that fails the run.
        show_statistics: whether ``text`` counts findings by rule.
    """

    schedules: Mapping[str, Sequence[str]]
    torch: str
    lrplan: str
    rules: Callable[[], Mapping[str, RuleDescription]]
    fail_on: Severity = Severity.WARNING
    show_statistics: bool = False

    def in_file_order(self, findings: Iterable[Finding]) -> list[Finding]:
        """``findings`` by file, line and column; at one place the most severe first."""
        position = {file: index for index, file in enumerate(self.schedules)}

        def key(finding: Finding) -> tuple[int, str, int, int, int, str]:
            file = position.get(finding.file, len(position))
            position_in_file = finding.line, finding.column
            return file, finding.file, *position_in_file, finding.severity.rank, finding.rule

        return sorted(findings, key=key)

    def severe_first(self, findings: Iterable[Finding]) -> list[Finding]:
        """``findings`` by file, the most severe of each first, then by line and column."""
        position = {file: index for index, file in enumerate(self.schedules)}

        def key(finding: Finding) -> tuple[int, str, int]:
            file = position.get(finding.file, len(position))
            return file, finding.file, finding.severity.rank

        return sorted(self.in_file_order(findings), key=key)

    def merge_duplicates(self, findings: Sequence[Finding]) -> list[Finding]:
        """``findings`` for people: those that say the same of one place are one.

        A mistake in the ``training`` of all schedules is found in each of them.
        """
        same: dict[Finding, list[Finding]] = {}
        for each in findings:
            same.setdefault(
                replace(each, schedule=None, path="", edits=(), text_edits=()), []
            ).append(each)
        return [_merge(group) for group in same.values()]

    def fails(self, finding: Finding) -> bool:
        """Return True if ``finding`` alone makes the run fail."""
        return finding.severity.rank <= self.fail_on.rank


def _merge(findings: Sequence[Finding]) -> Finding:
    first = findings[0]
    names = list(dict.fromkeys(each.schedule for each in findings if each.schedule is not None))
    if len(names) < 2:
        return first
    return replace(first, message=f"{first.message} (in {join_first(names, 3, 'schedule')})")


class Report(Protocol):
    """Turns findings into text."""

    def __call__(
        self,
        findings: Sequence[Finding],
        sources: Mapping[str, InputText],
        /,
        *,
        context: ReportContext,
    ) -> str:
        """The report.

        Args:
            findings: what was found, in any order.
            sources: the texts they are in, by the name that findings call ``file``.
            context: the run.
        """
