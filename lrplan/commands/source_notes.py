"""Prints the notes of a source: what was assumed in reading it, once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrplan.text_position import printable

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal
    from lrplan.specfile.load import Spec


def print_notes(spec: Spec, terminal: Terminal) -> None:
    """Print the notes of a source to standard error."""
    print_file_notes(spec.source.name, spec.notes, terminal)


def print_file_notes(name: str, notes: Sequence[str], terminal: Terminal) -> None:
    """Print notes about the file called ``name``."""
    for note in notes:
        terminal.notes.print(printable(f"{name}: {note}"), markup=False, soft_wrap=True)
