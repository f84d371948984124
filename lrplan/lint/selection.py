"""The rules that the user selects: by name, code, or the start of a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrplan.finding import Finding, Severity
from lrplan.text import join_words, quantity

ALL = "ALL"
"""Selects every rule."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The findings that are reported, and those that make the exit status 1.

    Args:
        select: rules that are reported; empty: all.
        ignore: rules that are not.
        fail_on: the least severity that makes the exit status 1.
        origin: the file whose settings are part of this; empty: there is none.
        asked: what the command line alone selects; None: the same.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.WARNING
    origin: str = ""
    asked: Selection | None = None

    def wants(self, finding: Finding) -> bool:
        """Return True if ``finding`` is reported. The longer prefix wins, and ``ignore`` on a tie.

        What the command line selects, the settings neither choose nor ignore.
        """
        # As in ruff: `--select LRP3 --ignore LRP301` reports LRP302, as LRP3 matches it and LRP301
        # does not; LRP301 itself is matched by both, and there the longer prefix wins. `--select`
        # replaces both keys of the settings: what somebody asks for now, a file cannot refuse.
        if self.asked is not None and self.asked.select:
            return self.asked.wants(finding)
        chosen = max((_weight(rule, finding) for rule in self.select or (ALL,)), default=-1)
        refused = max((_weight(rule, finding) for rule in self.ignore), default=-1)
        return chosen > refused

    def fails(self, findings: Sequence[Finding]) -> bool:
        """Return True if one of ``findings`` is severe enough."""
        return any(finding.severity.rank <= self.fail_on.rank for finding in findings)

    def settings_note(self, findings: Sequence[Finding]) -> str:
        """A line on what the file of settings changes for ``findings``; empty: nothing.

        Args:
            findings: all that were found, reported or not.
        """
        if self.asked is None:
            return ""
        reported = [each for each in findings if self.wants(each)]
        wanted = [each for each in findings if self.asked.wants(each)]
        changes = []
        hidden = sum(each not in reported for each in wanted)
        if hidden:
            changes.append(f"left out {quantity(hidden, 'finding')}")
        if self.asked.fails(reported) and not self.fails(reported):
            changes.append(f"let the rest pass (fail-on: {self.fail_on.value})")
        return f"[tool.lrplan] in {self.origin} {join_words(changes)}" if changes else ""


def _weight(rule: str, finding: Finding) -> int:
    """The precision with which ``rule`` matches: -1 not at all, 0 as one of all, more is closer."""
    if rule == ALL:
        return 0
    if rule == finding.name:
        # A name is as precise as a whole code: for LRP901, `lr-negative` weighs 6, `LRP9` 4 and
        # `ALL` 0.
        return len("LRP000")
    return len(rule) if finding.rule.startswith(rule) else -1
