"""``let``: names for lengths, which stand for them in durations and in expressions."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from lrplan.clock import REST, UNITS, ClockError
from lrplan.clock.terms import Term, add_up, parse_terms
from lrplan.edits import Edit
from lrplan.limits import LENGTHS as LENGTHS_LIMIT
from lrplan.node import Node
from lrplan.specfile.expressions.grammar import COUNTS, FUNCTIONS, LENGTHS, NAMES
from lrplan.specfile.model_errors import describe
from lrplan.specfile.problem_scope import ProblemScope, child_path
from lrplan.specfile.size_limits import check_limit

KEY = "let"
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_TAKEN: Mapping[str, str] = {
    **dict.fromkeys((*NAMES, *LENGTHS, *COUNTS, REST), "stands for a number already"),
    **dict.fromkeys(FUNCTIONS, "is a function"),
    **dict.fromkeys(UNITS, "is a unit"),
}
_STAND_IN = parse_terms("50%")
"""Used for a name whose length is wrong, so that its uses are not reported as well."""


def read_names(
    node: Node | None, known: Mapping[str, tuple[Term, ...]], scope: ProblemScope, path: str
) -> Mapping[str, tuple[Term, ...]]:
    """The lengths named by ``let`` at ``node``, together with those in ``known``.

    A length may use the names above it and those of the top of the file, so that none can lead to
    itself. What is wrong is reported, and left out.
    """
    path = child_path(path, KEY)
    if node is None or not node.is_mapping:
        return known
    if not check_limit(LENGTHS_LIMIT, len(node.keys()) + len(known), node, scope, path):
        return known
    names = dict(known)
    for name, value in node.items():
        own_path = child_path(path, name)
        problem = _wrong_name(name)
        if problem is not None:
            scope.problem_at_key("bad-value", value, own_path, *problem)
            continue
        names[name] = _terms(name, value, names, scope, own_path)
    return names


def _wrong_name(name: str) -> tuple[str, str] | None:
    """The problem of the name of a length, and its fix; None for a good one."""
    if _NAME.fullmatch(name) is None:
        word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
        fix = f"write `{word}`" if _NAME.fullmatch(word) else ""
        return f"`{name}` is no name for a length: letters, digits and _ make one", fix
    taken = "is a word of expressions" if keyword.iskeyword(name) else _TAKEN.get(name)
    return None if taken is None else (f"`{name}` {taken}", "use another name")


def _terms(
    name: str, node: Node, names: Mapping[str, tuple[Term, ...]], scope: ProblemScope, path: str
) -> tuple[Term, ...]:
    """The terms that a name stands for; a placeholder after reporting that it is not a length."""
    if not isinstance(node.value, str) or node.number is not None:
        message = f"`{name}` must be a duration with a unit, not {describe(node)}"
        fix = "" if node.number is None else f"write {node.number:.12g}st, or with another unit"
        scope.problem_at_value("wrong-type", node, path, message, fix)
        return _STAND_IN
    try:
        return _parsed(node.value, names)
    except ClockError as error:
        edits = (Edit(path, error.new),) if error.new else ()
        message = f"`{name}`: {error.message}"
        scope.problem_at_value("bad-duration", node, path, message, error.fix, edits)
        return _STAND_IN


def _parsed(text: str, names: Mapping[str, tuple[Term, ...]]) -> tuple[Term, ...]:
    """The length, with one term for each unit.

    Raises:
        ClockError: there is none, or it depends on where it is used.
    """
    terms = parse_terms(text, "st", names)
    if any(term.duration is None for term in terms):
        message = f"`{REST}` is not the same for every scheduler"
        raise ClockError(message, fix="write it where the length is used")
    return add_up(terms)
