"""Says in plain words what a YAML parser could not read.

PyYAML has two parsers, libyaml's and its own, with different wording; the table covers both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import yaml

from lrplan.text_position import TextPosition

if TYPE_CHECKING:
    from lrplan.text_position import InputText


class Explained(NamedTuple):
    """A syntax error for people: what is wrong, where, and what to do."""

    message: str
    place: TextPosition
    fix: str = ""


class _Case(NamedTuple):
    problem: str
    context: str
    message: str
    fix: str = ""
    opening: bool = False
    """The place is where the construct begins, not where the parser gave up."""


_CASES = (
    _Case("tab character", "", "a tab is used for indentation", "indent with spaces"),
    _Case(
        "unexpected end of stream",
        "quoted scalar",
        "this quote is never closed",
        "close it, or double a quote that belongs to the text",
        opening=True,
    ),
    _Case(
        "unexpected document indicator",
        "quoted scalar",
        "this quote is never closed",
        "close it on the same line",
        opening=True,
    ),
    _Case("',' or ']'", "", "this '[' is never closed, or a comma is missing inside", opening=True),
    _Case("',' or '}'", "", "this '{' is never closed, or a comma is missing inside", opening=True),
    _Case("node content", "", "a value is missing before this"),
    _Case(
        "unknown escape",
        "",
        "this backslash sequence means nothing in double quotes",
        "use single quotes for plain text",
    ),
    _Case("document start", "", "this does not belong to anything above it"),
    _Case("undefined tag handle", "", "a tag (`!...`) means nothing here", "remove the tag"),
    _Case("incompatible YAML", "", "only YAML 1 is understood", "remove the %YAML line"),
    _Case(
        "sequence entries are not allowed",
        "",
        "a list with '-' cannot begin on this line",
        "put each '- item' on a line of its own",
    ),
    _Case(
        "expected '-'",
        "",
        "this is not an element of the list above it",
        "begin it with '- ', or indent it like the list's key",
    ),
    _Case("expected <block end>", "block collection", "this is not an element of the list above"),
    _Case(
        "expected key",
        "block mapping",
        "this does not line up with the keys above it",
        "indent it exactly like its neighbours; put text that goes on after a quote inside it",
    ),
    _Case(
        "expected <block end>",
        "block mapping",
        "this does not line up with the keys above it",
        "indent it exactly like its neighbours; put text that goes on after a quote inside it",
    ),
)
_LOOKED_AT = 200
# Characters of a line; the patterns take quadratic time on lines made for it.
_TIGHT_COLON = re.compile(r"\s*(?:- +)*(?P<key>[\w.-]+):(?=[^\s/\\])")
_WITH_VALUE = re.compile(r"\s*(?:- +)*[^\s:#][^:#]*:\s+[^\s#|>]")


def explain(error: yaml.YAMLError, source: InputText) -> Explained:
    """What ``error`` means for the person who wrote ``source``."""
    if not isinstance(error, yaml.MarkedYAMLError):
        first = str(error).partition("\n")[0]
        return Explained(f"this is not YAML: {first}", TextPosition())
    problem, context = error.problem or "", error.context or ""
    place = _place(error.problem_mark or error.context_mark)
    if "cannot start any token" in problem:
        return _stray_character(source, place)
    if "mapping values are not allowed" in problem:
        return _stray_colon(source, place)
    if "expected ':'" in problem and error.context_mark:
        return _no_colon(source, error.context_mark.line + 1)
    for case in _CASES:
        if case.problem in problem and case.context in context:
            at = _place(error.context_mark) if case.opening and error.context_mark else place
            return Explained(case.message, at, case.fix)
    return Explained(f"this is not YAML: {problem}", place)


def _place(mark: yaml.Mark | None) -> TextPosition:
    if mark is None:
        return TextPosition()
    line, column = mark.line + 1, mark.column + 1
    return TextPosition(line, column, line, column + 1)


def _stray_character(source: InputText, place: TextPosition) -> Explained:
    character = source.line(place.line)[place.column - 1 : place.column]
    if character == "\t":
        return Explained("a tab is used for indentation", place, "indent with spaces")
    message = f"a value cannot begin with {character!r}"
    return Explained(message, place, "put the value in quotes")


def _stray_colon(source: InputText, place: TextPosition) -> Explained:
    """A ``: `` where no key can stand: the cause is usually on the line itself or the one above."""
    line = source.line(place.line)
    number, above = _line_above(source, place.line)
    if _WITH_VALUE.match(line[: min(place.column - 1, _LOOKED_AT)]):
        return Explained("a second ': ' in one value", place, "put the value in quotes")
    if _WITH_VALUE.match(above):
        message = f"this is indented below line {number}, which already has a value"
        return Explained(message, place, "indent it exactly like its neighbours")
    if above and (":" not in above or _TIGHT_COLON.match(above)):
        return _no_colon(source, number)
    return Explained("a ':' cannot stand here", place, "put text that holds ': ' in quotes")


def _no_colon(source: InputText, number: int) -> Explained:
    """The key on line ``number`` has no ``: `` after it, or one without the space."""
    text, fix = source.line(number), "write `key: value`"
    if tight := _TIGHT_COLON.match(text[:_LOOKED_AT]):
        place = TextPosition(number, tight.end(), number, tight.end() + 1)
        return Explained(f"a space is missing after `{tight['key']}:`", place, fix)
    indentation = len(text) - len(text.lstrip())
    place = TextPosition(number, indentation + 1, number, len(text.rstrip()) + 1)
    return Explained("a ':' is missing after this key", place, fix)


def _line_above(source: InputText, number: int) -> tuple[int, str]:
    """The nearest line above that holds more than a comment; ``(0, "")`` when there is none."""
    for above, text in reversed(list(enumerate(source.text.splitlines()[: number - 1], 1))):
        if text.strip() and not text.lstrip().startswith("#"):
            return above, text[:_LOOKED_AT]
    return 0, ""
