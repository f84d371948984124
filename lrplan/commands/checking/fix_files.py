"""The flow of ``lrplan validate --diff`` and ``--fix``: check, fix, check again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lrplan.commands.checking.file_findings import FileFindings
from lrplan.commands.checking.fixes import FixedText, difference, fixed_text, rewrite
from lrplan.commands.terminal import Terminal
from lrplan.errors import ExitStatus, UsageError
from lrplan.lint.selection import Selection
from lrplan.output import write_stdout
from lrplan.specfile.files import is_file
from lrplan.text import quantity
from lrplan.text_position import printable

_MOST_ROUNDS = 10
"""Times that a file is checked again: a fix may make room for another one."""


def show_differences(
    checked: Sequence[FileFindings], selection: Selection, terminal: Terminal, *, unsafe: bool
) -> ExitStatus:
    """Print what ``--fix`` would change as a unified diff; status 1 if there is anything."""
    count = 0
    for each in checked:
        fixed = _fixed(each, selection, unsafe=unsafe)
        if fixed.count:
            write_stdout(difference(each.source, fixed.text))
        count += fixed.count
    _note(terminal, f"{quantity(count, 'fix')} would be written by --fix")
    if not all(each.usable for each in checked):
        return ExitStatus.USAGE
    return ExitStatus.FINDINGS if count else ExitStatus.OK


def fix_files(
    paths: Sequence[str],
    findings_of: Callable[[str], FileFindings],
    selection: Selection,
    terminal: Terminal,
    *,
    unsafe: bool,
) -> list[FileFindings]:
    """Write fixes into the files at ``paths``; return what is found in them afterwards.

    Raises:
        UsageError: one of them is no file.
        OutputError: a file was changed meanwhile, is a link, or cannot be written.
    """
    for path in paths:
        if not is_file(path):
            raise UsageError(f"--fix changes files, and {printable(path)} is not a file")
    return [_fix_file(path, findings_of, selection, terminal, unsafe=unsafe) for path in paths]


def _fix_file(
    path: str,
    findings_of: Callable[[str], FileFindings],
    selection: Selection,
    terminal: Terminal,
    *,
    unsafe: bool,
) -> FileFindings:
    checked = findings_of(path)
    count = 0
    for _ in range(_MOST_ROUNDS):
        fixed = _fixed(checked, selection, unsafe=unsafe)
        if not fixed.count or fixed.text == checked.source.text:
            break
        rewrite(path, checked.source.text, fixed.text)
        count += fixed.count
        checked = findings_of(path)
    if count:
        _note(terminal, f"{quantity(count, 'fix')} written to {printable(path)}")
    return checked


def _fixed(checked: FileFindings, selection: Selection, *, unsafe: bool) -> FixedText:
    wanted = [each for each in checked.findings if selection.wants(each)]
    return fixed_text(checked.source, wanted, unsafe=unsafe)


def _note(terminal: Terminal, text: str) -> None:
    terminal.notes.print(text, markup=False, soft_wrap=True)
