"""What was assumed in reading a source, printed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrplan.text_position import printable

if TYPE_CHECKING:
    from lrplan.commands.terminal import Terminal
    from lrplan.specfile.load import Spec


def print_notes(spec: Spec, terminal: Terminal) -> None:
    """Print the notes of a source to standard error."""
    for note in spec.notes:
        text = printable(f"{spec.source.name}: {note}")
        terminal.notes.print(text, markup=False, soft_wrap=True)
