"""Lengths that `let` names and that nothing in the spec uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lrplan.edits import Edit
from lrplan.finding import Finding, Severity, spec_problem
from lrplan.node import Node
from lrplan.specfile.problem_scope import child_path
from lrplan.text_position import InputText

_LET = "let"
_PROSE = ("title", "description")
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def unused_lengths(source: InputText, root: Node | None) -> Iterator[Finding]:
    """An info for each name of `let`, at the top or in a schedule, that no value mentions.

    A word anywhere but in a title counts as a use, so that what is reported is unused for sure.
    """
    schedules = None if root is None else root.get("schedules")
    if root is None or schedules is None or not schedules.is_mapping:
        return
    top, used_at_top = _names(root), set()
    for name, schedule in schedules.items():
        own = _names(schedule)
        used = _words(schedule) | _words_of(own)
        yield from _unused(own, used, source, name)
        # `{let: {rise: 5ep}}` of a schedule hides a `rise` of the top.
        used_at_top |= used - set(own)
    yield from _unused(top, used_at_top | _words_of(top), source, None)


def _names(owner: Node) -> Mapping[str, Node]:
    node = owner.get(_LET)
    return {} if node is None else dict(node.items())


def _words(schedule: Node) -> set[str]:
    """The words of all values of a schedule but those of its own `let`."""
    parts = (node for key, node in schedule.items() if key not in (*_PROSE, _LET))
    return {word for part in parts for node in part.walk() for word in _words_in(node)}


def _words_of(names: Mapping[str, Node]) -> set[str]:
    return {word for node in names.values() for word in _words_in(node)}


def _words_in(node: Node) -> list[str]:
    return _WORD.findall(node.value) if isinstance(node.value, str) else []


def _unused(
    names: Mapping[str, Node], used: set[str], source: InputText, schedule: str | None
) -> Iterator[Finding]:
    for name, node in names.items():
        if name not in used:
            owner = "" if schedule is None else child_path("schedules", schedule)
            path = child_path(child_path(owner, _LET), name)
            problem = spec_problem(
                "unused-length",
                f"nothing uses the length `{name}`",
                place=node.key_place or node.place,
                file=source.name,
                schedule=schedule,
                path=path,
                fix="delete it, or write it where the length is meant",
                edits=(Edit(path, None),),
            )
            yield replace(problem, severity=Severity.INFO)
