"""Explains YAML syntax errors in plain words: what is wrong, where, and what to write.

PyYAML has two parsers, libyaml's and its own, with different wording; the table covers both.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from lrplan.text_position import InputText, TextPosition


class SyntaxProblem(NamedTuple):
    """A syntax error in plain words."""

    message: str
    place: TextPosition
    fix: str = ""


class _Case(NamedTuple):
    problem: str
    context: str
    message: str
    fix: str = ""
    at_start: bool = False
    """The error is placed where the construct begins, not where the parser gave up."""


_CASES = (
    _Case("tab character", "", "a tab is used for indentation", "indent with spaces"),
    _Case(
        "unexpected end of stream",
        "quoted scalar",
        "this quote is never closed",
        "close it, or double a quote that belongs to the text",
        at_start=True,
    ),
    _Case(
        "unexpected document indicator",
        "quoted scalar",
        "this quote is never closed",
        "close it on the same line",
        at_start=True,
    ),
    _Case(
        "',' or ']'", "", "this '[' is never closed, or a comma is missing inside", at_start=True
    ),
    _Case(
        "',' or '}'", "", "this '{' is never closed, or a comma is missing inside", at_start=True
    ),
    _Case("node content", "", "a value is missing before this"),
    _Case(
        "unknown escape",
        "",
        "this backslash sequence means nothing in double quotes",
        "use single quotes for plain text",
    ),
    _Case("document start", "", "this does not belong to anything above it"),
    _Case("undefined tag handle", "", "a tag (`!...`) has no meaning here", "remove the tag"),
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
_MAX_CHARACTERS = 200
# Of a line: the patterns take quadratic time on a line that is written for that.
_TIGHT_COLON = re.compile(r"\s*(?:- +)*(?P<key>[\w.-]+):(?=[^\s/\\])")
_TIGHT_BRACKET = re.compile(r"\s*(?:- +)*[\w.-]+:[{\[]")
_LAST_WORD = re.compile(r"[\w.-]+$")
_WITH_VALUE = re.compile(r"\s*(?:- +)*[^\s:#][^:#]*:\s+[^\s#|>]")


def explain_syntax_error(error: yaml.YAMLError, source: InputText) -> SyntaxProblem:
    """Explain ``error`` to the person who wrote ``source``."""
    if not isinstance(error, yaml.MarkedYAMLError):
        first_line = str(error).partition("\n")[0]
        return SyntaxProblem(f"this is not YAML: {first_line}", TextPosition())
    problem, context = error.problem or "", error.context or ""
    place = _place(error.problem_mark or error.context_mark)
    if "cannot start any token" in problem:
        return _stray_character(source, place)
    if "mapping values are not allowed" in problem:
        return _stray_colon(source, place)
    if "expected ':'" in problem and error.context_mark:
        return _tight_in_flow(source, place) or _no_colon(source, error.context_mark.line + 1)
    # PyYAML says what it found (`problem`) and, often, what it was reading (`context`): "expected
    # ',' or ']', but got ':'" while parsing a flow sequence. The first case whose two texts occur
    # in them counts, so that a case without a context stands for all that have no case of their
    # own.
    for case in _CASES:
        if case.problem in problem and case.context in context:
            if case.at_start and error.context_mark:
                place = _place(error.context_mark)
            return SyntaxProblem(case.message, place, case.fix)
    return SyntaxProblem(f"this is not YAML: {problem}", place)


def _place(mark: yaml.Mark | None) -> TextPosition:
    if mark is None:
        return TextPosition()
    line, column = mark.line + 1, mark.column + 1
    return TextPosition(line, column, line, column + 1)


def _stray_character(source: InputText, place: TextPosition) -> SyntaxProblem:
    character = source.line(place.line)[place.column - 1 : place.column]
    if character == "\t":
        return SyntaxProblem("a tab is used for indentation", place, "indent with spaces")
    message = f"a value cannot begin with {character!r}"
    return SyntaxProblem(message, place, "put the value in quotes")


def _stray_colon(source: InputText, place: TextPosition) -> SyntaxProblem:
    """Explain a ``: `` where no key can be; the cause is on this line or the one above."""
    line = source.line(place.line)
    number, above = _line_above(source, place.line)
    if _TIGHT_BRACKET.match(line[:_MAX_CHARACTERS]):
        return _no_colon(source, place.line)
    if _WITH_VALUE.match(line[: min(place.column - 1, _MAX_CHARACTERS)]):
        return SyntaxProblem("a second ': ' in one value", place, "put the value in quotes")
    if _WITH_VALUE.match(above):
        message = f"this is indented below line {number}, which already has a value"
        return SyntaxProblem(message, place, "indent it exactly like its neighbours")
    if above and (":" not in above or _TIGHT_COLON.match(above)):
        return _no_colon(source, number)
    return SyntaxProblem("a ':' cannot stand here", place, "put text that holds ': ' in quotes")


def _tight_in_flow(source: InputText, place: TextPosition) -> SyntaxProblem | None:
    """Explain ``optimizer:{`` inside ``{...}``, where libyaml stops at the colon."""
    line, colon = source.line(place.line), place.column - 1
    key = _LAST_WORD.search(line[max(0, colon - _MAX_CHARACTERS) : colon])
    if key is None or line[colon + 1 : colon + 2] not in ("{", "["):
        return None
    return SyntaxProblem(f"a space is missing after `{key[0]}:`", place, "write `key: value`")


def _no_colon(source: InputText, number: int) -> SyntaxProblem:
    """Explain a key on line ``number`` without a ``: `` after it, or without its space."""
    text, fix = source.line(number), "write `key: value`"
    if tight := _TIGHT_COLON.match(text[:_MAX_CHARACTERS]):
        place = TextPosition(number, tight.end(), number, tight.end() + 1)
        return SyntaxProblem(f"a space is missing after `{tight['key']}:`", place, fix)
    indentation = len(text) - len(text.lstrip())
    place = TextPosition(number, indentation + 1, number, len(text.rstrip()) + 1)
    return SyntaxProblem("a ':' is missing after this key", place, fix)


def _line_above(source: InputText, number: int) -> tuple[int, str]:
    """The nearest line above that holds more than a comment; ``(0, "")`` when there is none."""
    for above, text in reversed(list(enumerate(source.text.splitlines()[: number - 1], 1))):
        if text.strip() and not text.lstrip().startswith("#"):
            return above, text[:_MAX_CHARACTERS]
    return 0, ""
