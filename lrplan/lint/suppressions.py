"""Findings that a spec silences: ``ignore`` keys and ``# lrplan: ignore[...]`` comments.

The other filters are named in ``runner``.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from lrplan.catalog import nearest
from lrplan.finding import SPEC_PROBLEMS, Finding, Severity, spec_problem
from lrplan.limits import FINDINGS
from lrplan.lint.registry import all_rules
from lrplan.node import Node
from lrplan.text_position import InputText, TextPosition

_COMMENT = re.compile(r"#\s*lrplan:\s*ignore\[([^\[\]\n]*)\]")
# No "[" is allowed inside: else a line of many "ignore[" would take quadratic time.
_MARK = "ignore["


@dataclass(frozen=True, slots=True)
class Ignore:
    """A rule that is silenced, and the position of the ``ignore`` that does it.

    Args:
        rule: a rule's name or code.
        place: its position.
        schedule: it holds for this schedule only; None: for all.
        line: it holds for this line only; None: for all.
    """

    rule: str
    place: TextPosition
    schedule: str | None = None
    line: int | None = None

    def covers(self, finding: Finding) -> bool:
        """Return True if this silences ``finding``."""
        return (
            self.rule in (finding.name, finding.rule)
            and self.schedule in (None, finding.schedule)
            and self.line in (None, finding.line)
        )


def ignores_of(source: InputText, root: Node | None) -> list[Ignore]:
    """Every rule that the spec silences."""
    comments = list(_comments(source))
    if root is None:
        return comments
    strings = _MarkedStrings(source, root) if comments else None
    real = [each for each in comments if strings is None or not strings.contain(each.place)]
    return [*real, *_keys(root)]


def suppress(
    findings: Iterable[Finding], ignores: Iterable[Ignore]
) -> tuple[list[Finding], set[Ignore]]:
    """Split off the findings that are silenced: the others, and the ignores that were used."""
    by_rule: dict[str, list[Ignore]] = {}
    for ignore in dict.fromkeys(ignores):
        by_rule.setdefault(ignore.rule, []).append(ignore)
    kept: list[Finding] = []
    used: set[Ignore] = set()
    for finding in findings:
        candidates = (*by_rule.get(finding.name, ()), *by_rule.get(finding.rule, ()))
        covering = [ignore for ignore in candidates if ignore.covers(finding)]
        used.update(covering)
        if not covering:
            kept.append(finding)
    return kept, used


def findings_of_unused_ignores(
    ignores: Iterable[Ignore], used: set[Ignore], source: InputText
) -> Iterator[Finding]:
    """An info for every ignore that silenced nothing, a warning where there is no such rule."""
    for ignore in islice(ignores, FINDINGS.value):
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
    ignore: Ignore, name: str, message: str, fix: str, source: InputText, severity: Severity
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


def _comments(source: InputText) -> Iterator[Ignore]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        for match in _COMMENT.finditer(line):
            # Columns count from 1, and the end is one past the last character: a line that begins
            # with `# lrplan: ignore[LRP301]`, 24 characters, gives columns 1 to 25.
            place = TextPosition(number, match.start() + 1, number, match.end() + 1)
            for rule in match[1].split(","):
                if rule.strip():
                    yield Ignore(rule.strip(), place, line=number)


class _MarkedStrings:
    """Strings of the spec that contain text like an ignore comment.

    In YAML a ``#`` inside a string starts no comment: ``title: "use # lrplan: ignore[LRP301]"``
    silences nothing. Comments are found by a search through the text, so the position of each
    is looked up among the strings, which are sorted by where they begin.
    """

    def __init__(self, source: InputText, root: Node) -> None:
        self._source = source
        marked = {place: text for place, text in _strings(root) if _MARK in text}
        self._strings = sorted(marked.items())

    def contain(self, comment: TextPosition) -> bool:
        """Return True if the text at ``comment`` is part of a string."""
        after = bisect_right(self._strings, (comment.line, comment.column), key=_begin)
        if after == 0:
            return False
        place, text = self._strings[after - 1]
        inside = (comment.line, comment.column) < (place.end_line, place.end_column)
        # The position of a block scalar (`|`, `>`) reaches over the comments that follow it, so
        # there the characters of the comment must also be part of the string's value.
        on_one_line = place.line == place.end_line
        return inside and (on_one_line or self._cut(comment) in text)

    def _cut(self, comment: TextPosition) -> str:
        line = self._source.line(comment.line)
        return line[comment.column - 1 : comment.end_column - 1]


def _strings(root: Node) -> Iterator[tuple[TextPosition, str]]:
    for node in root.walk():
        if node.quoted and isinstance(node.value, str):
            yield node.place, node.value
        for key, value in node.items():
            if value.key_place is not None:
                yield value.key_place, key


def _begin(string: tuple[TextPosition, str]) -> tuple[int, int]:
    return string[0].line, string[0].column


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
