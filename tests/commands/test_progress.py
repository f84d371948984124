"""A bar over slow work is labelled with the name of a file, whatever that is."""

import io

from rich.console import Console

from lrplan.commands import progress as module
from lrplan.commands.progress import progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Yes."""
        return True


def test_the_name_of_a_file_is_no_markup(monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", -1.0)
    stream = Terminal()
    console = Console(file=stream, force_terminal=True, width=100, _environ={"TERM": "xterm"})
    with progress(console, "checking [/a][red]b\x1b.yaml", 2) as advance:
        advance(1)
    assert "checking [/a][red]b␛.yaml" in stream.getvalue()
