"""What a spec asks not to be told: ``ignore`` keys and ``# lrplan: ignore[...]`` comments."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lrplan.catalog import nearest
from lrplan.finding import SPEC_PROBLEMS, Severity, spec_problem
from lrplan.rules._registry import all_rules
from lrplan.source import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lrplan.finding import Finding
    from lrplan.source import Source
    from lrplan.spec.tree import Node

_COMMENT = re.compile(r"#\s*lrplan:\s*ignore\[([^\]\n]*)\]")


@dataclass(frozen=True, slots=True)
class Ignore:
    """One rule that is silenced, and where that was asked for.

    Args:
        rule: a rule's name or code.
        place: where it stands.
        schedule: it holds for this schedule only; None: for all.
        line: it holds for this line only; None: for all.
    """

    rule: str
    place: Place
    schedule: str | None = None
    line: int | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether ``finding`` is not to be told."""
        return (
            self.rule in (finding.name, finding.rule)
            and self.schedule in (None, finding.schedule)
            and self.line in (None, finding.line)
        )


def ignores_of(source: Source, root: Node | None) -> list[Ignore]:
    """Every rule that the spec silences."""
    return [*_comments(source), *([] if root is None else _keys(root))]


def suppress(
    findings: Iterable[Finding], ignores: Iterable[Ignore]
) -> tuple[list[Finding], set[Ignore]]:
    """What is left of ``findings``, and the ignores that were used."""
    kept: list[Finding] = []
    used: set[Ignore] = set()
    for finding in findings:
        covering = [ignore for ignore in ignores if ignore.covers(finding)]
        used.update(covering)
        if not covering:
            kept.append(finding)
    return kept, used


def unused(ignores: Iterable[Ignore], used: set[Ignore], source: Source) -> Iterator[Finding]:
    """An info for every ignore that silenced nothing, a warning where there is no such rule."""
    for ignore in ignores:
        if not _is_known(ignore.rule):
            hint = nearest(ignore.rule, (*all_rules(), *SPEC_PROBLEMS))
            fix = f"did you mean `{hint}`?" if hint else "`lrplan rules` lists them"
            message = f"there is no rule `{ignore.rule}`"
            yield _about(ignore, "unknown-rule", message, fix, source, Severity.WARNING)
        elif ignore not in used:
            message = f"`{ignore.rule}` is ignored here but finds nothing"
            yield _about(ignore, "unused-ignore", message, "delete it", source, Severity.INFO)


def _is_known(rule: str) -> bool:
    codes = (*(each.code for each in all_rules().values()), *SPEC_PROBLEMS.values())
    return rule in all_rules() or rule in SPEC_PROBLEMS or rule in codes


def _about(
    ignore: Ignore, name: str, message: str, fix: str, source: Source, severity: Severity
) -> Finding:
    problem = spec_problem(
        name,
        message,
        place=ignore.place,
        file=source.name,
        schedule=ignore.schedule,
        fix=fix,
    )
    return replace(problem, severity=severity)


def _comments(source: Source) -> Iterator[Ignore]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        for match in _COMMENT.finditer(line):
            place = Place(number, match.start() + 1, number, match.end() + 1)
            for rule in match[1].split(","):
                if rule.strip():
                    yield Ignore(rule.strip(), place, line=number)


def _keys(root: Node) -> Iterator[Ignore]:
    yield from _listed(root, None)
    schedules = root.get("schedules")
    for name, node in () if schedules is None else schedules.items():
        yield from _listed(node, name)


def _listed(owner: Node, schedule: str | None) -> Iterator[Ignore]:
    node = owner.get("ignore")
    for element in () if node is None else node.elements():
        if isinstance(element.value, str):
            yield Ignore(element.value, element.place, schedule)
