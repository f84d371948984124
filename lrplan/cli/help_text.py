"""The help of commands: panels of options, examples, and no type beside a switch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup

GENERAL = "General options"
"""The panel of options that every command has."""

_LINES_STAY = "\b"
"""Begins a paragraph whose lines are not joined."""

PANELS = {
    "typed": "Schedule without a file",
    "resume": "Interrupted and resumed run",
    "source": "Reading the source",
    "columns": "Reading the source",
    "request": "Simulation",
    "quiet": GENERAL,
    "debug": GENERAL,
}
"""The panel of each group of options in ``cli/options.py``, by the name of its function."""


def examples_text(examples: Sequence[str]) -> str:
    """The end of a command's help: its examples, a line each."""
    title = "Example:" if len(examples) == 1 else "Examples:"
    return "\n".join([_LINES_STAY, title, *(f"  {each}" for each in examples)])


class TidyCommand(TyperCommand):
    """A command whose help shows types only where something is to be typed."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, ready to be shown; ``--help`` is among the general options."""
        parameters = _tidy(super().get_params(ctx))
        for each in parameters:
            if each.name == "help":
                each.rich_help_panel = GENERAL
        return parameters


class TidyGroup(TyperGroup):
    """A group of commands whose help shows types only where something is to be typed."""

    def get_params(self, ctx: Any) -> Any:
        """The parameters, ready to be shown."""
        return _tidy(super().get_params(ctx))


def _tidy(parameters: Any) -> Any:
    """``parameters`` without ``<bool>`` beside a switch, and ``<str>`` beside an argument."""
    for each in parameters:
        if getattr(each, "is_flag", False):
            each.metavar = ""
        if isinstance(each, TyperArgument):
            each.display_type_rich = _no_type  # type: ignore[method-assign]
    return parameters


def _no_type(ctx: Any) -> str:
    del ctx
    return ""
