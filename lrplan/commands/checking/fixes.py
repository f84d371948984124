"""``lrplan validate --diff`` and ``--fix``: fixes of findings, written into specs and scripts.

Only fixes with nothing to decide are written, as the rules give them. A file is changed as a whole
or not at all, keeps its encoding, its line ends and its mode, and everything else in it.
"""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lrplan.edits import Edit, TextEdit
from lrplan.errors import OutputError
from lrplan.exclusive_update import exclusive_update
from lrplan.finding import Finding
from lrplan.output import atomic_write
from lrplan.specfile.files import UnreadableError, decode
from lrplan.text_position import InputText, TextPosition, printable

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF8, "utf-8"),
)


@dataclass(frozen=True, slots=True)
class FixedText:
    """A text with fixes in it, and how many findings they fix."""

    text: str
    count: int


def fixed_text(source: InputText, findings: Sequence[Finding], *, unsafe: bool) -> FixedText:
    """``source`` with those fixes of ``findings`` that do not overlap.

    Args:
        source: the text that the findings are about.
        findings: what was found.
        unsafe: also those that need a review.
    """
    values = [each.edits for each in findings if each.edits]
    if values:
        return _with_values(source.text, values)
    changes = [
        each.text_edits
        for each in findings
        if each.text_edits and (unsafe or all(edit.is_safe for edit in each.text_edits))
    ]
    return _with_texts(source.text, changes)


def _with_values(text: str, fixes: Sequence[Sequence[Edit]]) -> FixedText:
    from lrplan.specfile.apply_edits import EditError, apply

    accepted: list[Edit] = []
    count, result = 0, text
    for edits in fixes:
        try:
            result = apply(text, [*accepted, *edits])
        except EditError:  # it overlaps another one: the next run may write it
            continue
        accepted += edits
        count += 1
    return FixedText(result, count)


def _with_texts(text: str, fixes: Sequence[Sequence[TextEdit]]) -> FixedText:
    starts = _line_starts(text)
    accepted: dict[tuple[int, int], str] = {}
    count = 0
    for edits in fixes:
        parts = {_span(starts, edit.place): edit.new for edit in edits}
        together = {**accepted, **parts}
        agrees = all(accepted.get(span, new) == new for span, new in parts.items())
        ordered = sorted(together)
        if agrees and all(first[1] <= second[0] for first, second in pairwise(ordered)):
            accepted = together
            count += 1
    for start, end in sorted(accepted, reverse=True):
        text = f"{text[:start]}{accepted[start, end]}{text[end:]}"
    return FixedText(text, count)


def _line_starts(text: str) -> list[int]:
    """The offset at which each line begins; Python knows three kinds of line ends."""
    starts = [1 if text.startswith("\ufeff") else 0]
    for index, character in enumerate(text):
        ends = character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n")
        if ends:
            starts.append(index + 1)
    return starts


def _span(starts: Sequence[int], place: TextPosition) -> tuple[int, int]:
    start = starts[place.line - 1] + place.column - 1
    return start, starts[place.end_line - 1] + place.end_column - 1


def difference(source: InputText, new: str) -> str:
    """The change as a unified diff, for ``patch``."""
    name = printable(source.name)
    lines = difflib.unified_diff(
        source.text.splitlines(keepends=True),
        new.splitlines(keepends=True),
        fromfile=f"a/{name}",
        tofile=f"b/{name}",
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def rewrite(path: str, old: str, new: str) -> None:
    """Write ``new`` where ``old`` was read.

    Raises:
        OutputError: the file is reached through a link, is no file, has changed since it was read,
            or cannot be written.
    """
    target = Path(path)
    name = printable(path)
    if target.is_symlink():
        raise OutputError(f"{name} is a link: --fix changes the files it is given and no others")
    with exclusive_update(target):
        try:
            data = target.read_bytes()
            unchanged = decode(data) == old
        except (OSError, UnreadableError) as error:
            raise OutputError(f"cannot read {name} again: {error}") from error
        if not unchanged:
            raise OutputError(f"{name} has changed since it was read: nothing is written")
        mark, encoding = next((row for row in _MARKS if data.startswith(row[0])), (b"", "utf-8"))
        with atomic_write(target, follow=False) as stream:
            stream.write(mark + new.removeprefix("\ufeff").encode(encoding))
