"""Prints the notes of a source once: the assumptions that were made when it was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrplan.commands.terminal import Terminal
from lrplan.text import wrap_list
from lrplan.text_position import printable

if TYPE_CHECKING:
    from lrplan.specfile.load import Spec

NOTE_WIDTH = 100
"""Columns of a line of notes."""


def print_notes(spec: Spec, terminal: Terminal) -> None:
    """Print the notes of a source to standard error, in lines that are not too long to read."""
    print_file_notes(spec.source.name, spec.notes, terminal, width=NOTE_WIDTH)


def print_file_notes(
    name: str, notes: Sequence[str], terminal: Terminal, *, width: int = 0
) -> None:
    """Print notes about the file called ``name``, in lines of ``width`` columns; 0: one line each.

    A command to be typed is not to be broken into lines.
    """
    for note in notes:
        text = printable(f"{name}: {note}")
        for line in wrap_list(text, width, indent="  ") if width else [text]:
            terminal.notes.print(line, markup=False, soft_wrap=True)
