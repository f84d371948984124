"""The training scripts in folders, for ``lrplan validate FOLDER --as source``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrplan.commands.judge_source import SUFFIXES
from lrplan.errors import UsageError
from lrplan.limits import FILES
from lrplan.specfile.discovery import find_files, find_specs
from lrplan.specfile.files import is_folder
from lrplan.text import quantity
from lrplan.text_position import printable

if TYPE_CHECKING:
    from lrplan.commands.spec_findings import SpecFindings
    from lrplan.commands.terminal import Terminal


@dataclass(frozen=True, slots=True)
class SourceSearch:
    """The scripts to check, and which of them were named and not found in a folder."""

    files: list[str]
    named: frozenset[str]

    def leave_out(self, checked: Sequence[SpecFindings], terminal: Terminal) -> list[SpecFindings]:
        """``checked`` without scripts that were met in a folder and cannot be parsed.

        One line on standard error counts them: a folder may hold templates, and code for another
        Python.
        """
        kept = [
            each
            for path, each in zip(self.files, checked, strict=True)
            if each.usable or path in self.named
        ]
        count = len(checked) - len(kept)
        if count:
            text = f"{quantity(count, 'file')} cannot be read as Python: name one to see why"
            terminal.notes.print(text, markup=False, soft_wrap=True)
        return kept


def search_sources(paths: Sequence[str]) -> SourceSearch:
    """The scripts and notebooks at ``paths``: those named, and those below folders.

    Raises:
        UsageError: a folder without any, or more files than the limits allow.
    """
    files: dict[str, None] = {}
    named: set[str] = set()
    for path in paths:
        if is_folder(path):
            found = find_files([path], SUFFIXES)
            if not found:
                raise UsageError(f"there is no Python file or notebook in {printable(path)}")
        else:
            found = find_specs([path])
            named |= set(found)
        files.update(dict.fromkeys(found))
    if len(files) > FILES.now:
        raise UsageError(f"more than {FILES.now:,} scripts: name fewer; {FILES.hint}")
    return SourceSearch(list(files), frozenset(named))
