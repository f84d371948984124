"""The data of a rule, and of a hit: one place where the rule applies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from lrplan.edits import Edit, TextEdit
from lrplan.finding import Finding, Severity

if TYPE_CHECKING:
    from lrplan.events import Location
    from lrplan.lint.context import Context
    from lrplan.lint.run_context import RunContext
    from lrplan.resume import ResumeOptions


class Explanation(NamedTuple):
    """A problem of the spec in the words of a rule.

    ``edits`` are those of the problem itself unless given.
    """

    message: str
    fix: str
    edits: tuple[Edit, ...] | None = None


Level = Literal["unit", "cause", "symptom"]
SeenIn = Literal["any", "recording", "source"]
"""The observations that a ``check_run`` can judge: all, those of a run that took place, or those of
training source."""

FAMILIES = {
    "units": "LRP1",
    "warm-up": "LRP2",
    "end of run": "LRP3",
    "composition": "LRP4",
    "plateau": "LRP5",
    "cycles": "LRP6",
    "groups": "LRP7",
    "optimizer": "LRP8",
    "resume": "LRP85",
    "training loop": "LRP86",
    "display": "LRP88",
    "curve": "LRP9",
}
"""The start of the codes of each family; ``LRP0`` are problems of the spec itself."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A value of the spec to which a rule applies.

    Args:
        path: the argument at fault, as a path of the spec (``Context.path_of`` makes one); the
            position is that of the nearest value that was written down.
        message: what happens, with this run's own numbers.
        fix: what to write instead.
        edits: the fix as changes of the spec, where there is nothing to decide.
        step: the optimizer step where the effect shows, if there is one.
        severity: when it differs from the rule's own.
    """

    path: str
    message: str
    fix: str = ""
    step: int | None = None
    severity: Severity | None = None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class RunHit:
    """A place of an observed run, or of a training script, to which a rule applies.

    Args:
        location: the user's file and line.
        message: what happens, with this run's own numbers.
        fix: what to write instead.
        step: the optimizer step where it shows, if the run was executed.
        severity: when it differs from the rule's own.
        scheduler: the index of the scheduler that it is about, so that a cause silences the
            symptoms of the same one; None: it is about the run.
        edits: the fix as changes of the script, where there is nothing to decide.
    """

    location: Location
    message: str
    fix: str = ""
    step: int | None = None
    severity: Severity | None = None
    scheduler: int | None = None
    edits: tuple[TextEdit, ...] = ()


def no_hits(_: object) -> Iterable[Hit]:
    """Return nothing: the check of a rule that looks at runs alone, or explains a broken spec."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A known pitfall. The docstring of its module is the page that ``lrplan explain`` shows.

    Args:
        code: ``LRP`` and three digits; the first ones are those of its family.
        name: kebab-case; the module is called the same in snake case.
        severity: how much a hit matters, unless the hit says otherwise.
        needs: ``spec`` runs on the plan alone, without torch; ``curve`` also gets the trace;
            ``resume`` is for a run that is interrupted, and gets both of its traces; ``run`` is for
            a rule without a ``check``, which looks at recordings and training source alone.
        summary: one line, present tense, for the list of rules.
        bad: small specs that fire this rule and no other; the first one is shown in the docs.
        good: the same specs, corrected: they have no warning and no error.
        check: yields a hit for every place.
        check_run: yields a hit for every place of an observed run or of a training script.
        seen_in: the observations that ``check_run`` gets.
        bad_source: short training scripts that fire ``check_run`` when they are read (recorded, if
            it is ``seen_in`` recordings alone), and no other rule; the first is shown in the docs.
        good_source: the same scripts, corrected: no finding.
        level: how close a finding is to the cause. ``unit``, a length counted in the wrong unit,
            explains every ``cause`` and ``symptom`` of the same scheduler; a ``cause`` explains
            every ``symptom``; what is explained and no more severe is dropped (``lint.causes``).
            None: it neither explains nor is explained.
        supersedes: names that it explains besides those, also problems such as ``stops-midway``.
        does_not_explain: names that it does not explain, although their level says so.
        reword_problem: is given a problem of the spec (or of building it). If the problem is this
            pitfall, it returns a message and a fix, and the finding gets this rule's name; else it
            returns None.
        bad_torch: the release of torch the ``bad`` specs are checked against, when not the
            installed one.
        resume: how the ``bad`` and the ``good`` specs are interrupted, for ``needs="resume"``.
        extra: the extra of lrplan without which the ``bad`` and ``good`` specs have no curve.
    """

    code: str
    name: str
    severity: Severity
    needs: Literal["spec", "curve", "resume", "run"]
    summary: str
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    check: Callable[[Context], Iterable[Hit]] = no_hits
    check_run: Callable[[RunContext], Iterable[RunHit]] | None = None
    seen_in: SeenIn = "any"
    bad_source: tuple[str, ...] = ()
    good_source: tuple[str, ...] = ()
    level: Level | None = None
    supersedes: tuple[str, ...] = ()
    does_not_explain: tuple[str, ...] = ()
    reword_problem: Callable[[Finding], Explanation | None] | None = None
    bad_torch: str | None = None
    resume: tuple[ResumeOptions, ResumeOptions] | None = None
    extra: str = ""

    @property
    def family(self) -> str:
        """Its chapter, by the first digits of its code."""
        # The codes of resume, LRP85n, also begin as those of optimizers do: LRP8.
        matching = [name for name, begin in FAMILIES.items() if self.code.startswith(begin)]
        return max(matching, key=lambda name: len(FAMILIES[name]))
