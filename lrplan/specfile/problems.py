"""The problems of a spec, collected so that all are reported together, in the text's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lrplan.edits import Edit
from lrplan.errors import SpecError
from lrplan.finding import Finding, spec_problem
from lrplan.limits import FINDINGS
from lrplan.text_position import InputText, TextPosition, printable


class TooManyProblemsError(Exception):
    """There are too many problems to continue; the last one says so."""


@dataclass(slots=True)
class Problems:
    """The problems found in one text so far.

    Args:
        source: the text; its name becomes the ``file`` of every finding.
        subject: what messages call the text as a whole.
    """

    source: InputText
    subject: str = "the spec"
    # A mapping instead of a list: a value shared through an anchor is checked once per use.
    _findings: dict[Finding, None] = field(default_factory=dict, init=False)

    def add(
        self,
        name: str,
        place: TextPosition,
        message: str,
        *,
        fix: str = "",
        path: str = "",
        schedule: str | None = None,
        edits: Sequence[Edit] = (),
    ) -> None:
        """Add a problem; one that is there already, word for word, is dropped.

        The texts may quote the spec: control characters in them are replaced by visible ones.

        Args:
            name: one of ``SPEC_PROBLEMS``.
            place: its place in the text.
            message: what is wrong.
            fix: what to write instead, when there is something to say.
            path: the dotted path of the value, e.g. ``schedules.finetune.optimizer.lr``.
            schedule: the schedule it belongs to, when there is one.
            edits: the fix as changes of the spec, where there is nothing to decide.

        Raises:
            KeyError: ``name`` is not one of ``SPEC_PROBLEMS``.
            TooManyProblemsError: there are more than ``limits.FINDINGS``.
        """
        limit = FINDINGS.value
        if len(self._findings) >= limit:
            name, fix, edits = "over-budget", FINDINGS.hint, ()
            message = f"there are more than {limit} problems; the rest is not checked"
        finding = spec_problem(
            name,
            printable(message),
            place=place,
            file=self.source.name,
            schedule=schedule,
            path=printable(path),
            fix=printable(fix),
            edits=tuple(edits),
        )
        self._findings[finding] = None
        if len(self._findings) > limit:
            raise TooManyProblemsError

    def take(self, finding: Finding) -> None:
        """Add a problem that was found in the same text before."""
        self._findings[finding] = None

    @property
    def findings(self) -> list[Finding]:
        """Every problem in the order of the text; at one place, in the order they were added."""
        return sorted(self._findings, key=lambda finding: (finding.line, finding.column))

    def __len__(self) -> int:
        return len(self._findings)

    def raise_if_any(self) -> None:
        """Raise one error with every problem, if there is any.

        Raises:
            SpecError: with every problem found so far.
        """
        if self._findings:
            raise SpecError(self.findings, self.source)
