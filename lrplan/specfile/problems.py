"""Collects what is wrong with a spec, so that everything is reported together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrplan.errors import SpecError
from lrplan.finding import spec_problem
from lrplan.limits import FINDINGS
from lrplan.text_position import printable

if TYPE_CHECKING:
    from lrplan.finding import Finding
    from lrplan.text_position import InputText, TextPosition


class TooManyProblemsError(Exception):
    """So much is wrong that the rest is not looked at; the problems found say so."""


@dataclass(slots=True)
class Problems:
    """The problems found in one text so far.

    Args:
        source: the text; its name becomes the ``file`` of every finding.
    """

    source: InputText
    # A mapping instead of a list: a value shared through an anchor is checked once per use.
    _found: dict[Finding, None] = field(default_factory=dict, init=False)

    def add(
        self,
        name: str,
        place: TextPosition,
        message: str,
        *,
        fix: str = "",
        path: str = "",
        schedule: str | None = None,
    ) -> None:
        """Note a problem; one that was noted before, word for word, is dropped.

        The texts may quote the spec: control characters in them are replaced by visible ones.

        Args:
            name: one of ``SPEC_PROBLEMS``.
            place: where it stands in the text.
            message: what is wrong.
            fix: what to write instead, when there is something to say.
            path: the dotted way to the value, e.g. ``schedules.finetune.optimizer.lr``.
            schedule: the schedule it belongs to, when there is one.

        Raises:
            KeyError: ``name`` is not one of ``SPEC_PROBLEMS``.
            TooManyProblemsError: there are more than ``limits.FINDINGS``.
        """
        most = FINDINGS.now
        if len(self._found) >= most:
            name, fix = "over-budget", FINDINGS.hint
            message = f"there are more than {most} problems; what follows here is not read"
        finding = spec_problem(
            name,
            printable(message),
            place=place,
            file=self.source.name,
            schedule=schedule,
            path=printable(path),
            fix=printable(fix),
        )
        self._found[finding] = None
        if len(self._found) > most:
            raise TooManyProblemsError

    @property
    def findings(self) -> list[Finding]:
        """Every problem, in the order of the text; at one place, in the order found."""
        return sorted(self._found, key=lambda finding: (finding.line, finding.column))

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Stop here when there is a problem.

        Raises:
            SpecError: with every problem found so far.
        """
        if self._found:
            raise SpecError(self.findings, self.source)
